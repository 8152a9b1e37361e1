"""ELBv2: a load balancer that was asked for without a scheme faces the internet; moto has none."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import FakeLoadBalancer

from emulator.patches.tools import around


def install() -> None:
    """Fill in AWS's default."""
    around(FakeLoadBalancer, "__init__")(_init)


def _init(original: Any, self: FakeLoadBalancer, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.scheme = self.scheme or "internet-facing"
