"""ECS's service scheduler: keeps the desired number of tasks, rolls deployments out and back.

Amazon ECS Developer Guide: "Amazon ECS services", "Deploy Amazon ECS services by replacing tasks",
"How the Amazon ECS deployment circuit breaker detects failures".
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.ecs.models import Service, ecs_backends

from emulator.dataplane.deployments import begin
from emulator.dataplane.targets import Targets
from emulator.dataplane.tasks import Running, Tasks

log = logging.getLogger("emulator")

#: A task that fails is not started again at once.
RESTART_SECONDS = 2.0


class Services:
    """Every service of every region."""

    def __init__(self, account: str, tasks: Tasks, targets: Targets, pace: float) -> None:
        self._account = account
        self._tasks = tasks
        self._targets = targets
        self._pace = pace
        self._started: dict[str, float] = {}

    def reconcile(self) -> None:
        """One look at all of them."""
        for backend in ecs_backends[self._account].values():
            known = set()
            for service in list(backend.services.values()):
                if service.status == "ACTIVE":
                    known.add(service.arn)
                    self._one(backend, service)
            for task in list(self._tasks.running.values()):
                owner = getattr(task.record, "service_arn", None)
                if owner and task.record.region_name == backend.region_name and owner not in known:
                    self._leave(task, "The service was deleted.")

    def _one(self, backend: Any, service: Service) -> None:
        primary = service.deployments[0]
        tasks = [
            task
            for task in self._tasks.running.values()
            if getattr(task.record, "service_arn", None) == service.arn and not task.is_stopped()
        ]
        for task in tasks:
            self._watch(service, task)
        self._count_failures(service, primary)
        if self._breaks(service, primary):
            primary = service.deployments[0]
        new = [t for t in tasks if t.deployment == primary["id"] and not t.is_stopping()]
        old = [t for t in tasks if t.deployment != primary["id"] and not t.is_stopping()]
        stopping = [t for t in tasks if t.is_stopping()]
        self._start(backend, service, primary, new, old, stopping)
        self._retire(service, new, old)
        self._describe(service, primary, tasks)

    def _start(
        self,
        backend: Any,
        service: Service,
        primary: dict[str, Any],
        new: list[Running],
        old: list[Running],
        stopping: list[Running],
    ) -> None:
        if primary["rolloutState"] == "FAILED":
            return
        desired = service.desired_count
        most = max(1, math.floor(desired * _rule(service)["maximumPercent"] / 100))
        # A task that leaves gracefully occupies its place until it is gone only where the service
        # may not have more than it wants: beat.
        occupied = len(new) + len(old) + (len(stopping) if most <= desired else 0)
        # A task that is ill is replaced before it goes, where there may be more than desired.
        well = [task for task in new if not self._is_unhealthy(task)]
        while len(well) < desired and occupied < most:
            key = primary["id"]
            if primary["failedTasks"] and time.monotonic() - self._started.get(key, 0) < (
                RESTART_SECONDS
            ):
                return
            self._started[key] = time.monotonic()
            well.append(self._launch(backend, service, primary))
            new.append(well[-1])
            occupied += 1

    def _launch(self, backend: Any, service: Service, primary: dict[str, Any]) -> Running:
        (record,) = backend.run_task(
            service.cluster_name,
            primary["taskDefinition"],
            1,
            {},
            primary["id"],
            [],
            "FARGATE",
            service.network_configuration or None,
            f"service:{service.name}",
            service.platform_version,
        )
        record.service_arn = service.arn
        return self._tasks.adopt(record, primary["id"])

    def _retire(self, service: Service, new: list[Running], old: list[Running]) -> None:
        desired = service.desired_count
        most = math.floor(desired * _rule(service)["maximumPercent"] / 100)
        ill = [task for task in (*new, *old) if self._is_unhealthy(task)]
        replaced = len([t for t in new if t not in ill]) >= desired
        for task in ill:
            if replaced or most <= desired or not task.was_healthy:
                self._leave(task, self._illness(service, task))
        healthy_new = sum(self._is_healthy(service, task) for task in new)
        # Where more than desired may run, old tasks stay until new ones take their place.
        needed = (
            desired
            if most > desired
            else math.ceil(desired * _rule(service)["minimumHealthyPercent"] / 100)
        )
        leaving = [task for task in old if not task.is_stopping()]
        while leaving and healthy_new + len(leaving) - 1 >= needed:
            self._leave(leaving.pop(), "Scaling activity initiated by deployment")
        staying = [task for task in new if not task.is_stopping()]
        while len(staying) > desired:
            self._leave(staying.pop(), "Scaling activity initiated by (desired count)")

    def _leave(self, task: Running, reason: str) -> None:
        """Out of the load balancer first; SIGTERM after the deregistration delay."""
        if task.is_stopping():
            return
        self._tasks.stop(task, reason)
        delay = self._targets.drain(task) / self._pace if task.target else 0.0
        task.drained = time.monotonic() + delay

    def _watch(self, service: Service, task: Running) -> None:
        if task.container is not None and task.target is None and not task.is_stopping():
            for balancer in service.load_balancers:
                task.target = balancer["targetGroupArn"]
                self._targets.add(task, balancer["containerPort"])
        if self._is_healthy(service, task):
            task.was_healthy = True

    def _is_healthy(self, service: Service, task: Running) -> bool:
        container = task.container
        return (
            container is not None
            and not task.is_stopping()
            and container.exit_code() is None
            and container.health in ("NONE", "HEALTHY")
            and (not service.load_balancers or task.target_state == "healthy")
        )

    def _is_unhealthy(self, task: Running) -> bool:
        if task.container is None or task.is_stopping():
            return False
        if task.container.health == "UNHEALTHY":
            return True
        grace = self._grace(task)
        return task.target_state == "unhealthy" and (
            task.was_healthy or time.monotonic() - task.container.started > grace
        )

    def _grace(self, task: Running) -> float:
        for backend in ecs_backends[self._account].values():
            for service in backend.services.values():
                if service.arn == getattr(task.record, "service_arn", None):
                    seconds = getattr(service, "health_check_grace_period_seconds", None) or 0
                    return float(seconds) / min(self._pace, 3)
        return 0.0

    def _illness(self, service: Service, task: Running) -> str:
        if task.container is not None and task.container.health == "UNHEALTHY":
            return "Task failed container health checks"
        return f"Task failed ELB health checks in (target-group {task.target})"

    def _count_failures(self, service: Service, primary: dict[str, Any]) -> None:
        for task in self._tasks.running.values():
            if task.deployment != primary["id"] or task.counted:
                continue
            failed = task.is_stopped() and task.record.stop_code in (
                "TaskFailedToStart",
                "EssentialContainerExited",
            )
            ill = task.is_stopping() and task.record.stopped_reason.startswith("Task failed")
            if failed or ill:
                task.counted = True
                if not task.was_healthy or primary["rolloutState"] == "IN_PROGRESS":
                    primary["failedTasks"] += 1
                _event(service, f"(service {service.name}) (task {task.id}) failed: "
                       f"{task.record.stopped_reason}")  # fmt: skip

    def _breaks(self, service: Service, primary: dict[str, Any]) -> bool:
        """Half the desired number, at least 3 and at most 200, failed before it was complete."""
        breaker = _rule(service).get("deploymentCircuitBreaker") or {}
        threshold = min(max(3, math.ceil(service.desired_count * 0.5)), 200)
        if (
            primary["rolloutState"] != "IN_PROGRESS"
            or not breaker.get("enable")
            or primary["failedTasks"] < threshold
        ):
            return False
        primary["rolloutState"] = "FAILED"
        primary["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
        _event(service, f"(service {service.name}) (deployment {primary['id']}) deployment failed: "
               "tasks failed to start.")  # fmt: skip
        completed = getattr(service, "completed_definition", None)
        if not breaker.get("rollback") or not completed:
            return False
        _event(service, f"(service {service.name}) rolling back to {completed}.")
        service.task_definition = completed
        begin(service, rollback=True)
        return True

    def _describe(self, service: Service, primary: dict[str, Any], tasks: list[Running]) -> None:
        live = [task for task in tasks if not task.is_stopped()]
        running = [t for t in live if t.record.last_status in ("RUNNING", "STOPPING")]
        service.running_count = len(running)
        service.pending_count = len(live) - len(running)
        for deployment in service.deployments:
            own = [t for t in live if t.deployment == deployment["id"]]
            up = [t for t in own if t.record.last_status in ("RUNNING", "STOPPING")]
            deployment["runningCount"] = len(up)
            deployment["pendingCount"] = len(own) - len(up)
            deployment["updatedAt"] = datetime.now(UTC)
        primary["desiredCount"] = service.desired_count
        new = [t for t in live if t.deployment == primary["id"]]
        healthy = [t for t in new if self._is_healthy(service, t)]
        others = [t for t in live if t.deployment != primary["id"]]
        if len(healthy) >= service.desired_count and not others and len(new) == len(healthy):
            if primary["rolloutState"] == "IN_PROGRESS":
                primary["rolloutState"] = "COMPLETED"
                primary["rolloutStateReason"] = f"ECS deployment {primary['id']} completed."
                service.__dict__["completed_definition"] = primary["taskDefinition"]
                _event(service, f"(service {service.name}) has reached a steady state.")
            service.deployments = [primary]


def _rule(service: Service) -> dict[str, Any]:
    rule: dict[str, Any] = service.__dict__["deployment_configuration"]
    return rule


def _event(service: Service, message: str) -> None:
    log.info("%s", message)
    service.events.insert(
        0, {"id": str(uuid.uuid4()), "createdAt": datetime.now(UTC), "message": message}
    )
    del service.events[100:]
