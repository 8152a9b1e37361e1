"""How far the replica is behind: asked of CloudWatch, and of both databases by a task.

The task is superset-init's with another command: a function has no way to a
database. It prints {"writer", "replica", "bytes", "seconds", "caught_up"} as its last line.
"""

import json
from datetime import timedelta
from typing import Any

from superset_promote.patience import NotYet, Patience
from superset_shared.failover import clock
from superset_shared.task import InitTask, Place, StillRunning

_COMMAND = ["replication"]
_WAIT_SECONDS = 600


class Replication:
    """Of this region's replica."""

    def __init__(self, cloudwatch: Any, task_definition: str, database: str) -> None:
        self._cloudwatch = cloudwatch
        self._task_definition = task_definition
        self._database = database

    def reported_lag(self) -> float | None:
        """Seconds by CloudWatch's ReplicaLag; None where nothing was reported lately."""
        end = clock.now()
        answer = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/RDS",
            MetricName="ReplicaLag",
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": self._database}],
            StartTime=end - timedelta(minutes=10),
            EndTime=end,
            Period=60,
            Statistics=["Maximum"],
        )
        points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
        return points[-1]["Maximum"] if points else None

    def positions(self, token: str, patience: Patience) -> dict[str, Any]:
        """Log positions of both databases, now."""
        return self._run("superset-promote-look", token, patience, [])[1]

    def catch_up(self, token: str, patience: Patience) -> dict[str, Any]:
        """Wait until the replica has what the writer has now; an error if it has not."""
        wait = [{"name": "WAIT_UNTIL_CAUGHT_UP", "value": str(_WAIT_SECONDS)}]
        code, said = self._run("superset-promote-wait", token, patience, wait)
        if code != 0 or said.get("caught_up") is not True:
            raise RuntimeError(
                f"the replica has not caught up: {json.dumps(said)}. Nothing was promoted and the"
                " fences stay raised: invoke again, without planned if the writer is lost, or with"
                " abandon to give up"
            )
        return said

    def _run(
        self, started_by: str, token: str, patience: Patience, environment: list[dict[str, str]]
    ) -> tuple[int | None, dict[str, Any]]:
        task = InitTask(
            Place.from_environment(),
            self._task_definition,
            started_by,
            {
                "containerOverrides": [
                    {"name": "superset", "command": _COMMAND, "environment": environment}
                ]
            },
        )
        task.start(token)
        try:
            end = task.wait(patience.left)
        except StillRunning as running:
            raise NotYet(str(running)) from None
        lines = task.log()
        return end.exit_code, _last(lines) or {"error": f"{end.reason}: {' '.join(lines[-3:])}"}


def _last(lines: list[str]) -> dict[str, Any] | None:
    """The last line that is a JSON object with positions."""
    for line in reversed(lines):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and "caught_up" in document:
            return document
    return None
