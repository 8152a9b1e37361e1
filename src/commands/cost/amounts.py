"""Quantities and costs of a month, each for little, usual and heavy use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: AWS's own convention for a month: 365 days of 24 hours, in twelve parts.
HOURS = 730.0
#: A week has so many; a schedule is told in these.
WEEK = 168.0


@dataclass(frozen=True)
class Amount:
    """Three figures of one thing. With no traffic in it they are equal."""

    low: float
    typical: float
    peak: float

    @classmethod
    def of(cls, value: float) -> Amount:
        """What no traffic changes."""
        return cls(value, value, value)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.low + other.low, self.typical + other.typical, self.peak + other.peak)

    def __sub__(self, other: Amount) -> Amount:
        return self + other * -1

    def __mul__(self, factor: float) -> Amount:
        return Amount(self.low * factor, self.typical * factor, self.peak * factor)

    def at_most(self, bound: float) -> Amount:
        return Amount(min(self.low, bound), min(self.typical, bound), min(self.peak, bound))

    def at_least(self, bound: float) -> Amount:
        return Amount(max(self.low, bound), max(self.typical, bound), max(self.peak, bound))

    @property
    def figures(self) -> tuple[float, float, float]:
        """Low, typical, peak."""
        return self.low, self.typical, self.peak


NOTHING = Amount.of(0)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; nothing of none."""
    result = NOTHING
    for amount in amounts:
        result += amount
    return result
