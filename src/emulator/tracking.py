"""Target tracking: how many tasks Application Auto Scaling wants, as its User Guide describes it.

"How target tracking scaling for Application Auto Scaling works", "Multiple target tracking scaling
policies", "Define cooldown periods". The number of datapoints and the 90 % are those of the alarms
that the service makes itself. By how much it scales in is not documented beyond "gradually": here,
to what the highest of the datapoints needs, rounded up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Datapoints of a minute in a row above the target, before tasks are added.
POINTS_OUT = 3
#: Datapoints in a row below `LOW` of the target, before tasks are taken away.
POINTS_IN = 15
LOW = 0.9

#: A value for each minute, oldest first; None: no data.
Series = Sequence[float | None]


@dataclass(frozen=True)
class Policy:
    """One target tracking policy; cooldowns are seconds."""

    target: float
    out_cooldown: float
    in_cooldown: float

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Policy:
        """Of TargetTrackingScalingPolicyConfiguration (AWS's defaults for ECS: 300 s)."""
        return cls(
            float(configuration["TargetValue"]),
            float(configuration.get("ScaleOutCooldown", 300)),
            float(configuration.get("ScaleInCooldown", 300)),
        )

    def wanted(self, tasks: int, series: Series) -> int:
        """The number of tasks that would hold the target; as many as now where data is missing."""
        high = _last(series, POINTS_OUT)
        if high and min(high) > self.target:
            return math.ceil(tasks * high[-1] / self.target)
        low = _last(series, POINTS_IN)
        if low and max(low) < self.target * LOW:
            return math.ceil(tasks * max(low) / self.target)
        return tasks


class Tracker:
    """The policies of one service, and when they last acted."""

    def __init__(self) -> None:
        self._out = self._in = -math.inf

    def decide(
        self,
        now: float,
        tasks: int,
        bounds: tuple[int, int],
        asked: Sequence[tuple[Policy, Series]],
    ) -> int:
        """The number of tasks from now on. One policy is enough to add tasks; all must agree to
        take some away."""
        least, most = bounds
        wishes = [(policy.wanted(tasks, series), policy) for policy, series in asked]
        wanted, policy = max(wishes, key=lambda wish: wish[0], default=(tasks, None))
        if policy is None:
            return tasks
        if wanted > tasks and now - self._out >= policy.out_cooldown:
            changed = min(wanted, most)
        elif wanted < tasks and now - self._in >= policy.in_cooldown:
            changed = max(wanted, least)
        else:
            return tasks
        if changed > tasks:
            self._out = now
        elif changed < tasks:
            self._in = now
        return changed


def _last(series: Series, count: int) -> list[float]:
    """The last datapoints; none where one of them is missing."""
    points = [value for value in series[-count:] if value is not None]
    return points if len(points) == count else []
