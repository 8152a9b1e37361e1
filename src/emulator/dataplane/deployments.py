"""A deployment of an ECS service, as DescribeServices tells it.

API reference: Deployment; the words of rolloutStateReason and of events are those that ECS writes.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from moto.ecs.models import Service
from moto.moto_api._internal import mock_random

log = logging.getLogger("emulator")


class Counted(Protocol):
    """A task."""

    record: Any


def begin(service: Service, reason: str = "") -> dict[str, Any]:
    """A new primary deployment of the service's task definition."""
    identifier = new_identifier()
    for deployment in service.deployments:
        deployment["status"] = "ACTIVE"
    made = {
        **primary(service, identifier),
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": reason or f"ECS deployment {identifier} in progress.",
    }
    service.deployments.insert(0, made)
    return made


def new_identifier() -> str:
    """As ECS writes it."""
    return f"ecs-svc/{mock_random.randint(10**18, 10**19)}"


def primary(service: Service, identifier: str) -> dict[str, Any]:
    """A deployment as the service is now, without tasks and without the state of a rollout."""
    now = datetime.now(UTC)
    return {
        "id": identifier,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "launchType": service.launch_type,
        "capacityProviderStrategy": service.__dict__.get("capacity_provider_strategy"),
        "platformVersion": service.platform_version,
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration,
    }


def fail(service: Service) -> dict[str, Any]:
    """The circuit breaker: the primary deployment has failed. The one that is primary now.

    Without a rollback, or before anything was ever complete, that is the failed one itself. The
    last complete deployment comes back with the tasks that it still has.
    """
    failed = service.deployments[0]
    failed["rolloutState"] = "FAILED"
    failed["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
    event(
        service,
        f"(service {service.name}) (deployment {failed['id']}) deployment failed: tasks failed to"
        " start.",
    )
    breaker = service.__dict__["deployment_configuration"]["deploymentCircuitBreaker"]
    completed = service.__dict__.get("completed_definition")
    if not breaker.get("rollback") or not completed:
        return failed
    service.task_definition = completed
    failed["status"] = "ACTIVE"
    failed["desiredCount"] = 0
    before = next((d for d in service.deployments[1:] if d["taskDefinition"] == completed), None)
    if before is None:
        before = begin(service)
    service.deployments.remove(before)
    service.deployments.insert(0, before)
    before["status"] = "PRIMARY"
    before["desiredCount"] = service.desired_count
    before["failedTasks"] = 0
    before["rolloutState"] = "IN_PROGRESS"
    before["rolloutStateReason"] = (
        f"ECS deployment circuit breaker: rolling back to deploymentId {before['id']}."
    )
    event(service, f"(service {service.name}) rolling back to deployment {before['id']}.")
    return before


def count(deployment: dict[str, Any], tasks: Sequence[Counted]) -> None:
    """How many of its tasks run, and how many do not yet."""
    up = [task for task in tasks if task.record.last_status in ("RUNNING", "STOPPING")]
    deployment["runningCount"] = len(up)
    deployment["pendingCount"] = len(tasks) - len(up)
    deployment["updatedAt"] = datetime.now(UTC)


def complete(service: Service, primary: dict[str, Any]) -> None:
    """All its tasks are healthy and no others are left: the other deployments are gone."""
    if primary["rolloutState"] == "IN_PROGRESS":
        primary["rolloutState"] = "COMPLETED"
        if "circuit breaker" not in primary["rolloutStateReason"]:
            primary["rolloutStateReason"] = f"ECS deployment {primary['id']} completed."
        service.__dict__["completed_definition"] = primary["taskDefinition"]
        event(
            service,
            f"(service {service.name}) (deployment {primary['id']}) deployment completed.",
        )
        event(service, f"(service {service.name}) has reached a steady state.")
    service.deployments = [primary]


def event(service: Service, message: str) -> None:
    """The newest first, a hundred of them."""
    log.info("%s", message)
    service.events.insert(
        0, {"id": str(uuid.uuid4()), "createdAt": datetime.now(UTC), "message": message}
    )
    del service.events[100:]
