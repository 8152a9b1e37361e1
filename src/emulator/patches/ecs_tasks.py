"""ECS tasks: moto cannot place a task whose memory is set on the task only, forgets the client
token, filters by nothing that a service needs, and lets a task end when it is looked at.

With a data plane a task ends when its process does. Without one a task that is run once has ended
well before anybody looks, and tasks of services are only counted.
"""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.models import Container, EC2ContainerServiceBackend, Task
from moto.ecs.responses import EC2ContainerServiceResponse

from emulator import dataplane, task_events
from emulator.patches.tools import Fault, around


def install() -> None:
    """Complete the life of a task."""
    backend = EC2ContainerServiceBackend
    around(Task, "__init__")(_make)
    around(backend, "_calculate_task_resource_requirements")(_requirements)
    around(EC2ContainerServiceResponse, "run_task")(_run)
    around(backend, "list_tasks")(_list)
    around(backend, "stop_task")(_stop)
    # An interface in a VPC without host names has none; moto asks for it all the same.
    NetworkInterface.private_dns_name = None  # type: ignore[attr-defined]


def _requirements(original: Any, self: Any, task_definition: Any = None) -> dict[str, Any]:
    """On Fargate a task's size is its own; the placement on instances needs none of it."""
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def _make(original: Any, self: Task, *args: Any, **given: Any) -> None:
    """One record per container, which has not ended before it began."""
    original(self, *args, **given)
    definition = given["task_definition"]
    first = self.containers[0]
    self.containers = []
    for one in definition.container_definitions:
        made = Container(SimpleNamespace(arn=definition.arn, container_definitions=[one]))
        made.container_arn = f"{self.task_arn.replace(':task/', ':container/')}/{uuid.uuid4()}"
        made.task_arn = self.task_arn
        made.exitCode = made.reason = None
        made.health_status = "UNKNOWN"
        made.network_interfaces = first.network_interfaces
        self.containers.append(made)


def _run(original: Any, self: EC2ContainerServiceResponse) -> ActionResult:
    backend = self.ecs_backend
    tokens: dict[str, tuple[Any, ActionResult]] = backend.__dict__.setdefault("client_tokens", {})
    token, asked = self._get_param("clientToken"), self._get_params()
    if token and token in tokens:
        first, answer = tokens[token]
        if first != asked:
            text = "The provided clientToken is already in use with a different RunTask request."
            raise Fault("ConflictException", text)
        return answer
    result: ActionResult = original(self)
    if dataplane.current() is None:
        for task in result.result["tasks"]:  # type: ignore[index]
            _ended(task)
            task_events.stopped(backend.account_id, task)
    if token:
        tokens[token] = (asked, result)
    return result


def _ended(task: Task) -> None:
    task.last_status = "STOPPED"
    task.desired_status = "STOPPED"
    task.stop_code = "EssentialContainerExited"  # type: ignore[attr-defined]
    task.stopped_reason = "Essential container in task exited"
    for container in task.containers:
        container.last_status = "STOPPED"
        container.exit_code = container.exitCode = 0  # type: ignore[attr-defined]


def _list(original: Any, self: EC2ContainerServiceBackend, *args: Any, **given: Any) -> list[Task]:
    found: list[Task] = original(self, *args, **given)
    name = given.get("service_name") or (args[4] if len(args) > 4 else None)
    status = given.get("desiredStatus") or (args[5] if len(args) > 5 else None)
    if not status:
        # AWS lists running tasks unless asked for stopped ones.
        found = [task for task in found if task.desired_status == "RUNNING"]
    if name:
        group = f"service:{name.split('/')[-1]}"
        found = [task for task in found if task.group == group]
    return found


def _stop(
    original: Any, self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str
) -> Task:
    plane = dataplane.current()
    if plane is None:
        stopped: Task = original(self, cluster_str, task_str, reason)
        return stopped
    identifier = task_str.split("/")[-1]
    plane.tasks.find()
    task = plane.tasks.running[identifier]
    plane.tasks.stop(task, reason or "Task stopped by user", "UserInitiated")
    task.drained = task.drained or 0.0
    return task.record
