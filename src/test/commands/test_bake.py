"""Which alarms of a region end a deploy, and when."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from commands.bake import AlarmRaised, Bake
from commands.synthesized import Stack

ERRORS, SLOW, OUTAGE = "superset-alarm-errors", "superset-alarm-slow", "superset-alarm-outage"
STOPPED = "superset-alarm-stopped"


def alarm(name: str, severity: str) -> dict[str, Any]:
    return {"alarm_name": name, "tags": {"severity": severity}}


def stack() -> Stack:
    resources = {
        "aws_cloudwatch_metric_alarm": {
            "a": alarm(ERRORS, "page"),
            "b": alarm(SLOW, "notify"),
            "d": alarm(STOPPED, "silent"),
        },
        "aws_cloudwatch_composite_alarm": {"c": alarm(OUTAGE, "page")},
    }
    return Stack.parsed("superset-us-east-1", json.dumps({"resource": resources}))


@pytest.fixture
def cloudwatch(aws: None) -> Any:
    client = boto3.client("cloudwatch", region_name="us-east-1")
    for name in (ERRORS, SLOW, STOPPED, "of-somebody-else"):
        client.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="m",
            Namespace="n",
            Period=60,
            Statistic="Sum",
            Threshold=1,
        )
    return client


def become(client: Any, name: str, state: str) -> None:
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="because")


def test_a_quiet_region_is_watched_to_the_end(cloudwatch: Any) -> None:
    slept: list[float] = []
    Bake(stack(), cloudwatch).watch(2, slept.append)
    assert sum(slept) == 120


def test_an_alarm_that_is_raised_meanwhile_ends_it_at_once(cloudwatch: Any) -> None:
    bake = Bake(stack(), cloudwatch)
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        become(cloudwatch, ERRORS, "ALARM")

    with pytest.raises(AlarmRaised, match=f"superset-us-east-1: .*{ERRORS}: because"):
        bake.watch(60, sleep)
    assert len(looks) == 1


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_other_states_are_no_alarm(cloudwatch: Any, state: str) -> None:
    bake = Bake(stack(), cloudwatch)
    become(cloudwatch, ERRORS, state)
    bake.watch(0)


def test_what_was_raised_before_the_deploy_is_not_of_its_making(cloudwatch: Any) -> None:
    become(cloudwatch, SLOW, "ALARM")
    bake = Bake(stack(), cloudwatch)
    assert bake.before == {SLOW}
    bake.watch(0)
    become(cloudwatch, ERRORS, "ALARM")
    with pytest.raises(AlarmRaised):
        bake.watch(0)


def test_a_composite_alarm_counts() -> None:
    client = boto3.client("cloudwatch", region_name="us-east-1")
    asked = {
        "AlarmNames": [ERRORS, OUTAGE, SLOW],
        "AlarmTypes": ["CompositeAlarm", "MetricAlarm"],
    }
    with Stubber(client) as stubber:
        for state in ("OK", "ALARM"):
            alarm = {"AlarmName": OUTAGE, "StateValue": state, "StateReason": "errors"}
            stubber.add_response("describe_alarms", {"CompositeAlarms": [alarm]}, asked)
        bake = Bake(stack(), client)
        with pytest.raises(AlarmRaised, match=f"{OUTAGE}: errors"):
            bake.watch(0)


@pytest.mark.parametrize("name", ["of-somebody-else", STOPPED])
def test_alarms_of_others_and_those_that_tell_nobody_do_not_count(
    cloudwatch: Any, name: str
) -> None:
    bake = Bake(stack(), cloudwatch)
    become(cloudwatch, name, "ALARM")
    bake.watch(0)
