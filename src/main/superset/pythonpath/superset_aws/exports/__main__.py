"""``python -m superset_aws.exports export|import``, as the init task with another command."""

from __future__ import annotations

import json
import sys
import time
import traceback
from datetime import UTC, datetime

from superset_aws.database import metadata
from superset_aws.exports.store import Store
from superset_aws.init import schema
from superset_aws.settings import Settings, current


def main() -> int:
    """0 when it was done, or is another region's to do."""
    errand = sys.argv[1]
    settings = current()
    began = time.monotonic()
    try:
        with schema.application():
            outcome = _export(settings) if errand == "export" else _import(settings)
    except Exception as problem:
        traceback.print_exc()
        # The last line is what is looked at first.
        print(f"superset-{errand} failed: {problem}", file=sys.stderr, flush=True)
        return 1
    seconds = round(time.monotonic() - began, 2)
    print(json.dumps({"step": errand, "outcome": outcome, "seconds": seconds}), flush=True)
    return 0


def _export(settings: Settings) -> str:
    from superset_aws.exports import access, content

    writer = metadata.connector().writer.address().region
    if writer != settings.region:
        return f"left to the writer's region, {writer}"
    # Not while a deploy migrates.
    with schema.lock(), content.administrator(settings):
        archive, document = content.pack(), access.read()
    name = f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
    where = Store(settings).put(name, archive, document)
    return f"{len(document['users'])} users, {len(archive)} bytes of content: {', '.join(where)}"


def _import(settings: Settings) -> str:
    from superset_aws.exports import access, content

    writer = metadata.connector().writer.address().region
    if writer != settings.region:
        raise RuntimeError(f"the writer is in {writer}: import there")
    name, archive, document = Store(settings).get(settings.import_from)
    with schema.lock(), content.administrator(settings):
        without_password = content.unpack(archive)
        access.write(document)
    for database in without_password:
        warning = "its password is in no export: enter it in Superset"
        print(json.dumps({"warning": warning, "database": database}), flush=True)
    return f"{len(document['users'])} users and the content of {name}"


if __name__ == "__main__":
    sys.exit(main())
