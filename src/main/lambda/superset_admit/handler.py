"""Entry point of the Lambda function superset-admit.

Event:   {"region": LOST}
Result:  {"admitted": LOST, "by": HERE, "writer": REGION}

Lowers this region's fence against LOST: DNS sends users there again, and its tasks may write. It
refuses with the reason while LOST could harm: while it does not answer, names another writer, or
still has a primary of its own, and while a promotion is running here.
"""

from collections.abc import Mapping
from typing import Any

from superset_shared.errors import reported
from superset_shared.failover.fences import Fences
from superset_shared.failover.home import Home
from superset_shared.failover.parameters import Records, WriterParameter
from superset_shared.failover.regions import Regions
from superset_shared.instance import source


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Admit a region; an error of one line where it may not be."""
    del context
    home = Home.from_environment()
    with reported(home.region):
        return _admit(home, event)


def _admit(home: Home, event: Mapping[str, Any]) -> dict[str, Any]:
    lost = event.get("region")
    if lost not in home.others:
        raise RuntimeError(f"region must be one of {', '.join(home.others)}")
    regions = Regions(home.region)
    parameter = WriterParameter(regions)
    writer = parameter.here(home.region).region
    last = Records(regions.client("ssm")).last()
    if last and last.state == "running":
        raise RuntimeError("a promotion is running here: finish it, or abandon it")
    theirs = parameter.elsewhere(lost)
    if theirs is None or theirs.region != writer:
        says = theirs.region if theirs else "unknown"
        raise RuntimeError(
            f"{lost} holds {says} to be the writer, and it is {writer}: make rebuild REGION={lost}"
        )
    rds = regions.client("rds", lost)
    if lost != writer and regions.ask(lost, lambda: _is_primary(rds, home.database)):
        raise RuntimeError(
            f"the database of {lost} is a primary of its own: make rebuild REGION={lost}"
        )
    Fences(regions.client("elbv2"), home.rules).lower([lost])
    return {"admitted": lost, "by": home.region, "writer": writer}


def _is_primary(rds: Any, identifier: str) -> bool:
    answer = rds.describe_db_instances(DBInstanceIdentifier=identifier)
    return source(answer["DBInstances"][0]) is None
