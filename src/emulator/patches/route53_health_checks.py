"""Route 53 health checks: moto clears the children and regions that an update does not mention."""

from __future__ import annotations

from typing import Any

from moto.route53.models import HealthCheck, Route53Backend

from emulator.patches.tools import around

#: Lists that an update replaces only where it names them.
KEPT = ("children", "regions")


def install() -> None:
    """Keep what an update does not mention."""
    around(Route53Backend, "update_health_check")(_update)


def _update(
    original: Any, self: Route53Backend, health_check_id: str, health_check_args: dict[str, Any]
) -> HealthCheck:
    mentioned = {
        name: value for name, value in health_check_args.items() if value or name not in KEPT
    }
    updated: HealthCheck = original(self, health_check_id, mentioned)
    return updated
