"""In which hours of the week the stacks of an environment run, as their schedules say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commands.cost.options import Options
from commands.synthesized import Stack

START, STOP = "superset-hours-start-database", "superset-hours-stop-database"
#: Of `WeeklyHours.cron`: minute, hour and days.
_CRON = re.compile(r"cron\((\d+) (\d+) \? \* ([A-Z,]+) \*\)")


def scheduled(stacks: Sequence[Stack]) -> Options:
    """Tasks count as running while the database does, some minutes longer than they are."""
    found = {
        schedule.attributes["name"]: str(schedule.attributes["schedule_expression"])
        for stack in stacks
        for schedule in stack.of("aws_scheduler_schedule")
    }
    if START not in found:
        return Options()
    start, stop = (_CRON.fullmatch(found[name]) for name in (START, STOP))
    if start is None or stop is None:
        raise ValueError(f"{START}, {STOP}: not of the form of WeeklyHours.cron")
    minutes = _minutes(stop) - _minutes(start)
    days = start[3].count(",") + 1
    return Options(hours_per_week=days * minutes / 60, stop_database=True)


def _minutes(cron: re.Match[str]) -> int:
    return int(cron[2]) * 60 + int(cron[1])
