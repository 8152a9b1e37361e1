"""What the schedules of the running hours do, and what `make keep-running` does to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from commands import keep_running
from commands.environment import ROOT
from commands.keep_running import DATABASE, PREFIX, call, main, schedules_of
from commands.synthesized import Stack, Values

REGION = "us-east-1"
NAME = "superset-staging"
STACK = "superset-staging-us-east-1"
TARGETS = {"superset-web": (2, 4), "superset-worker": (1, 2)}
COUNTS = {"superset-web": 2, "superset-worker": 1, "superset-beat": 1}


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@pytest.fixture
def staging(aws: None) -> None:
    """Staging's services, database and schedules, as its snapshot has them."""
    client("rds").create_db_instance(
        DBInstanceIdentifier=NAME, DBInstanceClass="db.t4g.large", Engine="postgres"
    )
    ecs = client("ecs")
    ecs.create_cluster(clusterName=NAME)
    container = {"name": "superset", "image": "image", "memory": 512}
    ecs.register_task_definition(family="any", containerDefinitions=[container])
    for service, count in COUNTS.items():
        ecs.create_service(
            cluster=NAME, serviceName=service, taskDefinition="any", desiredCount=count
        )
    for service, (least, most) in TARGETS.items():
        client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{NAME}/{service}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=least,
            MaxCapacity=most,
        )
    text = (ROOT / "main.tf.json-snapshots" / f"{STACK}.tf.json").read_text()
    stack = Stack.parsed(STACK, text)
    values = Values(stack, {})
    for schedule in stack.of("aws_scheduler_schedule"):
        name = schedule.attributes["name"]
        if name.startswith(PREFIX):
            target = schedule.attributes["target"]
            client("scheduler").create_schedule(
                Name=name,
                ScheduleExpression=schedule.attributes["schedule_expression"],
                ScheduleExpressionTimezone=schedule.attributes["schedule_expression_timezone"],
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={
                    "Arn": target["arn"],
                    "RoleArn": "arn:aws:iam::123456789012:role/running-hours",
                    "Input": str(values.resolve(target["input"])),
                },
            )


def at(schedule: Any) -> tuple[int, int]:
    minute, hour = schedule["ScheduleExpression"].removeprefix("cron(").split()[:2]
    return int(hour), int(minute)


def run(what: str) -> list[str]:
    """The schedules that stop, or start, one after the other as the hours say."""
    found = {n: s for n, s in schedules_of(REGION).items() if n.startswith(PREFIX + what)}
    order = sorted(found, key=lambda name: at(found[name]))
    for name in order:
        call(REGION, found[name]["Target"])
    return order


def state() -> tuple[str, dict[str, int], dict[str, tuple[int, int]]]:
    """Of the database, of the services, and of their bounds."""
    (database,) = client("rds").describe_db_instances()["DBInstances"]
    services = client("ecs").describe_services(cluster=NAME, services=list(COUNTS))["services"]
    targets = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    return (
        database["DBInstanceStatus"],
        {one["serviceName"]: one["desiredCount"] for one in services},
        {
            one["ResourceId"].rpartition("/")[2]: (one["MinCapacity"], one["MaxCapacity"])
            for one in targets["ScalableTargets"]
        },
    )


RUNNING = ("available", COUNTS, TARGETS)
STOPPED = ("stopped", dict.fromkeys(COUNTS, 0), dict.fromkeys(TARGETS, (0, 0)))


def test_the_schedules_stop_everything_and_start_it_as_it_was(staging: None) -> None:
    assert state() == RUNNING
    assert run("stop-")[-1] == PREFIX + "stop-database"
    assert state() == STOPPED
    assert run("start-")[0] == DATABASE
    assert state() == RUNNING


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


def test_nothing_is_stopped_or_started_before_the_time(staging: None) -> None:
    before = schedules_of(REGION)
    assert main([REGION, "2031-12-01T20:00"]) == 0
    for name, schedule in schedules_of(REGION).items():
        # 20:00 in New York.
        assert schedule["StartDate"] == datetime(2031, 12, 2, 1, tzinfo=UTC)
        for key in ("ScheduleExpression", "ScheduleExpressionTimezone", "Target", "State"):
            assert schedule[key] == before[name][key]
    assert state() == RUNNING


def test_what_is_stopped_is_started(
    staging: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_running, "LOOK_SECONDS", 0)
    run("stop-")
    assert main([REGION, tomorrow()]) == 0
    assert state() == RUNNING
    assert capsys.readouterr().out.splitlines()[0] == "superset-staging: is being started …"


def test_services_that_have_scaled_out_stay_as_they_are(staging: None) -> None:
    client("ecs").update_service(cluster=NAME, service="superset-web", desiredCount=4)
    assert main([REGION, tomorrow()]) == 0
    assert state()[1]["superset-web"] == 4


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("soon", "UNTIL: soon is no time; write one such as 2026-12-01T20:00"),
        ("2020-01-01T00:00", "UNTIL: 2020-01-01T00:00 in America/New_York is past"),
    ],
)
def test_a_time_that_is_none_changes_nothing(
    staging: None, capsys: pytest.CaptureFixture[str], until: str, said: str
) -> None:
    assert main([REGION, until]) == 1
    assert capsys.readouterr().err.startswith(said)
    assert not any("StartDate" in one for one in schedules_of(REGION).values())


def test_a_region_that_always_runs_is_told(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([REGION, tomorrow()]) == 1
    assert capsys.readouterr().err == "us-east-1: has no running hours, so nothing stops it\n"
