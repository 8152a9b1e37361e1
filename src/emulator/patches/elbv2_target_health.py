"""Health of targets: moto calls every target healthy.

With a data plane the load balancer's own health checks decide.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

from emulator import dataplane
from emulator.patches.tools import around


def install() -> None:
    """Describe what the data plane found."""
    around(FakeTargetGroup, "health_for")(_health)


def _health(
    original: Any, self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend
) -> FakeHealthStatus:
    plane = dataplane.current()
    found = plane.targets.health(self.arn, target["Id"]) if plane else None
    status: FakeHealthStatus = original(self, target, ec2_backend)
    if found is not None:
        status.status = found["State"]
        status.reason = found.get("Reason")
        status.description = found.get("Description")
    return status
