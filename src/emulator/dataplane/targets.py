"""Targets of load balancers: who may get requests, by the target group's own health checks."""

from __future__ import annotations

import http.client
import time
from typing import Any

from moto.elbv2.models import elbv2_backends

from emulator.dataplane.tasks import Running


class Targets:
    """Registers tasks, probes them, drains them."""

    def __init__(self, account: str, pace: float) -> None:
        self._account = account
        self._pace = pace
        self.tasks: list[Running] = []

    def group(self, arn: str) -> Any:
        """moto's target group; None when it is gone."""
        region = arn.split(":")[3]
        return elbv2_backends[self._account][region].target_groups.get(arn)

    def add(self, task: Running, port: int) -> None:
        """Register: `initial` until its health check has passed."""
        assert task.container is not None and task.target is not None
        task.target_state = "initial"
        self.tasks.append(task)
        group = self.group(task.target)
        address = task.container.address
        if group is not None:
            group.targets[address] = {"Id": address, "Port": port}

    def drain(self, task: Running) -> float:
        """No new requests; returns the deregistration delay in seconds."""
        task.target_state = "draining"
        group = self.group(task.target or "")
        if group is None:
            return 0.0
        return float(group.attributes["deregistration_delay.timeout_seconds"])

    def sweep(self) -> None:
        """Deregister what is gone."""
        for task in list(self.tasks):
            if task.is_stopped():
                self.tasks.remove(task)
                task.target_state = "unused"
                group = self.group(task.target or "")
                if group is not None and task.container is not None:
                    group.targets.pop(task.container.address, None)

    def states(self, arn: str) -> dict[str, str]:
        """Address to state, of one group."""
        return {
            task.container.address: task.target_state
            for task in self.tasks
            if task.target == arn and task.container is not None
        }

    def due(self) -> list[tuple[Running, Any]]:
        """Which are to be probed now, with their groups."""
        found = []
        for task in self.tasks:
            if task.target_state in ("draining", "unused") or task.probing:
                continue
            group = self.group(task.target or "")
            if group is None:
                continue
            # ELB probes a new target at once, until it passes.
            interval = float(group.health_check_interval_seconds) / self._pace
            if time.monotonic() - task.probed > (
                min(interval, 1) if task.probes == 0 else interval
            ):
                task.probing = True
                found.append((task, group))
        return found

    def probe(self, task: Running, group: Any) -> None:
        """One health check."""
        try:
            passed = self._passes(task, group)
            task.probed = time.monotonic()
            if passed:
                task.failures = 0
                task.probes += 1
                if task.target_state == "initial" or task.probes >= int(
                    group.healthy_threshold_count
                ):
                    self._set(task, "healthy")
            else:
                task.failures += 1
                if task.target_state == "initial":
                    return
                task.probes = 0 if task.target_state == "unhealthy" else task.probes
                if task.failures >= int(group.unhealthy_threshold_count):
                    task.probes = 0
                    self._set(task, "unhealthy")
        finally:
            task.probing = False

    @staticmethod
    def _set(task: Running, state: str) -> None:
        if task.target_state not in ("draining", "unused"):
            task.target_state = state

    @staticmethod
    def _passes(task: Running, group: Any) -> bool:
        assert task.container is not None
        port = group.targets.get(task.container.address, {}).get("Port", group.port)
        timeout = float(group.health_check_timeout_seconds)
        connection = http.client.HTTPConnection(task.container.address, int(port), timeout=timeout)
        try:
            connection.request(
                "GET",
                group.health_check_path or "/",
                headers={"User-Agent": "ELB-HealthChecker/2.0"},
            )
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return _matches(status, group.matcher.get("HttpCode", "200"))


def _matches(status: int, pattern: str) -> bool:
    for part in pattern.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
