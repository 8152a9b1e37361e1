"""Regions that are cut off: lost, or alive behind a partition.

A lost region is gone with everything that runs in it: its API and its load balancers refuse, its
tasks, functions, databases and caches are killed. Nothing of it comes back before it is restored;
then its databases start with the data that they had.

A partitioned region goes on. Users and everything inside it reach it; nothing passes between it and
another region, in either direction: no call of an API, no connection to a database or to a load
balancer, no replication. Operators stand outside of every region, and a partitioned one refuses
them too.
"""

from __future__ import annotations

LOST = "lost"
PARTITIONED = "partitioned"
RESTORED = "restored"


class BadState(ValueError):
    """What a client of the control API sent is no state of a region."""


class Regions:
    """What is wrong with which region."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def set(self, region: str, state: str) -> None:
        """From now on."""
        if not isinstance(region, str) or not region:
            raise BadState("region is the name of a region")
        if state not in (LOST, PARTITIONED, RESTORED):
            raise BadState(f"state is one of {LOST}, {PARTITIONED}, {RESTORED}")
        # Replaced, not changed: others iterate over it.
        others = {name: was for name, was in self._states.items() if name != region}
        self._states = others if state == RESTORED else {**others, region: state}

    def all(self) -> dict[str, str]:
        """Every region with which something is wrong."""
        return dict(self._states)

    def is_lost(self, region: str) -> bool:
        """Whether nothing of it runs."""
        return self._states.get(region) == LOST

    def is_cut(self, one: str, other: str) -> bool:
        """Whether nothing passes between two regions."""
        return one != other and bool({one, other} & set(self._states))

    def refuses(self, region: str, origin: str | None) -> bool:
        """Whether a region's endpoints do not answer somebody.

        :param origin: region of who asks; None is an operator or a user
        """
        if origin is None:
            return region in self._states
        return self.is_lost(region) or self.is_cut(region, origin)


#: Those of this emulator's account.
regions = Regions()
