"""What joins the regions: a relay for everything of one region that another one reaches.

It stands for the peering between two regions and for the way over the internet to another region's
load balancer. Cut, it drops every connection and refuses new ones; on AWS nobody would answer, and
clients would learn it from their timeouts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from emulator.dataplane.addresses import Addresses
from emulator.dataplane.front import Front
from emulator.dataplane.names import Names
from emulator.regions import regions

_HEAD = """
global
  maxconn 2000
  stats socket {socket} mode 600 level admin expose-fd listeners
defaults
  mode tcp
  timeout connect 5s
  timeout client 24h
  timeout server 24h
"""


@dataclass(frozen=True)
class Endpoint:
    """Something of a region that others reach."""

    region: str
    address: str
    port: int


class Links:
    """One HAProxy per pair of regions."""

    def __init__(self, folder: Path, addresses: Addresses, names: Names) -> None:
        self._folder = folder
        self._addresses = addresses
        self._names = names
        self._fronts: dict[tuple[str, str], Front] = {}

    def reconcile(self, endpoints: Iterable[Endpoint]) -> None:
        """One look."""
        by_region: dict[str, list[Endpoint]] = {}
        for endpoint in endpoints:
            by_region.setdefault(endpoint.region, []).append(endpoint)
        for one, other in combinations(sorted(by_region), 2):
            front = self._front(one, other)
            if regions.is_cut(one, other):
                front.destroy()
                continue
            lines = [_HEAD.format(socket=front.socket)]
            lines += self._relays(one, by_region[other]) + self._relays(other, by_region[one])
            front.want("\n".join(lines) + "\n")
            front.act()

    def close(self) -> None:
        """End all of them."""
        for front in self._fronts.values():
            front.destroy()

    def _front(self, one: str, other: str) -> Front:
        if (one, other) not in self._fronts:
            self._fronts[one, other] = Front(self._folder / f"{one}-{other}")
        return self._fronts[one, other]

    def _relays(self, viewer: str, endpoints: list[Endpoint]) -> list[str]:
        lines = []
        for number, endpoint in enumerate(endpoints):
            relay = self._addresses.take(f"link-{viewer}-{endpoint.address}")
            lines += [
                f"listen {viewer}-{number}",
                f"  bind {relay}:{endpoint.port}",
                f"  server there {endpoint.address}:{endpoint.port}",
            ]
            self._names.link(viewer, endpoint.address, relay)
        return lines
