"""Evaluates alarms of the snapshots over datapoints, as CloudWatch does.

CloudWatch User Guide, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing
data": an alarm is raised when all datapoints of its last periods are beyond the bound; one without
data counts as beyond it, or as within, as the alarm says.
"""

import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass
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
        return str(self.block["alarm_name"]).partition(PREFIX)[2]

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
        return all(
            without if value is None else beyond(value, self.block["threshold"]) for value in last
        )


def alarms(stack: str = "superset-us-east-1") -> dict[str, Alarm]:
    """Those of a region's stack, by name."""
    resources = json.loads((SNAPSHOTS / f"{stack}.tf.json").read_text())["resource"]
    found = [Alarm(block) for block in resources["aws_cloudwatch_metric_alarm"].values()]
    return {alarm.name: alarm for alarm in found}
