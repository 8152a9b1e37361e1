"""What superset-promote is told: its environment, read once, and the event of one invocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from superset_shared.environment import parts, read
from superset_shared.failover.home import Home


@dataclass(frozen=True)
class Settings:
    """What superset-promote is told beside what superset-admit is told as well."""

    home: Home
    domain: str
    """SUPERSET_DOMAIN: a region answers at REGION.DOMAIN."""
    backup_days: int
    """SUPERSET_BACKUP_DAYS: a promotion would reset them to one."""
    backup_window: str
    """SUPERSET_BACKUP_WINDOW: a promotion would choose one."""
    cluster: str
    """SUPERSET_CLUSTER: ARN of the ECS cluster."""
    services: tuple[str, ...]
    """SUPERSET_SERVICES: ECS services that are deployed anew, comma separated."""
    task_definition: str
    """SUPERSET_TASK_DEFINITION: ARN of the revision whose image looks at the replication."""
    fence_wait: float
    """FENCE_WAIT_SECONDS: until nobody is sent to a fenced region and nothing there writes."""

    @staticmethod
    def from_environment() -> "Settings":
        """Read the variables."""
        domain, days, window, cluster, services, task, wait = read(
            "SUPERSET_DOMAIN",
            "SUPERSET_BACKUP_DAYS",
            "SUPERSET_BACKUP_WINDOW",
            "SUPERSET_CLUSTER",
            "SUPERSET_SERVICES",
            "SUPERSET_TASK_DEFINITION",
            "FENCE_WAIT_SECONDS",
        )
        home = Home.from_environment()
        return Settings(
            home, domain, int(days), window, cluster, parts(services), task, float(wait)
        )


@dataclass(frozen=True)
class Request:
    """One invocation of superset-promote."""

    dry_run: bool = False
    """Only tell; nothing is changed."""
    planned: bool = False
    """The writer is alive: nothing is promoted before the replica has all it has."""
    abandon: bool = False
    """Give up a promotion that has not promoted yet: lower its fences."""
    seconds: float | None = None
    """Return after about this time, done or not; the function's own limit counts as well."""

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "Request":
        """Check the shape: a misspelled `dry_run` must not promote."""
        unknown = sorted(set(event) - {"dry_run", "planned", "abandon", "seconds"})
        if unknown:
            raise RuntimeError(f"the event has unknown keys: {', '.join(unknown)}")
        flags = {name: event.get(name, False) for name in ("dry_run", "planned", "abandon")}
        seconds = event.get("seconds")
        if any(type(flag) is not bool for flag in flags.values()) or not (
            seconds is None or type(seconds) in (int, float)
        ):
            raise RuntimeError("dry_run, planned and abandon are true or false, seconds a number")
        return Request(**flags, seconds=seconds)
