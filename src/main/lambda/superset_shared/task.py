"""One init task: started once per revision, watched to its end, its log."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from superset_shared.clients import HOME
from superset_shared.environment import parts, read
from superset_shared.errors import code

POLL_SECONDS = 2.0
LOG_LINES = 30
LOG_SECONDS = 5.0
"""The log driver delivers what a task said last shortly after the task has ended."""


@dataclass(frozen=True)
class Place:
    """Where init tasks run (InitTask.environment in Java)."""

    cluster: str
    """SUPERSET_CLUSTER: ARN of the ECS cluster."""
    subnets: tuple[str, ...]
    """SUPERSET_SUBNETS: where the task runs, comma separated."""
    security_group: str
    """SUPERSET_SECURITY_GROUP: what the task may connect to."""
    log_group: str
    """SUPERSET_LOG_GROUP: where the task writes its log."""
    log_stream_prefix: str
    """SUPERSET_LOG_STREAM_PREFIX: PREFIX/superset/TASK is the log's stream."""

    @staticmethod
    def from_environment() -> "Place":
        """Read the variables."""
        cluster, subnets, group, log_group, prefix = read(
            "SUPERSET_CLUSTER",
            "SUPERSET_SUBNETS",
            "SUPERSET_SECURITY_GROUP",
            "SUPERSET_LOG_GROUP",
            "SUPERSET_LOG_STREAM_PREFIX",
        )
        return Place(cluster, parts(subnets), group, log_group, prefix)


@dataclass(frozen=True)
class End:
    """How a task ended."""

    exit_code: int | None
    """None: its container never started."""
    reason: str


class StillRunning(RuntimeError):
    """The task has not ended in the time that there was."""


class InitTask:
    """The init task of a revision.

    :ivar arn: the task's ARN, once it was started or found
    """

    def __init__(
        self,
        place: Place,
        task_definition: str,
        started_by: str = "",
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """What else its image does is started by another name, with another command.

        :param started_by: a task of that name that runs already is taken over; default: the
            revision's
        :param overrides: what RunTask changes of the task definition
        """
        self._place = place
        self._task_definition = task_definition
        self.revision = task_definition.rpartition("/")[2]
        self._started_by = started_by or self.revision.replace(":", "-")
        self._overrides = {"overrides": overrides} if overrides else {}
        self.arn = ""
        self._ecs = boto3.client("ecs", config=HOME)
        self._logs = boto3.client("logs", config=HOME)

    def start(self, token: str) -> None:
        """Run it, or take over the one that runs already.

        :param token: the same for all attempts of one invocation, so that an attempt whose answer
            was lost starts no second task (ECS API: RunTask, clientToken)
        """
        name = self._started_by
        found = self._ecs.list_tasks(cluster=self._place.cluster, startedBy=name)["taskArns"]
        if found:
            self.arn = found[0]
            return
        answer = self._ecs.run_task(
            cluster=self._place.cluster,
            taskDefinition=self._task_definition,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
            clientToken=token,
            startedBy=name,
            enableECSManagedTags=True,
            propagateTags="TASK_DEFINITION",
            **self._overrides,
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(self._place.subnets),
                    "securityGroups": [self._place.security_group],
                    "assignPublicIp": "DISABLED",
                }
            },
        )
        if not answer["tasks"]:
            reasons = ", ".join(failure.get("reason", "?") for failure in answer["failures"])
            raise RuntimeError(f"the init task of {self.revision} did not start: {reasons}")
        self.arn = answer["tasks"][0]["taskArn"]

    def wait(self, seconds_left: Callable[[], float]) -> End:
        """Until it has stopped; an error when the function's time is up before."""
        while True:
            task = self._described()
            if task["lastStatus"] == "STOPPED":
                return _end(task)
            if seconds_left() < POLL_SECONDS:
                raise StillRunning(
                    f"the init task of {self.revision} is still running after this function's time:"
                    f" deploy again, it is waited for then. Task {self.arn}"
                )
            time.sleep(POLL_SECONDS)

    def log(self) -> list[str]:
        """The last lines that it wrote, oldest first."""
        identifier = self.arn.rpartition("/")[2]
        stream = f"{self._place.log_stream_prefix}/superset/{identifier}"
        end = time.monotonic() + LOG_SECONDS
        while True:
            try:
                events = self._logs.get_log_events(
                    logGroupName=self._place.log_group, logStreamName=stream, limit=LOG_LINES
                )["events"]
            except ClientError as error:
                if code(error) != "ResourceNotFoundException":
                    raise
                events = []
            if events or time.monotonic() > end:
                return [event["message"] for event in events]
            time.sleep(1)

    def _described(self) -> dict[str, Any]:
        tasks = self._ecs.describe_tasks(cluster=self._place.cluster, tasks=[self.arn])["tasks"]
        if not tasks:
            raise RuntimeError(f"ECS does not know the task {self.arn} any more")
        described: dict[str, Any] = tasks[0]
        return described


def _end(task: dict[str, Any]) -> End:
    container = next((c for c in task["containers"] if c["name"] == "superset"), {})
    code = container.get("exitCode")
    reasons = [task.get("stoppedReason"), container.get("reason")]
    reason = ", ".join(dict.fromkeys(part for part in reasons if part))
    if code is not None:
        reason = f"exit code {code}" + (f", {reason}" if reason else "")
    return End(code, reason or "it did not start")
