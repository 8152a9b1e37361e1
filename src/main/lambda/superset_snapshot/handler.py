"""Entry point of the Lambda function superset-snapshot.

Event:   {"superset": "6.1.0", "postgres": "15", "class": "db.r6g.large"}, what the deploy wants
Result:  {"snapshot": NAME or null, "outcome": SENTENCE, "deleted": [NAME, ...]}

Terraform invokes the function when one of the three changes, and changes the database and starts
the new release only afterwards. Where there is no database yet, or a replica, there is nothing to
keep.

It is re-entrant. A snapshot that an earlier run began for the same deploy is waited for, and one
that was finished within the last hour is taken for that of a deploy that is run again.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from superset_snapshot.snapshots import Snapshots

_RESERVE_SECONDS = 20.0
"""Left for reporting before Lambda ends the run."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take the snapshot and wait for it; an error when it does not become available."""
    try:
        return _run(_wanted(event), _seconds_left(context))
    except (ClientError, BotoCoreError) as error:
        raise RuntimeError(_sentence(error)) from None


def _run(wanted: Mapping[str, str], seconds_left: Callable[[], float]) -> dict[str, Any]:
    snapshots = Snapshots(os.environ["SUPERSET_DATABASE"])
    database = snapshots.database()
    if database is None:
        return _result("there is no database yet")
    if database.get("ReadReplicaSourceDBInstanceIdentifier"):
        return _result("the database is a replica: its source is kept")
    name = snapshots.take(wanted)
    snapshots.wait(name, seconds_left)
    return {**_result("taken", name), "deleted": snapshots.prune()}


def _result(outcome: str, name: str | None = None) -> dict[str, Any]:
    return {"snapshot": name, "outcome": outcome, "deleted": []}


def _wanted(event: Mapping[str, Any]) -> dict[str, str]:
    """What the deploy wants; extra keys (Terraform may add its own) are ignored."""
    names = ("superset", "postgres", "class")
    missing = [name for name in names if not isinstance(event.get(name), str)]
    if missing:
        raise RuntimeError(f"the event lacks {', '.join(missing)}")
    return {name: event[name] for name in names}


def _seconds_left(context: Any) -> Callable[[], float]:
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS
    return lambda: end - time.monotonic()


def _sentence(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        return f"{error.operation_name}: {detail.get('Code', '')}: {detail.get('Message', '')}"
    return str(error)
