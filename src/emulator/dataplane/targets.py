"""Targets of load balancers: who may get requests, by the target group's own health checks.

ELB User Guide, "Target groups for your Application Load Balancers", "Health checks".
"""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends

from emulator.dataplane.tasks import Running

#: TargetHealth by state (ELB API Reference).
DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.Timeout": "Request timed out",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
}


@dataclass(frozen=True)
class Target:
    """Where requests may go."""

    address: str
    port: int


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
        assert task.target is not None
        task.target_state, task.target_reason = "initial", "Elb.RegistrationInProgress"
        task.registered = time.monotonic()
        self.tasks.append(task)
        group = self.group(task.target)
        if group is not None:
            group.targets[task.address] = {"Id": task.address, "Port": port}

    def drain(self, task: Running) -> float:
        """No new requests; returns the deregistration delay in seconds."""
        task.target_state, task.target_reason = "draining", "Target.DeregistrationInProgress"
        group = self.group(task.target or "")
        if group is None:
            return 0.0
        return float(group.attributes["deregistration_delay.timeout_seconds"])

    def sweep(self) -> None:
        """Deregister what is gone, and what was draining for long enough."""
        for task in list(self.tasks):
            over = task.drained is not None and time.monotonic() > task.drained
            if task.is_stopped() or over:
                self.tasks.remove(task)
                task.target_state = "unused"
                group = self.group(task.target or "")
                if group is not None:
                    group.targets.pop(task.address, None)

    def servers(self, arn: str) -> dict[Target, bool]:
        """Every target of a group, and whether new requests go to it.

        Where no target is healthy, requests go to the unhealthy ones all the same.
        """
        group = self.group(arn)
        states: dict[Target, str] = {}
        for task in self.tasks:
            if task.target == arn and group is not None:
                port = group.targets.get(task.address, {}).get("Port", group.port)
                states[Target(task.address, int(port))] = task.target_state
        admitted = "healthy" if "healthy" in states.values() else "unhealthy"
        return {target: state == admitted for target, state in states.items()}

    def health(self, arn: str, address: str) -> dict[str, str] | None:
        """TargetHealth of a target that is a task; None of others."""
        for task in self.tasks:
            if task.target == arn and task.address == address:
                if task.target_state == "healthy":
                    return {"State": "healthy"}
                reason = task.target_reason
                return {
                    "State": task.target_state,
                    "Reason": reason,
                    "Description": DESCRIPTIONS.get(reason, reason),
                }
        return None

    def due(self) -> list[tuple[Running, Any]]:
        """Which are to be probed now, with their groups."""
        found = []
        for task in self.tasks:
            if task.target_state in ("draining", "unused") or task.probing:
                continue
            group = self.group(task.target or "")
            if group is None:
                continue
            # ELB probes a new target at once; here more often too, until it passes.
            interval = self._interval(group)
            if time.monotonic() - task.probed > (
                min(interval, 1) if task.target_state == "initial" else interval
            ):
                task.probing = True
                found.append((task, group))
        return found

    def probe(self, task: Running, group: Any) -> None:
        """One health check."""
        try:
            reason = self._failure(task, group)
            task.probed = time.monotonic()
            if task.target_state in ("draining", "unused"):
                return
            if not reason:
                self._passed(task, group)
            else:
                self._failed(task, group, reason)
        finally:
            task.probing = False

    def _passed(self, task: Running, group: Any) -> None:
        task.failures = 0
        task.probes += 1
        if task.target_state == "initial" or task.probes >= int(group.healthy_threshold_count):
            task.target_state, task.target_reason = "healthy", ""

    def _failed(self, task: Running, group: Any, reason: str) -> None:
        task.failures += 1
        task.probes = 0
        threshold = int(group.unhealthy_threshold_count)
        since = time.monotonic() - task.registered
        if task.target_state == "initial" and since < threshold * self._interval(group):
            return
        if task.failures >= threshold:
            task.target_state, task.target_reason = "unhealthy", reason

    def _interval(self, group: Any) -> float:
        return float(group.health_check_interval_seconds) / self._pace

    @staticmethod
    def _failure(task: Running, group: Any) -> str:
        """Why a health check failed; empty where it passed."""
        port = group.targets.get(task.address, {}).get("Port", group.port)
        timeout = float(group.health_check_timeout_seconds)
        connection = http.client.HTTPConnection(task.address, int(port), timeout=timeout)
        try:
            connection.request(
                "GET",
                group.health_check_path or "/",
                headers={"User-Agent": "ELB-HealthChecker/2.0"},
            )
            status = connection.getresponse().status
        except TimeoutError:
            return "Target.Timeout"
        except (OSError, http.client.HTTPException):
            return "Target.FailedHealthChecks"
        finally:
            connection.close()
        passed = _matches(status, group.matcher.get("HttpCode", "200"))
        return "" if passed else "Target.ResponseCodeMismatch"


def _matches(status: int, pattern: str) -> bool:
    for part in pattern.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
