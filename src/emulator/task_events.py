"""What ECS tells EventBridge of a task that stopped.

Amazon ECS Developer Guide, "Task state change events", as far as a record of moto has it.
"""

from __future__ import annotations

import json
from typing import Any

from moto.ecs.models import Task
from moto.events.models import events_backends


def stopped(account: str, task: Task) -> None:
    """Send the event."""
    detail = {
        "clusterArn": task.cluster_arn,
        "containers": [_container(one) for one in task.containers],
        "desiredStatus": "STOPPED",
        "group": task.group,
        "lastStatus": "STOPPED",
        "overrides": task.overrides,
        "startedBy": task.started_by,
        "stopCode": task.stop_code,  # type: ignore[attr-defined]
        "stoppedReason": task.stopped_reason,
        "taskArn": task.task_arn,
        "taskDefinitionArn": task.task_definition_arn,
    }
    entry = {
        "Source": "aws.ecs",
        "DetailType": "ECS Task State Change",
        "Resources": [task.task_arn],
        "Detail": json.dumps(detail),
    }
    events_backends[account][task.region_name].put_events([entry])


def _container(container: Any) -> dict[str, Any]:
    """A container that did not start has no exit code."""
    told = {
        "name": container.name,
        "containerArn": container.container_arn,
        "lastStatus": container.last_status,
        "exitCode": container.exitCode,
        "reason": container.reason,
    }
    return {key: value for key, value in told.items() if value is not None}
