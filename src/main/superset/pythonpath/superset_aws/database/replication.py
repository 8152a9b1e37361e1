"""How far the region's own database has followed: ``python -m superset_aws.start replication``.

Run as the init task with another command, by whoever promotes. The last line says it in JSON. With
WAIT_UNTIL_CAUGHT_UP it asks the writer once and waits until its own database has all of that.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

from superset_aws.database import metadata, positions
from superset_aws.database.positions import Position
from superset_aws.settings import current

POLL_SECONDS = 0.2

#: Between two lines while it waits.
_SAY_SECONDS = 5

#: Since the last transaction that a replica replayed; nothing newer may have been written.
_AGE = "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float"


def main() -> int:
    """0 when it was asked for nothing, or the replica has caught up."""
    settings = current()
    wait = settings.wait_until_caught_up
    connector = metadata.connector()
    try:
        own = connector.connect_to(settings.metadata.host, settings.metadata.port)
        own.autocommit = True
        writer = _written()
        found = _report(own, writer)
        end = time.monotonic() + (wait or 0)
        said_at = time.monotonic()
        while writer and not found["caught_up"] and time.monotonic() < end:
            if time.monotonic() - said_at > _SAY_SECONDS:
                said_at = time.monotonic()
                print(json.dumps(found), flush=True)
            time.sleep(POLL_SECONDS)
            found = _report(own, writer)
    except Exception as problem:
        print(f"superset-replication failed: {problem}", file=sys.stderr, flush=True)
        return 1
    print(json.dumps(found), flush=True)
    return 0 if wait is None or found["caught_up"] else 1


def _written() -> Position | None:
    """Up to where the writer has written; None when it does not answer."""
    try:
        with contextlib.closing(metadata.connector().connect_to_writer()) as connection:
            connection.autocommit = True
            return positions.of_writer(connection)
    except Exception as problem:
        print(f"the writer does not answer: {problem}", file=sys.stderr, flush=True)
        return None


def _report(own: Any, writer: Position | None) -> dict[str, Any]:
    replica = positions.of_replica(own)
    if replica is None:  # it is the writer, or was until now
        return positions.report(writer, positions.of_writer(own), None)
    with own.cursor() as cursor:
        cursor.execute(_AGE)
        age = cursor.fetchone()[0]
    return positions.report(writer, replica, None if age is None else round(age, 3))


if __name__ == "__main__":
    sys.exit(main())
