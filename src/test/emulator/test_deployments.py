"""ECS services behind a load balancer: what a new revision does to requests, and what is said."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from running import DOMAIN, Plane

from commands.waiting import until


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("deployments"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def group(plane: Plane) -> str:
    """The target group of the service `web`, which runs two tasks of the first version."""
    made = plane.target_group("web", **{"deregistration_delay.timeout_seconds": "40"})
    plane.balancer("web", {DOMAIN: made})
    balancers = [{"targetGroupArn": made, "containerName": "main", "containerPort": 8080}]
    plane.serve("web", version(plane, "1"), loadBalancers=balancers)
    plane.steady("web")
    until("the load balancer answers", lambda: plane.answers(DOMAIN) == 200)
    return made


def version(plane: Plane, number: str, **more: str) -> str:
    values = {"VERSION": number, **more}
    environment = [{"name": key, "value": value} for key, value in values.items()]
    return plane.define("web", {"environment": environment})


def pids(plane: Plane) -> set[int]:
    return {int(task["pid"]) for task in plane.running("web")}


def targets(plane: Plane, group: str) -> list[dict[str, Any]]:
    found = plane.aws.client("elbv2").describe_target_health(TargetGroupArn=group)
    return [one["TargetHealth"] for one in found["TargetHealthDescriptions"]]


class Load:
    """Requests, one after the other, that take longer than a target's health check."""

    def __init__(self, plane: Plane) -> None:
        self.versions: list[str] = []
        self.failures: list[Any] = []
        self._plane = plane
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                with self._plane.connect(DOMAIN) as client:
                    status, answer = client.get("/?seconds=0.3")
            except OSError as problem:
                self.failures.append(problem)
                continue
            if status == 200:
                self.versions.append(answer["version"])
            else:
                self.failures.append(status)


def test_a_new_revision_takes_over_and_no_request_fails(plane: Plane, group: str) -> None:
    with Load(plane) as load:
        until("the first version answers", lambda: load.versions)
        plane.ecs.update_service(service="web", taskDefinition=version(plane, "2"))
        until("the second version answers", lambda: "2" in load.versions)
        plane.steady("web")
    assert load.failures == []
    assert (load.versions[0], load.versions[-1]) == ("1", "2")
    assert [one["State"] for one in targets(plane, group)] == ["healthy"] * 2


def test_a_request_keeps_the_id_that_it_came_with(plane: Plane, group: str) -> None:
    own = r"1-[0-9a-f]{8}-[0-9a-f]{24}"
    given = "Root=1-6746a1b2-0123456789abcdef01234567"
    with plane.connect(DOMAIN) as client:
        for sent, forwarded in (
            ({}, f"Root={own}"),
            ({"X-Amzn-Trace-Id": given}, f"Self={own};{given}"),
        ):
            _, answer = client.get("/", **sent)
            assert re.fullmatch(forwarded, answer["headers"]["x-amzn-trace-id"])


@pytest.mark.parametrize("health", ["500", "ends"])
def test_a_revision_that_never_becomes_healthy_is_rolled_back(
    plane: Plane, group: str, health: str
) -> None:
    service = plane.service("web")
    before = service["taskDefinition"]
    (deployment,) = (one["id"] for one in service["deployments"])
    processes = pids(plane)
    failures = sum("deployment failed" in event["message"] for event in service["events"])
    broken = version(plane, "broken", HEALTH=health)
    if health == "ends":
        broken = plane.define("web", {"command": ["exit", "1"]})
    with Load(plane) as load:
        plane.ecs.update_service(service="web", taskDefinition=broken)
        if health == "500":
            mismatch = "Target.ResponseCodeMismatch"
            until(
                "the load balancer says why",
                lambda: any(one.get("Reason") == mismatch for one in targets(plane, group)),
            )

        def failed() -> bool:
            said = [event["message"] for event in plane.service("web")["events"]]
            deployed = [message for message in said if "deployment failed" in message]
            return len(deployed) > failures

        until("the deployment has failed", failed, 60)
        plane.steady("web")
    assert load.failures == []
    assert "broken" not in load.versions
    service = plane.service("web")
    assert service["taskDefinition"] == before
    (left,) = service["deployments"]
    assert left["rolloutState"] == "COMPLETED"
    assert "rolling back" in left["rolloutStateReason"]
    # Back to what still ran, which no task of a new deployment has to replace.
    assert left["id"] == deployment
    said = [event["message"] for event in service["events"]]
    assert f"(service web) rolling back to deployment {deployment}." in said
    assert pids(plane) == processes


def test_a_frozen_task_is_out_of_the_load_balancer_and_replaced(plane: Plane, group: str) -> None:
    frozen = plane.running("web")[0]
    os.killpg(frozen["pid"], signal.SIGSTOP)
    reasons = {"Target.Timeout", "Target.DeregistrationInProgress"}
    until(
        "the load balancer says why",
        lambda: any(one.get("Reason") in reasons for one in targets(plane, group)),
    )
    until(
        "another task has its place",
        lambda: (
            frozen["task"] not in [one["task"] for one in plane.running("web")]
            and [one["State"] for one in targets(plane, group)] == ["healthy"] * 2
        ),
        60,
    )
