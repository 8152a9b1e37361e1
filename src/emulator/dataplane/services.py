"""ECS's service scheduler: keeps the desired number of tasks, rolls deployments out and back.

Amazon ECS Developer Guide: "Amazon ECS services", "Deploy Amazon ECS services by replacing tasks",
"How the Amazon ECS deployment circuit breaker detects failures".
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from moto.ecs.models import Service, ecs_backends

from emulator.dataplane import deployments
from emulator.dataplane.deployments import event
from emulator.dataplane.targets import Targets
from emulator.dataplane.tasks import Running, Tasks
from emulator.regions import regions

log = logging.getLogger("emulator")

#: A task that fails is not started again at once.
RESTART_SECONDS = 2.0

#: The grace period is not shortened more than this: where all tasks of a region start at once on a
#: laptop, each needs more than a minute.
GRACE_PACE = 2


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
            if regions.is_lost(backend.region_name):
                continue
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
        tasks = [
            task
            for task in self._tasks.running.values()
            if getattr(task.record, "service_arn", None) == service.arn and not task.is_stopped()
        ]
        for task in tasks:
            self._watch(service, task)
        primary = service.deployments[0]
        self._count_failures(service, primary)
        if self._breaks(service, primary):
            primary = deployments.fail(service)
        new = [t for t in tasks if t.deployment == primary["id"] and not t.is_stopping()]
        old = [t for t in tasks if t.deployment != primary["id"] and not t.is_stopping()]
        stopping = [t for t in tasks if t.is_stopping()]
        self._start(backend, service, primary, new, old, stopping)
        self._retire(service, new, old)
        self._describe(service, primary, [task for task in tasks if not task.is_stopped()])

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
        well = [task for task in new if not self._is_unhealthy(service, task)]
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
        ill = [task for task in (*new, *old) if self._is_unhealthy(service, task)]
        replaced = len([t for t in new if t not in ill]) >= desired
        for task in ill:
            if replaced or most <= desired or not task.was_healthy:
                self._leave(task, _illness(task))
        healthy_new = sum(self._is_healthy(service, task) for task in new)
        # Where more than desired may run, old tasks stay until new ones take their place.
        needed = (
            desired
            if most > desired
            else math.ceil(desired * _rule(service)["minimumHealthyPercent"] / 100)
        )
        leaving = [task for task in old if not task.is_stopping()]
        leaving.sort(key=lambda task: self._is_healthy(service, task), reverse=True)
        healthy_old = sum(self._is_healthy(service, task) for task in leaving)
        while leaving:
            task = leaving.pop()
            healthy_old -= self._is_healthy(service, task)
            if healthy_new + healthy_old < needed and self._is_healthy(service, task):
                break
            self._leave(task, "Scaling activity initiated by deployment")
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
        if task.is_stopping():
            return
        if task.record.last_status == "RUNNING" and task.target is None:
            for balancer in service.load_balancers:
                task.target = balancer["targetGroupArn"]
                self._targets.add(task, balancer["containerPort"])
        if self._is_healthy(service, task):
            task.was_healthy = True

    def _is_healthy(self, service: Service, task: Running) -> bool:
        return (
            task.is_up()
            and not task.is_stopping()
            and task.health in ("NONE", "HEALTHY")
            and (not service.load_balancers or task.target_state == "healthy")
        )

    def _is_unhealthy(self, service: Service, task: Running) -> bool:
        if task.is_stopping() or "unhealthy" not in (task.health.lower(), task.target_state):
            return False
        seconds = float(getattr(service, "health_check_grace_period_seconds", None) or 0)
        grace = seconds / min(self._pace, GRACE_PACE)
        return task.was_healthy or time.monotonic() - task.started > grace

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
                text = f"(task {task.id}) failed: {task.record.stopped_reason}"
                event(service, f"(service {service.name}) {text}")

    def _breaks(self, service: Service, primary: dict[str, Any]) -> bool:
        """Half the desired number, at least 3 and at most 200, failed before it was complete."""
        breaker = _rule(service).get("deploymentCircuitBreaker") or {}
        threshold = min(max(3, math.ceil(service.desired_count * 0.5)), 200)
        return bool(
            primary["rolloutState"] == "IN_PROGRESS"
            and breaker.get("enable")
            and primary["failedTasks"] >= threshold
        )

    def _describe(self, service: Service, primary: dict[str, Any], live: list[Running]) -> None:
        running = [t for t in live if t.record.last_status in ("RUNNING", "STOPPING")]
        service.running_count = len(running)
        service.pending_count = len(live) - len(running)
        for deployment in service.deployments:
            deployments.count(deployment, [t for t in live if t.deployment == deployment["id"]])
        primary["desiredCount"] = service.desired_count
        new = [t for t in live if t.deployment == primary["id"]]
        healthy = [t for t in new if self._is_healthy(service, t)]
        others = [t for t in live if t.deployment != primary["id"]]
        if len(healthy) >= service.desired_count and not others and len(new) == len(healthy):
            deployments.complete(service, primary)


def _illness(task: Running) -> str:
    if task.health == "UNHEALTHY":
        return "Task failed container health checks"
    return f"Task failed ELB health checks in (target-group {task.target})"


def _rule(service: Service) -> dict[str, Any]:
    rule: dict[str, Any] = service.__dict__["deployment_configuration"]
    return rule
