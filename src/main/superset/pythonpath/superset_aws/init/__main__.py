"""Runs the steps and says, as one JSON line each, what they did."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable

from superset_aws.database import metadata
from superset_aws.init import audit, schema
from superset_aws.settings import Settings, current


def main() -> int:
    """0 when the database is ready for this image."""
    settings = current()
    try:
        with schema.application():
            if metadata.connector().writer.address().region == settings.region:
                with schema.lock():
                    _writer(settings)
            else:
                _replica(settings)
    except Exception as problem:
        traceback.print_exc()
        # The last line is what the failed deploy shows first.
        print(f"superset-init failed: {problem}", file=sys.stderr, flush=True)
        return 1
    return 0


def _writer(settings: Settings) -> None:
    from superset_aws.init import access, canary, content, data_sources, rotation, teams

    connector = metadata.connector()
    _step("audit of the database", lambda: audit.extension(settings.metadata, connector))
    _step("migrate the database", schema.upgrade)
    _step("re-encrypt stored credentials", lambda: rotation.reencrypt(settings))
    _step("roles and permissions", lambda: access.roles(settings))
    _step("administrator", lambda: access.administrator(settings))
    _step("canary", lambda: canary.canary(settings))
    _step("data sources", lambda: data_sources.register(settings))
    _step("examples", lambda: content.examples(settings))
    _step("teams", lambda: teams.teams(settings))
    _step("row-level security", lambda: teams.row_level_security(settings))
    _step("cache timeouts of dashboards", lambda: content.cache_timeouts(settings))
    _step("try the data sources", lambda: data_sources.check(settings))


def _replica(settings: Settings) -> None:
    connector = metadata.connector()
    _step("check the schema", lambda: schema.check(settings))
    if settings.metadata.audit:
        _step("audit of the database", lambda: audit.library(settings.metadata, connector))


def _step(name: str, run: Callable[[], str]) -> None:
    began = time.monotonic()
    outcome = run()
    seconds = round(time.monotonic() - began, 2)
    print(json.dumps({"step": name, "outcome": outcome, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
