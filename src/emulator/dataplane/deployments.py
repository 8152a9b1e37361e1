"""A deployment of an ECS service, as DescribeServices tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from moto.ecs.models import Service
from moto.moto_api._internal import mock_random


def begin(service: Service, rollback: bool = False) -> None:
    """A new primary deployment of the service's task definition."""
    now = datetime.now(UTC)
    identifier = f"ecs-svc/{mock_random.randint(10**18, 10**19)}"
    for deployment in service.deployments:
        deployment["status"] = "ACTIVE"
    service.deployments.insert(
        0,
        {
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
            "rolloutState": "IN_PROGRESS",
            "rolloutStateReason": f"ECS deployment {identifier} in progress."
            + (" Rolling back." if rollback else ""),
        },
    )
