"""The containers of one task, in the order that their dependencies ask for.

Amazon ECS API Reference, ContainerDependency; Developer Guide, "Container dependency".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.dataplane.containers import Container


class DependencyFailed(Exception):
    """A container that another waits for can no longer do what is waited for."""


@dataclass
class Member:
    """A container of a task: what it shall be, moto's record of it, and its process."""

    definition: dict[str, Any]
    record: Any
    container: Container | None = None

    @property
    def name(self) -> str:
        """Unique in its task."""
        return str(self.definition["name"])

    @property
    def is_essential(self) -> bool:
        """Whether the task ends with it."""
        return bool(self.definition.get("essential", True))

    @property
    def exit_code(self) -> int | None:
        """None before it has ended."""
        return self.container.exit_code() if self.container else None

    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.container is not None and self.container.exit_code() is None

    def describe(self) -> None:
        """Write what DescribeTasks tells."""
        record, code = self.record, self.exit_code
        if self.container is None:
            return
        record.last_status = "RUNNING" if code is None else "STOPPED"
        record.exit_code = record.exitCode = code
        record.reason = self.container.reason or None
        health = self.container.health
        record.health_status = "UNKNOWN" if health == "NONE" else health


def may_start(member: Member, others: list[Member]) -> bool:
    """Whether all that it waits for has happened. Raises DependencyFailed."""
    by_name = {other.name: other for other in others}
    return all(
        _is_met(by_name[wanted["containerName"]], str(wanted["condition"]))
        for wanted in member.definition.get("dependsOn") or []
    )


def _is_met(other: Member, condition: str) -> bool:
    code = other.exit_code
    match condition:
        case "START":
            return other.container is not None
        case "COMPLETE":
            return code is not None
        case "SUCCESS":
            if code not in (None, 0):
                raise DependencyFailed(
                    f"Container {other.name} was to succeed first, and ended with {code}"
                )
            return code == 0
        case "HEALTHY":
            if code is not None:
                raise DependencyFailed(f"Container {other.name} was to be healthy, and ended")
            return other.container is not None and other.container.health == "HEALTHY"
    raise ValueError(f"the condition {condition} is none of ECS's")


def health(members: list[Member]) -> str:
    """Of the task: of its essential containers that have a check; NONE where none has one."""
    found = {
        member.container.health if member.container else "UNKNOWN"
        for member in members
        if member.is_essential and member.definition.get("healthCheck")
    }
    if not found:
        return "NONE"
    return next((word for word in ("UNHEALTHY", "UNKNOWN") if word in found), "HEALTHY")
