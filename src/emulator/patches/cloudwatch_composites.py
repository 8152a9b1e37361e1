"""CloudWatch composite alarms: moto has none, though it describes them."""

from __future__ import annotations

import re

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import EmptyResult

from emulator.patches.tools import Fault, add

#: An alarm a rule names: ALARM(name), OK("name"), INSUFFICIENT_DATA(arn).
NAMED = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*\"?([^\")]+?)\"?\s*\)")

#: Parameters that a description repeats as they are.
SUPPRESSION = (
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)


def install() -> None:
    """Add the action."""
    add(CloudWatchResponse, put_composite_alarm)


def put_composite_alarm(self: CloudWatchResponse) -> EmptyResult:
    backend: CloudWatchBackend = self.cloudwatch_backend
    rule = self._get_param("AlarmRule")
    known = set(backend.alarms) | {alarm.alarm_arn for alarm in backend.alarms.values()}
    missing = [name for name in NAMED.findall(rule) if name not in known]
    if missing:
        text = f"Could not save the composite alarm as alarms {missing} do not exist"
        raise Fault("ValidationError", text)
    actions = self._get_param("ActionsEnabled")
    alarm: Alarm = backend.put_metric_alarm(
        name=self._get_param("AlarmName"),
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=0,
        period=0,
        threshold=0.0,
        statistic="",
        description=self._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=self._get_param("AlarmActions", []),
        ok_actions=self._get_param("OKActions", []),
        insufficient_data_actions=self._get_param("InsufficientDataActions", []),
        actions_enabled=True if actions is None else actions,
        rule=rule,
        tags=self._get_param("Tags", []),
    )
    alarm.__dict__["alarm_rule"] = rule
    for name in SUPPRESSION:
        if (value := self._get_param(name)) is not None:
            alarm.__dict__[name] = value
    return EmptyResult()
