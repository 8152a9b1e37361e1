"""Entry point of the Lambda function superset-admit.

Event:   {"region": LOST}
Result:  {"admitted": LOST, "by": HERE, "writer": REGION}

Lowers this region's fence against LOST: DNS sends users there again, and its tasks may write. It
refuses with the reason while LOST could harm: while it does not answer, names another writer, or
still has a primary of its own, and while a promotion is running here.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from superset_promote.database import is_primary
from superset_promote.fences import Fences
from superset_promote.parameters import Records, WriterParameter
from superset_promote.regions import Regions, Unanswered
from superset_promote.settings import Home
from superset_secrets.errors import sentence
from superset_secrets.log import log


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Admit a region; an error of one line where it may not be."""
    del context
    home = Home.from_environment()
    try:
        return _admit(home, event)
    except (ClientError, BotoCoreError) as error:
        message = f"{home.region}: {sentence(error)}"
    except (RuntimeError, Unanswered) as error:
        message = f"{home.region}: {error}"
    log("failed", error=message)
    raise RuntimeError(message) from None


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
    if lost != writer and regions.ask(lost, lambda: is_primary(rds, home.database)):
        raise RuntimeError(
            f"the database of {lost} is a primary of its own: make rebuild REGION={lost}"
        )
    Fences(regions.client("elbv2"), home.rules).lower([lost])
    return {"admitted": lost, "by": home.region, "writer": writer}
