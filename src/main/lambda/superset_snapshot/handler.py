"""Entry point of the Lambda function superset-snapshot.

Event:   {"superset": "6.1.0", "postgres": "15", "class": "db.r6g.large"}, what the deploy wants
Result:  {"snapshot": NAME or null, "outcome": SENTENCE, "deleted": [NAME, ...]}

Terraform invokes the function when one of the three changes, and changes the database and starts
the new release only afterwards. Where there is no database yet, or a replica, there is nothing to
keep.

It is re-entrant. A snapshot that an earlier run began for the same deploy is waited for, and one
that was finished within the last hour is taken for that of a deploy that is run again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from superset_shared.deadline import seconds_left
from superset_shared.environment import read
from superset_shared.errors import reported
from superset_shared.instance import source
from superset_snapshot.snapshots import Snapshots

_RESERVE_SECONDS = 20.0
"""Left for reporting before Lambda ends the run."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take the snapshot and wait for it; an error when it does not become available."""
    with reported():
        return _run(_wanted(event), seconds_left(context, _RESERVE_SECONDS))


def _run(wanted: Mapping[str, str], left: Callable[[], float]) -> dict[str, Any]:
    (identifier,) = read("SUPERSET_DATABASE")
    snapshots = Snapshots(identifier)
    database = snapshots.database()
    if database is None:
        return _result("there is no database yet")
    if source(database):
        return _result("the database is a replica: its source is kept")
    name = snapshots.take(wanted)
    snapshots.wait(name, left)
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
