"""What superset-init does around the task, one behaviour per test; ECS and Logs are played."""

import itertools
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from secrets_world import Context

from superset_init import handler

REVISION = "arn:aws:ecs:us-east-1:123456789012:task-definition/superset-init:7"
TASK = "arn:aws:ecs:us-east-1:123456789012:task/superset-production/0123"
ENVIRONMENT = {
    "SUPERSET_CLUSTER": "arn:aws:ecs:us-east-1:123456789012:cluster/superset-production",
    "SUPERSET_SUBNETS": "subnet-1,subnet-2",
    "SUPERSET_SECURITY_GROUP": "sg-1",
    "SUPERSET_LOG_GROUP": "/superset/init",
    "SUPERSET_LOG_STREAM_PREFIX": "superset-init",
}


class Ecs:
    """One cluster in which a task takes some looks to end."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self.failures: list[dict[str, str]] = []
        self.looks = 2
        self.exit_code: int | None = 0
        self.reason = "Essential container in task exited"
        self.searched: list[dict[str, Any]] = []

    def list_tasks(self, **arguments: Any) -> dict[str, Any]:
        self.searched.append(arguments)
        return {"taskArns": self.running}

    def run_task(self, **arguments: Any) -> dict[str, Any]:
        self.runs.append(arguments)
        return {"tasks": [] if self.failures else [{"taskArn": TASK}], "failures": self.failures}

    def describe_tasks(self, **arguments: Any) -> dict[str, Any]:
        self.looks -= 1
        container: dict[str, Any] = {"name": "superset"}
        if self.looks >= 0:
            return {"tasks": [{"lastStatus": "RUNNING", "containers": [container]}]}
        if self.exit_code is not None:
            container["exitCode"] = self.exit_code
        return {
            "tasks": [
                {
                    "lastStatus": "STOPPED",
                    "stoppedReason": self.reason,
                    "containers": [container],
                }
            ]
        }


class Logs:
    """The task's stream."""

    def __init__(self) -> None:
        self.lines = ['{"step": "migrate the database", "outcome": "now at version 1"}']
        self.asked: list[dict[str, Any]] = []
        self.missing = False

    def get_log_events(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.missing:
            error = {"Error": {"Code": "ResourceNotFoundException", "Message": "no stream"}}
            raise ClientError(error, "GetLogEvents")
        return {"events": [{"message": line} for line in self.lines]}


class World:
    """Both, and the function."""

    def __init__(self) -> None:
        self.ecs = Ecs()
        self.logs = Logs()
        self.seconds = 900.0

    def invoke(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        context = Context(self.seconds)
        context.aws_request_id = "request-1"  # type: ignore[attr-defined]
        return handler.handle(event or {"task_definition": REVISION}, context)


@pytest.fixture
def init(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    world = World()
    clients = {"ecs": world.ecs, "logs": world.logs}
    monkeypatch.setattr(boto3, "client", lambda service, config: clients[service])
    clock = itertools.count()
    monkeypatch.setattr("superset_shared.task.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("superset_shared.task.time.sleep", lambda seconds: None)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return world


def test_runs_the_revision_where_it_is_told_and_returns_what_it_did(init: World) -> None:
    result = init.invoke()
    assert result == {"task": TASK, "exit_code": 0, "steps": init.logs.lines}
    (run,) = init.ecs.runs
    assert run["taskDefinition"] == REVISION
    assert run["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }


def test_an_attempt_whose_answer_was_lost_starts_no_second_task(init: World) -> None:
    init.invoke()
    assert init.ecs.runs[0]["clientToken"] == "request-1"


def test_a_task_of_the_revision_that_runs_already_is_waited_for(init: World) -> None:
    init.ecs.running = [TASK]
    assert init.invoke()["task"] == TASK
    assert init.ecs.runs == []
    # ECS takes no other filter beside startedBy.
    assert set(init.ecs.searched[0]) == {"cluster", "startedBy"}
    assert init.ecs.searched[0]["startedBy"] == "superset-init-7"


def test_a_failed_task_is_an_error_that_ends_with_its_log(init: World) -> None:
    init.ecs.exit_code = 1
    init.logs.lines = ["Traceback …", "superset-init failed: column already exists"]
    with pytest.raises(RuntimeError) as caught:
        init.invoke()
    message = str(caught.value)
    assert "superset-init:7 failed: exit code 1" in message
    assert "The services keep their old version" in message
    assert message.endswith("superset-init failed: column already exists")


def test_a_task_that_never_started_gives_ecs_own_reason(init: World) -> None:
    init.ecs.exit_code = None
    init.ecs.reason = "CannotPullContainerError: not found"
    init.logs.missing = True
    with pytest.raises(RuntimeError, match=r"CannotPullContainerError[\s\S]*wrote no log"):
        init.invoke()


def test_a_task_that_cannot_be_placed_is_an_error_with_the_reason(init: World) -> None:
    init.ecs.failures = [{"reason": "Capacity is unavailable at this time"}]
    with pytest.raises(RuntimeError, match="did not start: Capacity is unavailable"):
        init.invoke()


def test_a_function_that_runs_out_of_time_says_that_the_next_deploy_waits_on(init: World) -> None:
    init.seconds = 30
    init.ecs.looks = 1000
    with pytest.raises(RuntimeError, match="still running after this function's time: deploy aga"):
        init.invoke()


def test_all_missing_variables_are_named_at_once(
    init: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUPERSET_CLUSTER")
    monkeypatch.delenv("SUPERSET_SUBNETS")
    with pytest.raises(RuntimeError, match="SUPERSET_CLUSTER, SUPERSET_SUBNETS"):
        init.invoke()


def test_an_event_without_a_revision_is_refused(init: World) -> None:
    with pytest.raises(RuntimeError, match="no task_definition"):
        init.invoke({"tf": {}, "other": 1})


def test_reads_the_stream_of_its_own_task(init: World) -> None:
    init.invoke()
    assert init.logs.asked[0]["logStreamName"] == "superset-init/superset/0123"
