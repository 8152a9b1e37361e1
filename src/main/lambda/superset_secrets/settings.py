"""What the function is told: its environment, read once, and the event of one invocation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from superset_secrets.values import KINDS
from superset_shared.environment import parts, read


@dataclass(frozen=True)
class Settings:
    """The function's environment variables (written by the Java side, one field each)."""

    region: str
    """SUPERSET_REGION: the region the function runs in."""
    configured_writer: str
    """SUPERSET_WRITER: the writer region of the YAML; only used until /superset/writer is set."""
    regions: tuple[str, ...]
    """SUPERSET_REGIONS: every region of the environment, comma separated."""
    database: str
    """SUPERSET_DATABASE: identifier of the database instance, the same in every region."""
    database_username: str
    """SUPERSET_DATABASE_USERNAME: master user of the database."""
    admin_username: str
    """SUPERSET_ADMIN_USERNAME: first administrator of Superset."""

    @property
    def other_regions(self) -> tuple[str, ...]:
        """Every region but this one."""
        return tuple(region for region in self.regions if region != self.region)

    @staticmethod
    def from_environment() -> "Settings":
        """Read the variables."""
        region, writer, regions, database, database_username, admin_username = read(
            "SUPERSET_REGION",
            "SUPERSET_WRITER",
            "SUPERSET_REGIONS",
            "SUPERSET_DATABASE",
            "SUPERSET_DATABASE_USERNAME",
            "SUPERSET_ADMIN_USERNAME",
        )
        every = parts(regions)
        for needed in (region, writer):
            if needed not in every:
                raise RuntimeError(f"SUPERSET_REGIONS does not contain {needed}")
        return Settings(region, writer, every, database, database_username, admin_username)


@dataclass(frozen=True)
class Request:
    """One invocation: which version of which secret is wanted."""

    versions: Mapping[str, int]
    """Secret name to version, 1 or more; raising it rotates."""

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "Request":
        """Check the shape; extra keys (Terraform may add its own) are ignored."""
        versions = event.get("versions")
        if not isinstance(versions, dict) or not versions:
            raise RuntimeError("the event has no versions: expected {secret name: version}")
        for name, version in versions.items():
            if name not in KINDS:
                raise RuntimeError(f"{name} is not a secret this function knows")
            if type(version) is not int or not 1 <= version <= 99_999_999:
                raise RuntimeError(f"the version of {name} must be a whole number from 1 up")
        return Request(dict(versions))
