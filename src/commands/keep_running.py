"""Keeps a region from being stopped: `python -m commands.keep_running REGION UNTIL`

UNTIL is a time in the environment's time zone, such as 2026-12-01T20:00. Until then nothing is
stopped or started by the hour; what is stopped now is started. The schedules resume by themselves.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from commands.waiting import InVain, until

PREFIX = "superset-hours-"
START = PREFIX + "start-"
DATABASE = START + "database"
#: RDS takes up to a quarter of an hour each to stop and to start an instance.
DATABASE_SECONDS = 2700
LOOK_SECONDS = 10
#: Services that boto3 names otherwise than the targets of EventBridge Scheduler.
CLIENTS = {"applicationautoscaling": "application-autoscaling"}
#: What UpdateSchedule keeps only when it is told again.
KEPT = (
    "ActionAfterCompletion",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "Target",
)

Schedule = Mapping[str, Any]


class NotPossible(Exception):
    """What was asked for cannot be; the message says why."""


def schedules_of(region: str) -> dict[str, Schedule]:
    """The schedules of the running hours, by name. NotPossible where there are none."""
    scheduler = boto3.client("scheduler", region_name=region)
    pages = scheduler.get_paginator("list_schedules").paginate(
        GroupName="default", NamePrefix=PREFIX
    )
    names = sorted(one["Name"] for page in pages for one in page["Schedules"])
    if not names:
        raise NotPossible(f"{region}: has no running hours, so nothing stops it")
    return {name: scheduler.get_schedule(GroupName="default", Name=name) for name in names}


def moment(text: str, zone: str) -> datetime:
    """UNTIL in a zone. NotPossible where it is none, or past."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NotPossible(
            f"UNTIL: {text} is no time; write one such as 2026-12-01T20:00, in {zone}"
        ) from None
    found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    if found <= datetime.now(UTC):
        raise NotPossible(f"UNTIL: {text} in {zone} is past; write a time to come")
    return found


def postpone(region: str, schedules: Mapping[str, Schedule], to: datetime) -> None:
    """Let no schedule act before then."""
    scheduler = boto3.client("scheduler", region_name=region)
    for schedule in schedules.values():
        kept = {key: schedule[key] for key in KEPT if schedule.get(key) is not None}
        scheduler.update_schedule(**kept, StartDate=to.astimezone(UTC))


def call(region: str, target: Mapping[str, Any]) -> None:
    """Do what EventBridge Scheduler does with a universal target."""
    service, action = target["Arn"].split(":")[-2:]
    client = boto3.client(CLIENTS.get(service, service), region_name=region)
    operation = client.meta.service_model.operation_model(action[0].upper() + action[1:])
    # The SDK behind the targets writes names with other capitals.
    names = {name.lower(): name for name in operation.input_shape.members}
    given = {names[name.lower()]: value for name, value in json.loads(target["Input"]).items()}
    getattr(client, xform_name(operation.name))(**given)


def start(region: str, schedules: Mapping[str, Schedule], say: Callable[[str], None]) -> None:
    """Start what is stopped, in the order in which the schedules do it."""
    rds = boto3.client("rds", region_name=region)
    target = schedules[DATABASE]["Target"]
    name = json.loads(target["Input"])["DbInstanceIdentifier"]

    def status() -> str:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return str(found["DBInstanceStatus"])

    def wait(*wanted: str) -> None:
        until(
            f"the database {name} is {' or '.join(wanted)}",
            lambda: status() in wanted,
            DATABASE_SECONDS,
            sleep=lambda _: time.sleep(LOOK_SECONDS),
        )

    if status() == "stopping":
        say(f"{name}: is being stopped …")
        wait("stopped")
    if status() == "stopped":
        call(region, target)
        say(f"{name}: is being started …")
        wait("available")
    elif not _is_stopped(region, schedules):
        return
    # Bounds come before numbers of tasks, as they do by the hour.
    others = [one for key, one in schedules.items() if key.startswith(START) and key != DATABASE]
    for schedule in sorted(others, key=lambda one: not one["Name"].endswith("-bounds")):
        call(region, schedule["Target"])
        say(f"{schedule['Name'].removeprefix(START)}: started")


def _is_stopped(region: str, schedules: Mapping[str, Schedule]) -> bool:
    given = json.loads(schedules[START + "web"]["Target"]["Input"])
    ecs = boto3.client("ecs", region_name=region)
    (service,) = ecs.describe_services(cluster=given["Cluster"], services=[given["Service"]])[
        "services"
    ]
    return bool(service["desiredCount"] == 0)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="keep-running", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("region", metavar="REGION", help="the region that is not stopped")
    parser.add_argument("until", metavar="UNTIL", help="such as 2026-12-01T20:00")
    options = parser.parse_args(arguments)
    try:
        schedules = schedules_of(options.region)
        zone = schedules[DATABASE]["ScheduleExpressionTimezone"]
        to = moment(options.until, zone)
        postpone(options.region, schedules, to)
        start(options.region, schedules, lambda line: print(line, flush=True))
    except (NotPossible, InVain, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.region} is not stopped before {options.until} in {zone}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
