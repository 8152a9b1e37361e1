"""VPC peering: each side tags the connection by itself; moto shows the requester's tags to both."""

from __future__ import annotations

import copy
from typing import Any

from moto.ec2.models import EC2Backend

from emulator.patches.tools import around


def install() -> None:
    """Show a connection with the tags of the region that asks."""
    around(EC2Backend, "describe_vpc_peering_connections")(_describe)


def _describe(original: Any, self: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    return [_as_seen_by(self, connection) for connection in original(self, *args, **kwargs)]


def _as_seen_by(region: EC2Backend, connection: Any) -> Any:
    seen = copy.copy(connection)
    seen.ec2_backend = region
    return seen
