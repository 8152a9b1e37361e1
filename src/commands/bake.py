"""Watches a region's alarms for a while after its deploy, before the next region is deployed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from commands.synthesized import Stack

#: Seconds between two looks.
INTERVAL = 15
_ALARMS = ("aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm")
_TYPES = ["CompositeAlarm", "MetricAlarm"]


class AlarmRaised(Exception):
    """The region is not well; the message says which alarms, and why."""


class Bake:
    """Made before the deploy: an alarm that is raised already is not of its making.

    :param stack: a region's stack, as synthesized
    :param client: of CloudWatch, in that region
    """

    def __init__(self, stack: Stack, client: Any) -> None:
        self._stack = stack
        self._client = client
        self._names = sorted(
            one.attributes["alarm_name"]
            for one in stack.of(*_ALARMS)
            # One that nobody is told of says that the region is stopped, not that it is not well.
            if one.attributes["tags"]["severity"] != "silent"
        )
        self.before = set(self._raised())

    def watch(self, minutes: float, sleep: Callable[[float], object] = time.sleep) -> None:
        """Returns after that time. Raises AlarmRaised at once where an alarm is."""
        for left in range(math.ceil(minutes * 60 / INTERVAL), -1, -1):
            raised = {n: why for n, why in self._raised().items() if n not in self.before}
            if raised:
                told = "; ".join(f"{name}: {why}" for name, why in sorted(raised.items()))
                raise AlarmRaised(f"{self._stack.name}: raised after the deploy: {told}")
            if left:
                sleep(INTERVAL)

    def _raised(self) -> dict[str, str]:
        """Name to reason of the stack's alarms that are raised now."""
        if not self._names:
            return {}
        pages = self._client.get_paginator("describe_alarms").paginate(
            AlarmNames=self._names, AlarmTypes=_TYPES
        )
        return {
            alarm["AlarmName"]: alarm.get("StateReason", "")
            for page in pages
            for kind in ("CompositeAlarms", "MetricAlarms")
            for alarm in page.get(kind, [])
            if alarm["StateValue"] == "ALARM"
        }
