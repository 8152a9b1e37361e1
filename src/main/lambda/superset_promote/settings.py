"""What the functions are told: their environment, read once, and the event of one invocation."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Home:
    """What both functions, superset-promote and superset-admit, are told."""

    region: str
    """SUPERSET_REGION: the region the function runs in."""
    regions: tuple[str, ...]
    """SUPERSET_REGIONS: every region of the environment, comma separated."""
    database: str
    """SUPERSET_DATABASE: identifier of the database instance, the same in every region."""
    rules: Mapping[str, str]
    """SUPERSET_FENCES: region to ARN of the rule on this region's load balancer that fences it."""

    @property
    def others(self) -> tuple[str, ...]:
        """Every region but this one."""
        return tuple(region for region in self.regions if region != self.region)

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Home":
        """Read the variables; all that are missing are named at once."""
        given = read(environment, "REGION", "REGIONS", "DATABASE", "FENCES")
        return Home(given[0], tuple(given[1].split(",")), given[2], json.loads(given[3]))


@dataclass(frozen=True)
class Settings:
    """What superset-promote is told beside that."""

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
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables; all that are missing are named at once."""
        names = (
            "DOMAIN",
            "BACKUP_DAYS",
            "BACKUP_WINDOW",
            "CLUSTER",
            "SERVICES",
            "TASK_DEFINITION",
        )
        domain, days, window, cluster, services, task = read(environment, *names)
        return Settings(
            Home.from_environment(environment),
            domain,
            int(days),
            window,
            cluster,
            tuple(services.split(",")),
            task,
            float(environment["FENCE_WAIT_SECONDS"]),
        )


def read(environment: Mapping[str, str], *names: str) -> list[str]:
    """The values of SUPERSET_NAME for each name; an error that names all that are missing."""
    missing = [f"SUPERSET_{name}" for name in names if not environment.get(f"SUPERSET_{name}")]
    if missing:
        raise RuntimeError(f"environment variables are not set: {', '.join(missing)}")
    return [environment[f"SUPERSET_{name}"].strip() for name in names]


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
