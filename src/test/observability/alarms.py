"""Evaluates alarms of the snapshots over datapoints, as CloudWatch does.

CloudWatch User Guide, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing
data": an alarm is raised when all datapoints of its last periods, or as many of them as it says,
are beyond the bound; one without data counts as beyond it, or as within, as the alarm says. A
composite alarm is raised while one of its alarms is; "Composite alarm actions suppression" says
when nobody is told of it.
"""

import json
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from commands.environment import ROOT

SNAPSHOTS = ROOT / "main.tf.json-snapshots"
PREFIX = "-alarm-"

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}
BREACHING = {"breaching": True, "notBreaching": False}

#: A value for each period, oldest first; None: no data.
Series = Sequence[float | None]


@dataclass(frozen=True)
class Alarm:
    """One `aws_cloudwatch_metric_alarm`."""

    block: dict[str, Any]

    @property
    def name(self) -> str:
        """Its last part."""
        return _short(self.block)

    @property
    def tells(self) -> bool:
        """Whether somebody is told when it is raised."""
        return bool(self.block.get("alarm_actions"))

    @property
    def metric(self) -> tuple[str, str, str, int]:
        """Namespace, name, statistic, and seconds of a period."""
        statistic = self.block.get("statistic") or self.block["extended_statistic"]
        return (self.block["namespace"], self.block["metric_name"], statistic, self.block["period"])

    def is_raised(self, series: Series) -> bool:
        """At the end of a series of its metric."""
        periods = self.block["evaluation_periods"]
        last = [*[None] * periods, *series][-periods:]
        beyond = COMPARISONS[self.block["comparison_operator"]]
        without = BREACHING[self.block["treat_missing_data"]]
        points = [
            without if value is None else beyond(value, self.block["threshold"]) for value in last
        ]
        return sum(points) >= self.block.get("datapoints_to_alarm", periods)

    def raised(self, before: float | None, series: Series, minutes: int) -> list[bool]:
        """At the end of each minute, with `series` after a long time of `before`, and then the same
        again until the end."""
        length = self.block["period"] // 60
        long = [before] * self.block["evaluation_periods"]
        points = [*series, *[before] * minutes]
        return [
            self.is_raised([*long, *points[: (minute + 1) // length]]) for minute in range(minutes)
        ]


@dataclass(frozen=True)
class Composite:
    """One `aws_cloudwatch_composite_alarm`, the names of alarms in its rule resolved."""

    block: dict[str, Any]
    #: Addresses of Terraform to names of alarms.
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its last part."""
        return _short(self.block)

    @cached_property
    def parts(self) -> list[str]:
        """Names of the alarms in its rule, which is nothing but alternatives."""
        alternatives = [
            re.fullmatch(r'ALARM\("\$\{(.+)\.alarm_name\}"\)', one)
            for one in self.block["alarm_rule"].split(" OR ")
        ]
        return [self.names[one[1]] for one in alternatives if one]

    @property
    def suppressor(self) -> str | None:
        """Name of the alarm that, while raised, keeps this one quiet."""
        block = self.block.get("actions_suppressor")
        return block and self.names[block["alarm"].removeprefix("${").removesuffix(".alarm_name}")]

    def raised(self, raised: Mapping[str, list[bool]]) -> list[bool]:
        """At each minute, when its alarms are as `raised` says."""
        return [any(states) for states in zip(*(raised[name] for name in self.parts), strict=True)]

    def told(self, raised: Mapping[str, list[bool]]) -> list[int]:
        """Minutes in which somebody is told that it is raised."""
        mine = raised[self.name]
        begins = [at for at, on in enumerate(mine) if on and not (at and mine[at - 1])]
        if self.suppressor is None:
            return begins
        block = self.block["actions_suppressor"]
        wait, extension = block["wait_period"] // 60, block["extension_period"] // 60
        other = raised[self.suppressor]
        minutes = []
        for begin in begins:
            at = begin + wait
            if any(other[begin : at + 1]):
                over = next((m for m in range(begin, len(other)) if not any(other[m:])), None)
                if over is None:
                    continue
                at = over + extension
            if at < len(mine) and all(mine[begin : at + 1]):
                minutes.append(at)
        return minutes


def _short(block: Mapping[str, Any]) -> str:
    return str(block["alarm_name"]).partition(PREFIX)[2]


def _resources(stack: str, kind: str) -> dict[str, dict[str, Any]]:
    resources = json.loads((SNAPSHOTS / f"{stack}.tf.json").read_text())["resource"]
    return dict(resources.get(kind, {}))


def alarms(stack: str = "superset-us-east-1") -> dict[str, Alarm]:
    """Those of a region's stack on one metric, by name."""
    blocks = _resources(stack, "aws_cloudwatch_metric_alarm").values()
    return {alarm.name: alarm for alarm in map(Alarm, blocks)}


def composites(stack: str = "superset-us-east-1") -> dict[str, Composite]:
    """Those of a region's stack on other alarms, by name."""
    kinds = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    names = {
        f"{kind}.{address}": _short(block)
        for kind in kinds
        for address, block in _resources(stack, kind).items()
    }
    blocks = _resources(stack, kinds[1]).values()
    return {one.name: one for one in (Composite(block, names) for block in blocks)}
