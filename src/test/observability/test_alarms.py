"""When alarms are raised."""

import re

import pytest
from alarms import SNAPSHOTS, Series, alarms

from commands.environment import ROOT

ALARMS = alarms()
RUNBOOK = ROOT / "docs" / "runbooks" / "alarms.md"
BALANCER = "AWS/ApplicationELB"
INSIGHTS = "ECS/ContainerInsights"

#: What is alarmed on at the very least: metric, statistic, seconds, periods, and the value from
#: which on, or below which, it is raised.
CLASSIC = {
    "errors": (BALANCER, "HTTPCode_Target_5XX_Count", "Sum", 300, 2, 10, 9),
    "database-cpu": ("AWS/RDS", "CPUUtilization", "Average", 300, 3, 80, 79.9),
    "web-tasks": (INSIGHTS, "RunningTaskCount", "Average", 300, 2, 1.9, 2),
    "response-time": (BALANCER, "TargetResponseTime", "Average", 300, 3, 2, 1.99),
}


@pytest.mark.parametrize("name", CLASSIC)
def test_alarm_is_raised_at_its_bound_and_not_one_step_before(name: str) -> None:
    *metric, periods, beyond, within = CLASSIC[name]
    alarm = ALARMS[name]
    assert list(alarm.metric) == metric
    assert alarm.is_raised([within, *[beyond] * periods])
    assert not alarm.is_raised([beyond] * (periods - 1) + [within])
    assert not alarm.is_raised([within] * periods)
    assert not alarm.is_raised([*[within] * periods, *[beyond] * (periods - 1)])


#: Each minute of a rollout: the old tasks leave one after the other, the new ones came before.
ROLLOUT: dict[str, Series] = {
    "web-tasks": [3, 4.5, 3],
    "web-healthy-tasks": [3, 3, 4, 6, 5, 3, 3],
    "errors": [None, 3, None],
    "balancer-errors": [None, 2, None],
    "response-time": [0.4, 1.1, 0.4],
    "web-memory": [60, 65, 60],
    "worker-tasks": [1, 1, 1],
    "beat-tasks": [1, 0.8, 1],
    "database-connections": [120, 240, 120],
}


def test_a_rollout_tells_nobody_anything() -> None:
    raised = [
        name
        for name, series in ROLLOUT.items()
        for until in range(1, len(series) + 1)
        if ALARMS[name].is_raised([series[0]] * 6 + list(series[:until]))
    ]
    assert raised == []


#: What has an alarm in the region and stops reporting when it is gone.
GONE = ("web-tasks", "web-healthy-tasks", "worker-tasks", "beat-tasks", "database-cpu")


@pytest.mark.parametrize("name", GONE)
def test_what_is_gone_is_noticed_although_it_reports_nothing(name: str) -> None:
    assert ALARMS[name].is_raised([None] * 5)


@pytest.mark.parametrize(
    "name", ["errors", "balancer-errors", "response-time", "nat-ports-1", "replica-lag"]
)
def test_nothing_to_count_is_nothing_to_tell(name: str) -> None:
    assert not ALARMS[name].is_raised([None] * 5)


def test_a_quiet_night_tells_nobody_anything() -> None:
    quiet = {"web-tasks": 3, "web-healthy-tasks": 3, "worker-tasks": 1, "beat-tasks": 1}
    usual = dict.fromkeys(("database-cpu", "cache-cpu-1", "cache-cpu-2"), 2.0)
    usual |= dict.fromkeys(("cache-memory-1", "cache-memory-2"), 20.0)
    night: dict[str, float] = {**quiet, **usual}
    raised = [name for name, one in ALARMS.items() if one.is_raised([night.get(name)] * 10)]
    assert raised == []


def test_the_bound_of_tasks_follows_the_number_that_is_configured() -> None:
    assert ALARMS["web-tasks"].block["threshold"] == 2
    assert alarms("superset-staging-us-east-1")["web-tasks"].block["threshold"] == 1
    assert alarms("superset-dev-us-east-1")["web-tasks"].block["threshold"] == 1


def test_every_alarm_has_its_paragraph_in_the_runbook() -> None:
    written = set(re.findall(r"^### (.+)$", RUNBOOK.read_text(), re.MULTILINE))
    named = set()
    for path in SNAPSHOTS.glob("*.tf.json"):
        for description in re.findall(r'"alarm_description": "(.*)"', path.read_text()):
            if anchor := re.search(r"runbooks/alarms\.md#([\w-]+)$", description):
                named.add(anchor[1])
    assert named == written
