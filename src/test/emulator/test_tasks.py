"""ECS tasks are processes: containers, what they need to start, how they end."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT
from running import REGION, Plane, alive, children
from telling import received, rule, topic

from commands.environment import ROOT
from commands.waiting import until

SNAPSHOTS = ROOT / "main.tf.json-snapshots"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("tasks"))
    yield made
    made.stop()


def container(name: str, *command: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": list(command), **more}


def after(name: str, condition: str) -> dict[str, Any]:
    return {"dependsOn": [{"containerName": name, "condition": condition}]}


def test_an_exit_code_and_the_log_are_reported(plane: Plane, name: str) -> None:
    arn = plane.run(plane.define(name, container("main", "exit", "3")), startedBy="a-test")
    ended = plane.ended(arn)
    assert ended["containers"][0]["exitCode"] == 3
    assert ended["stopCode"] == "EssentialContainerExited"
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert ended["startedBy"] == "a-test"
    assert plane.lines(arn) == ["about to end"]


def test_command_and_environment_are_overridden(plane: Plane, name: str) -> None:
    more = {"environment": [{"name": "WORD", "value": "first"}]}
    definition = plane.define(name, container("main", "exit", "3", **more))
    override = {
        "name": "main",
        "command": ["print", "WORD"],
        "environment": [{"name": "WORD", "value": "second"}],
    }
    arn = plane.run(definition, overrides={"containerOverrides": [override]})
    assert plane.ended(arn)["containers"][0]["exitCode"] == 0
    assert plane.lines(arn) == ["second"]


def test_localhost_is_the_tasks_own(plane: Plane, name: str) -> None:
    word = "http://localhost:4318 https://example.localhost"
    more = {"environment": [{"name": "WORD", "value": word}]}
    arn = plane.run(plane.define(name, container("main", "tell", "WORD", **more)))
    until("it has told", lambda: plane.lines(arn))
    tasks = plane.aws.control("GET", "dataplane")["tasks"]
    (address,) = (task["address"] for task in tasks if task["task"] == arn)
    assert plane.lines(arn) == [f"http://{address}:4318 https://example.localhost"]


def test_a_client_token_starts_one_task(plane: Plane, name: str) -> None:
    definition = plane.define(name, container("main", "sleep"))
    first = plane.run(definition, clientToken=name)
    assert plane.run(definition, clientToken=name) == first
    with pytest.raises(ClientError, match="already in use"):
        plane.run(definition, clientToken=name, startedBy="another")
    plane.ecs.stop_task(task=first, reason="enough")
    assert plane.ended(first)["stopCode"] == "UserInitiated"


def test_containers_start_in_the_order_of_their_dependencies(plane: Plane, name: str) -> None:
    healthy = {"command": ["CMD-SHELL", "test -e file"], "interval": 5}
    definition = plane.define(
        name,
        container("last", "exit", "0", **after("sidecar", "HEALTHY")),
        container(
            "sidecar",
            "sleep",
            essential=False,
            healthCheck=healthy,
            **after("first", "SUCCESS"),
        ),
        container("first", "write", ".", "text", essential=False),
    )
    arn = plane.run(definition)
    until("the sidecar runs", lambda: _status(plane, arn, "sidecar") == "RUNNING")
    assert _status(plane, arn, "first") == "STOPPED"
    assert _status(plane, arn, "last") == "PENDING"
    plane.ecs.stop_task(task=arn)
    plane.ended(arn)


def test_a_healthy_dependency_lets_the_other_start(plane: Plane, name: str) -> None:
    healthy = {"command": ["CMD", "true"], "interval": 5}
    definition = plane.define(
        name,
        container("sidecar", "sleep", essential=False, healthCheck=healthy),
        container("main", "exit", "5", **after("sidecar", "HEALTHY")),
    )
    ended = plane.ended(plane.run(definition))
    codes = {one["name"]: one.get("exitCode") for one in ended["containers"]}
    # The sidecar is told to end when the essential container has ended.
    assert codes == {"main": 5, "sidecar": 143}


def test_a_dependency_that_fails_stops_the_task(plane: Plane, name: str) -> None:
    definition = plane.define(
        name,
        container("first", "exit", "1", essential=False),
        container("main", "sleep", **after("first", "SUCCESS")),
    )
    ended = plane.ended(plane.run(definition))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "first" in ended["stoppedReason"]


def test_containers_share_a_volume(plane: Plane, name: str) -> None:
    mount = {"mountPoints": [{"sourceVolume": "shared", "containerPath": "/tmp"}]}
    definition = plane.define(
        name,
        container("first", "write", "TMPDIR", "through it", essential=False, **mount),
        container("main", "read", "TMPDIR", **mount, **after("first", "SUCCESS")),
        volumes=[{"name": "shared"}],
    )
    arn = plane.run(definition)
    plane.ended(arn)
    assert plane.lines(arn) == ["through it"]


def test_who_occupies_too_much_is_killed(plane: Plane, name: str) -> None:
    definition = plane.define(name, container("main", "fill", "600"))
    ended = plane.ended(plane.run(definition))
    assert ended["containers"][0]["exitCode"] == 137
    assert ended["containers"][0]["reason"].startswith("OutOfMemoryError")


def test_who_is_killed_for_memory_is_told_of_by_the_rule_of_production(
    plane: Plane, name: str
) -> None:
    stack = json.loads((SNAPSHOTS / "superset-us-east-1.tf.json").read_text())["resource"]
    (pattern,) = (
        one["event_pattern"]
        for one in stack["aws_cloudwatch_event_rule"].values()
        if one["name"].endswith("-out-of-memory")
    )
    cluster = plane.ecs.describe_clusters()["clusters"][0]["clusterArn"]
    arn, url = topic(plane.aws, name)
    here = json.loads(pattern)
    here["detail"]["clusterArn"] = [cluster]
    rule(plane.aws, name, here, Arn=arn)
    plane.ended(plane.run(plane.define(name, container("main", "exit", "1"))))
    killed = plane.run(plane.define(name, container("main", "fill", "600")))
    plane.ended(killed)
    (message,) = received(plane.aws, url)
    assert json.loads(message)["detail"]["taskArn"] == killed


def test_who_hears_no_sigterm_is_killed_after_the_stop_timeout(plane: Plane, name: str) -> None:
    arn = plane.run(plane.define(name, container("main", "deaf", stopTimeout=2)))
    until("it is deaf", lambda: plane.lines(arn) == ["deaf"])
    plane.ecs.stop_task(task=arn)
    began = time.monotonic()
    assert plane.ended(arn)["containers"][0]["exitCode"] == 137
    assert time.monotonic() - began > 1.5


def secret(plane: Plane, name: str, **more: str) -> str:
    secrets = plane.aws.client("secretsmanager")
    value = json.dumps({"password": "hidden"})
    return str(secrets.create_secret(Name=name, SecretString=value, **more)["ARN"])


LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def with_secret(plane: Plane, name: str, arn: str, role: str) -> dict[str, Any]:
    secrets = [{"name": "WORD", "valueFrom": f"{arn}:password::"}]
    one = container("main", "print", "WORD", secrets=secrets)
    return plane.ended(plane.run(plane.define(name, one, executionRoleArn=role)))


def test_a_secret_is_injected_by_a_role_that_may_read_it(plane: Plane, name: str) -> None:
    arn = secret(plane, name)
    reads = allow("secretsmanager:Get*", arn[:-4] + "????")
    ended = with_secret(plane, name, arn, plane.make_role(name, [LOGS, reads]))
    assert ended["stopCode"] == "EssentialContainerExited"
    assert plane.lines(ended["taskArn"]) == ["hidden"]


@pytest.mark.parametrize("denied", [False, True])
def test_a_role_that_may_not_read_the_secret(plane: Plane, name: str, denied: bool) -> None:
    arn = secret(plane, name)
    reads = [allow("secretsmanager:*", "*"), {**allow("*", arn), "Effect": "Deny"}]
    ended = with_secret(plane, name, arn, plane.make_role(name, [LOGS, *(reads if denied else [])]))
    assert ended["stopCode"] == "TaskFailedToStart"
    reason = ended["stoppedReason"]
    assert reason.startswith("ResourceInitializationError: unable to pull secrets or registry auth")
    assert f"not authorized to perform: secretsmanager:GetSecretValue on resource: {arn}" in reason
    assert "exitCode" not in ended["containers"][0]


@pytest.mark.parametrize(
    ("via", "starts"), [("secretsmanager.us-east-1.amazonaws.com", True), ("ssm", False)]
)
def test_the_key_of_a_secret_counts_too(plane: Plane, name: str, via: str, starts: bool) -> None:
    key = plane.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    arn = secret(plane, name, KmsKeyId=key)
    decrypt = allow("kms:Decrypt", key, Condition={"StringEquals": {"kms:ViaService": via}})
    reads = allow("secretsmanager:GetSecretValue", arn)
    ended = with_secret(plane, name, arn, plane.make_role(name, [LOGS, reads, decrypt]))
    assert ("Access to KMS is not allowed" not in ended["stoppedReason"]) == starts


def test_a_key_that_its_account_may_not_delegate(plane: Plane, name: str) -> None:
    other = plane.make_role(name, [LOGS])
    policy = {"Statement": [{**allow("kms:*", "*"), "Principal": {"AWS": other}}]}
    key = plane.aws.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    arn = secret(plane, name, KmsKeyId=key)
    ended = with_secret(plane, name, arn, plane.role)
    assert "Access to KMS is not allowed" in ended["stoppedReason"]


def test_a_missing_key_of_a_secret_is_named(plane: Plane, name: str) -> None:
    arn = secret(plane, name)
    one = container("main", "sleep", secrets=[{"name": "WORD", "valueFrom": f"{arn}:none::"}])
    ended = plane.ended(plane.run(plane.define(name, one)))
    assert "did not contain json key none" in ended["stoppedReason"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "ecr:GetAuthorizationToken"),
        (["ecr:GetAuthorizationToken"], "ecr:BatchGetImage"),
        (["ecr:*"], None),
    ],
)
def test_the_image_is_pulled_by_a_role_that_may(
    plane: Plane, name: str, given: list[str], says: str | None
) -> None:
    plane.aws.client("ecr").create_repository(repositoryName=name)
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}@sha256:{'1' * 64}"
    role = plane.make_role(name, [LOGS, *(allow(action, "*") for action in given)])
    one = container("main", "exit", "0", image=image)
    ended = plane.ended(plane.run(plane.define(name, one, executionRoleArn=role)))
    assert (says is None) == (ended["stopCode"] == "EssentialContainerExited")
    assert (says or "") in ended["stoppedReason"]


def test_an_image_that_is_not_there_cannot_be_pulled(plane: Plane, name: str) -> None:
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}@sha256:{'1' * 64}"
    ended = plane.ended(plane.run(plane.define(name, container("main", "sleep", image=image))))
    assert ended["stoppedReason"].startswith("CannotPullContainerError")


def test_a_digest_is_bound_to_another_image(plane: Plane, name: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["sh", "-c", "exit 9"]\n')
    digest = f"sha256:{'9' * 64}"
    plane.aws.control("POST", "images", {"digest": digest, "folder": str(tmp_path)})
    one = container("main", "any", image=f"repository@{digest}")
    ended = plane.ended(plane.run(plane.define(name, one)))
    assert ended["containers"][0]["exitCode"] == 9


@pytest.mark.parametrize("kind", ["taskRoleArn", "executionRoleArn"])
def test_a_role_that_does_not_exist(plane: Plane, name: str, kind: str) -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"
    definition = plane.define(name, container("main", "sleep"), **{kind: missing})
    ended = plane.ended(plane.run(definition))
    assert f"ECS was unable to assume the role '{missing}'" in ended["stoppedReason"]


def test_a_role_that_trusts_another_account(plane: Plane, name: str) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    role = plane.make_role(name, [LOGS], Condition=condition)
    definition = plane.define(name, container("main", "sleep"), taskRoleArn=role)
    assert "unable to assume" in plane.ended(plane.run(definition))["stoppedReason"]


def test_a_log_group_that_is_missing(plane: Plane, name: str) -> None:
    options = {"awslogs-group": name, "awslogs-region": REGION, "awslogs-stream-prefix": "p"}
    log = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    ended = plane.ended(plane.run(plane.define(name, container("main", "sleep", **log))))
    assert "The specified log group does not exist" in ended["stoppedReason"]


def _status(plane: Plane, task: str, name: str) -> str:
    found = plane.task(task)["containers"]
    return str(next(one["lastStatus"] for one in found if one["name"] == name))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_emulator(
    request: pytest.FixtureRequest, tmp_path: Path, how: signal.Signals
) -> None:
    plane = Plane(tmp_path)
    request.addfinalizer(plane.process.kill)
    frozen = plane.run(plane.define("frozen", container("main", "orphan")))
    plane.run(plane.define("deaf", container("main", "deaf")))
    group = plane.target_group("web")
    plane.balancer("web", {"nothing.example.com": group})
    until("there is a child", lambda: plane.lines(frozen))
    until("the balancer answers", lambda: plane.answers("nothing.example.com") == 503)
    below = children(plane.process.pid)
    (child,) = (int(line.split()[1]) for line in plane.lines(frozen))
    assert child in below
    tasks = plane.aws.control("GET", "dataplane")["tasks"]
    (parent,) = (task["pid"] for task in tasks if task["task"] == frozen)
    os.killpg(parent, signal.SIGSTOP)
    began = time.monotonic()
    plane.process.send_signal(how)
    plane.process.wait(30)
    until("all have ended", lambda: not any(alive(pid) for pid in below), 10)
    assert time.monotonic() - began < 20
