"""What both functions, superset-promote and superset-admit, are told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from superset_shared.environment import parts, read


@dataclass(frozen=True)
class Home:
    """The region that the function runs in."""

    region: str
    """SUPERSET_REGION: its name."""
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
    def from_environment() -> "Home":
        """Read the variables."""
        region, regions, database, fences = read(
            "SUPERSET_REGION", "SUPERSET_REGIONS", "SUPERSET_DATABASE", "SUPERSET_FENCES"
        )
        return Home(region, parts(regions), database, json.loads(fences))
