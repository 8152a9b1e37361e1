"""What the function is told: its environment, and the event of one invocation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The function's environment variables (written by the Java side, one field each)."""

    cluster: str
    """SUPERSET_CLUSTER: ARN of the ECS cluster."""
    subnets: tuple[str, ...]
    """SUPERSET_SUBNETS: where the task runs, comma separated."""
    security_group: str
    """SUPERSET_SECURITY_GROUP: what the task may connect to."""
    log_group: str
    """SUPERSET_LOG_GROUP: where the task writes its log."""
    log_stream_prefix: str
    """SUPERSET_LOG_STREAM_PREFIX: PREFIX/superset/TASK is the log's stream."""

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables; all that are missing are named at once."""
        names = [
            f"SUPERSET_{name}"
            for name in ("CLUSTER", "SUBNETS", "SECURITY_GROUP", "LOG_GROUP", "LOG_STREAM_PREFIX")
        ]
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise RuntimeError(f"environment variables are not set: {', '.join(missing)}")
        cluster, subnets, group, log_group, prefix = (environment[name] for name in names)
        return Settings(cluster, tuple(subnets.split(",")), group, log_group, prefix)


def task_definition(event: Mapping[str, Any]) -> str:
    """The revision to run; extra keys (Terraform may add its own) are ignored."""
    arn = event.get("task_definition")
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        raise RuntimeError("the event has no task_definition: expected the ARN of a revision")
    return arn
