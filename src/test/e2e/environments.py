"""The environments under regions/, as the tests expect them: written by hand, not derived."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """One environment: an account, its regions, its stacks in the order of a first deploy."""

    name: str
    label: str
    account: str
    domain: str
    zone: str
    regions: tuple[str, ...]

    @property
    def writer(self) -> str:
        """The region of the primary, and of the state of bootstrap and global."""
        return self.regions[0]

    @property
    def platform(self) -> str:
        """Name of cluster, database and replication group."""
        return f"superset-{self.label}"

    def stack(self, part: str) -> str:
        """Name of a stack: bootstrap, global, or a region's."""
        return f"superset-{part}" if self.name == "prod" else f"superset-{self.name}-{part}"

    @property
    def stacks(self) -> list[str]:
        """All stacks, each after those it needs on a first deploy."""
        return [self.stack(part) for part in ("bootstrap", *self.regions, "global")]

    def bucket(self, purpose: str, region: str) -> str:
        """Name of a bucket."""
        return f"superset-{self.label}-{purpose}-{self.account}-{region}"

    def state_bucket(self, stack: str) -> str:
        """Where the state of a stack lies."""
        region = next((r for r in self.regions if stack.endswith(r)), self.writer)
        return self.bucket("tfstate", region)

    def region_of(self, stack: str) -> str:
        """Region of a stack's state."""
        return next((r for r in self.regions if stack.endswith(r)), self.writer)


PROD = Environment(
    "prod",
    "production",
    "123456789012",
    "analytics.example.com",
    "example.com",
    ("us-east-1", "eu-west-1"),
)
STAGING = Environment(
    "staging",
    "staging",
    "234567890123",
    "analytics.staging.example.com",
    "staging.example.com",
    ("us-east-1",),
)
DEV = Environment(
    "dev",
    "dev",
    "345678901234",
    "analytics.dev.example.com",
    "dev.example.com",
    ("us-east-1",),
)
