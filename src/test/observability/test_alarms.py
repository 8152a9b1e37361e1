"""When alarms are raised."""

import re
from collections.abc import Mapping

import pytest
from alarms import SNAPSHOTS, Alarm, Composite, Series, alarms, composites

from commands.environment import ROOT

ALARMS = alarms()
COMPOSITES = composites()
STAGING = "superset-staging-us-east-1"
RUNBOOK = ROOT / "docs" / "runbooks" / "alarms.md"
BALANCER = "AWS/ApplicationELB"
INSIGHTS = "ECS/ContainerInsights"
APPLICATION = "Superset/Application"

#: What is alarmed on at the very least: metric, statistic, seconds, periods, and the value from
#: which on, or below which, it is raised.
CLASSIC = {
    "errors": (BALANCER, "HTTPCode_Target_5XX_Count", "Sum", 300, 2, 10, 9),
    "database-cpu": ("AWS/RDS", "CPUUtilization", "Average", 300, 3, 80, 79.9),
    "web-tasks": (INSIGHTS, "RunningTaskCount", "Average", 300, 2, 1.9, 2),
    "response-time": (BALANCER, "TargetResponseTime", "Average", 300, 3, 2, 1.99),
    "failed-logins": (APPLICATION, "FailedLogins", "Sum", 300, 1, 25, 24),
    "queue-age": (APPLICATION, "QueueAge", "Minimum", 300, 2, 600, 599),
    "failed-reports": (APPLICATION, "FailedReports", "Sum", 3600, 1, 3, 2),
    "schedules": ("AWS/Scheduler", "InvocationDroppedCount", "Sum", 300, 1, 1, 0),
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
GONE = ("canary", "web-tasks", "web-healthy-tasks", "worker-tasks", "beat-tasks", "database-gone")


@pytest.mark.parametrize("name", GONE)
def test_what_is_gone_is_noticed_although_it_reports_nothing(name: str) -> None:
    assert ALARMS[name].is_raised([None] * 5)


@pytest.mark.parametrize(
    "name",
    [
        "errors",
        "balancer-errors",
        "response-time",
        "nat-ports-1",
        "replica-lag",
        "database-cpu",
        "failed-logins",
        "failed-reports",
        "queue-age",
    ],
)
def test_nothing_to_count_is_nothing_to_tell(name: str) -> None:
    assert not ALARMS[name].is_raised([None] * 5)


def test_a_quiet_night_tells_nobody_anything() -> None:
    quiet = {"web-tasks": 3, "web-healthy-tasks": 3, "worker-tasks": 1, "beat-tasks": 1}
    night: dict[str, float] = {**quiet, **USUAL}
    raised = [name for name, one in ALARMS.items() if one.is_raised([night.get(name)] * 10)]
    assert raised == []


#: What reports always, day and night.
USUAL = {
    "canary": 1.0,
    "database-cpu": 2.0,
    "database-gone": 1.0,
    "cache-cpu-1": 2.0,
    "cache-cpu-2": 2.0,
    "cache-memory-1": 20.0,
    "cache-memory-2": 20.0,
}
#: Before something happens; what is not here has no data.
BEFORE = {
    **USUAL,
    "web-tasks": 3.0,
    "web-healthy-tasks": 3.0,
    "worker-tasks": 1.0,
    "beat-tasks": 1.0,
    "response-time": 0.4,
    "response-time-p95": 1.2,
    "database-connections": 120.0,
    "certificate": 300.0,
    "cache-lag-2": 0.2,
    "stopped": 2.0,
}
MINUTES = 120


def told(
    happens: dict[str, Series],
    single: Mapping[str, Alarm] = ALARMS,
    several: Mapping[str, Composite] = COMPOSITES,
) -> dict[str, list[int]]:
    """Who tells of what happens, and in which minutes, within two hours; then all is as before."""
    raised = {
        name: alarm.raised(BEFORE.get(name), happens.get(name, ()), MINUTES)
        for name, alarm in single.items()
    }
    # One that suppresses another is made of metrics only.
    raised |= {name: one.raised(raised) for name, one in several.items()}
    by_itself = {
        name: [at for at, on in enumerate(raised[name]) if on and not (at and raised[name][at - 1])]
        for name, alarm in single.items()
        if alarm.tells
    }
    together = {name: one.told(raised) for name, one in several.items()}
    return {name: at for name, at in {**by_itself, **together}.items() if at}


#: Forty minutes, by the period of each alarm.
OUTAGE: dict[str, Series] = {
    "canary": [0] * 8,
    "database-gone": [None] * 40,
    "database-cpu": [None] * 8,
    "database-connections": [None] * 40,
    "errors": [400] * 8,
    "response-time": [30] * 8,
    "response-time-p95": [60] * 8,
    "web-healthy-tasks": [3, 2, *[0] * 38],
    "balancer-errors": [None, *[90] * 7],
    "worker-tasks": [0] * 8,
    "beat-tasks": [0] * 8,
}


def test_a_lost_database_is_one_page_and_no_mail_more() -> None:
    assert told(OUTAGE) == {"outage": [4]}


def test_each_alarm_of_an_outage_alone_is_a_page() -> None:
    for name in COMPOSITES["outage"].parts:
        limit = ALARMS[name].block["threshold"]
        assert told({name: [limit - 0.1 if name in GONE else limit] * 10}).keys() == {"outage"}


@pytest.mark.parametrize("visits", [[0, 0], [0, 1, 0], [None, 0], [0, 1, None]])
def test_two_of_three_visits_that_failed_are_a_page(visits: Series) -> None:
    assert told({"canary": visits}).keys() == {"outage"}


@pytest.mark.parametrize("visits", [[0], [None], [0, 1, 1, 0]])
def test_a_visit_that_failed_alone_tells_nobody_anything(visits: Series) -> None:
    assert told({"canary": visits}) == {}


def test_workers_that_are_gone_while_people_can_work_are_a_page() -> None:
    assert told({"worker-tasks": [0] * 8}) == {"jobs": [9 + 2]}


def test_jobs_that_wait_are_a_page_though_workers_run() -> None:
    assert told({"queue-age": [700, 700, 700]}) == {"jobs": [9 + 2]}


def test_jobs_that_wait_for_lost_workers_are_no_second_page() -> None:
    gone = {"worker-tasks": [0] * 8, "queue-age": [0, 200, *[900] * 6]}
    assert told(gone) == {"jobs": [9 + 2]}


def test_a_queue_that_is_empty_in_between_tells_nobody_anything() -> None:
    assert told({"queue-age": [700, 10, 700, 10]}) == {}


def test_errors_in_the_logs_of_several_services_are_one_mail() -> None:
    assert told({"error-lines-web": [100], "error-lines-worker": [100]}) == {
        "error-lines": [14 + 2]
    }


def test_errors_in_the_logs_are_explained_by_an_outage() -> None:
    assert told({**OUTAGE, "error-lines-web": [900, 900, 900]}) == {"outage": [4]}


def test_what_an_outage_does_not_explain_is_told_after_it() -> None:
    after = told({**OUTAGE, "worker-tasks": [0] * 20})
    assert after["outage"] == [4]
    (at,) = after["jobs"]
    assert 50 < at < 75


def test_a_rollout_tells_nobody_anything_together_either() -> None:
    assert told(ROLLOUT) == {}


def stopped(minutes: int) -> dict[str, Series]:
    """An hour in which nothing runs, and for so many minutes of it nothing is meant to."""
    return {
        "stopped": [0] * minutes,
        "canary": [0] * 12,
        "web-healthy-tasks": [3, *[None] * 59],
        "web-tasks": [0] * 12,
        "worker-tasks": [0] * 12,
        "beat-tasks": [0] * 12,
        "database-gone": [*[1] * 10, *[None] * 50],
        "database-cpu": [2, 2, *[None] * 10],
        "database-connections": [*[120] * 2, *[None] * 58],
    }


@pytest.mark.parametrize("minutes", [60, 52])
def test_a_stop_by_the_hour_tells_nobody_anything(minutes: int) -> None:
    assert told(stopped(minutes), alarms(STAGING), composites(STAGING)) == {}


def test_what_does_not_start_again_is_a_page() -> None:
    late = told(stopped(30), alarms(STAGING), composites(STAGING))
    assert late["outage"] == [30 + 20]


def test_an_outage_in_running_hours_is_a_page() -> None:
    assert told({**stopped(0)}, alarms(STAGING), composites(STAGING))["outage"] == [5 + 2]


def test_a_service_that_reports_nothing_is_stopped_too() -> None:
    assert alarms(STAGING)["stopped"].is_raised([None])
    assert "stopped" not in ALARMS


def test_a_call_that_failed_for_good_is_told() -> None:
    assert told({"schedules": [1]}, alarms(STAGING), composites(STAGING)) == {"schedules": [4]}


def test_a_node_of_redis_that_is_gone_is_one_mail() -> None:
    gone = {"cache-cpu-2": [None] * 8, "cache-memory-2": [None] * 8}
    assert told(gone).keys() == {"redis"}


def test_a_certificate_that_is_not_renewed_is_told() -> None:
    assert not ALARMS["certificate"].is_raised([30])
    assert ALARMS["certificate"].is_raised([29])


@pytest.mark.parametrize("stack", sorted(path.name for path in SNAPSHOTS.glob("*-1.tf.json")))
def test_every_alarm_is_told_once_itself_or_with_others(stack: str) -> None:
    stack = stack.removesuffix(".tf.json")
    together = [name for one in composites(stack).values() for name in one.parts]
    by_itself = [name for name, alarm in alarms(stack).items() if alarm.tells]
    silent = {one.suppressor for one in composites(stack).values()} & set(alarms(stack))
    assert sorted([*together, *by_itself, *silent]) == sorted(alarms(stack))
    assert all(one.block["alarm_actions"] for one in composites(stack).values())


def test_the_bound_of_tasks_follows_the_number_that_is_configured() -> None:
    assert ALARMS["web-tasks"].block["threshold"] == 2
    assert alarms("superset-staging-us-east-1")["web-tasks"].block["threshold"] == 1
    assert alarms("superset-dev-us-east-1")["web-tasks"].block["threshold"] == 1


def test_every_alarm_has_its_paragraph_in_the_runbook() -> None:
    written = set(re.findall(r"^### (.+)$", RUNBOOK.read_text(), re.MULTILINE))
    named = set()
    for path in SNAPSHOTS.glob("*.tf.json"):
        for description in re.findall(r'"(?:alarm_)?description": "(.*)"', path.read_text()):
            if anchor := re.search(r"runbooks/alarms\.md#([\w-]+)$", description):
                named.add(anchor[1])
    assert named == written
