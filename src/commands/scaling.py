"""What scaling does with a day of 50 to 500 users: computed, and drawn into docs/images/scaling.

Bounds and policies are those of the snapshot; what a task serves is what docs/benchmarks.md
measured; `emulator.tracking` decides minute by minute, as AWS describes it. How long a task takes
to start and how late a metric is are assumed. Users who are not served wait and ask for no more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from xml.etree import ElementTree as ET

from commands import snapshots, svg
from commands.cost.prices import Prices
from commands.environment import ROOT
from commands.synthesized import Stack, Values
from emulator.tracking import POINTS_IN, Policy, Tracker

PICTURES = ROOT / "docs" / "images" / "scaling"
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
STACK = "superset-us-east-1"

MINUTES = 24 * 60
#: Hour and users who look at dashboards, straight lines between; at ten many begin at once.
DAY = (
    *((0.0, 50), (7, 50), (9, 300), (10, 300), (10.05, 500)),
    *((12, 500), (12.5, 350), (13.5, 500), (17, 500), (20, 50), (24, 50)),
)
#: Seconds between two dashboards that a user opens.
THINK_SECONDS = 30
#: Minutes from the decision until a task is healthy, and until a datapoint can be read.
START_MINUTES, METRIC_MINUTES = 2, 1


@dataclass(frozen=True)
class Capacity:
    """What one task of this project was measured to do."""

    loads_per_cpu_second: float
    requests_per_load: int
    memory_mib: float

    @classmethod
    def measured(cls, page: str) -> Capacity:
        """As the page of benchmarks says. ValueError where it does not."""
        table = page.partition("### Saturated")[2]
        row = re.search(r"^\| this project \| [\d.]+ \| ([\d.]+) \|.* (\d+) MiB \|", table, re.M)
        load = re.search(r"dashboard of six charts: (\d+) requests", page)
        if row is None or load is None:
            raise ValueError(f"{BENCHMARKS.name} does not say what a task serves")
        return cls(float(row[1]), int(load[1]), float(row[2]))


@dataclass(frozen=True)
class Service:
    """The web service as a stack scales it; policies by name."""

    least: int
    most: int
    vcpu: float
    memory_mib: int
    region: str
    policies: Mapping[str, Policy]

    @classmethod
    def of(cls, stack: Stack) -> Service:
        """That of a region's stack."""
        values = Values(stack, {})

        def scales_web(resource_id: str | None) -> bool:
            return str(resource_id).endswith("/superset-web")

        (bounds,) = (
            one.attributes
            for one in stack.of("aws_appautoscaling_target")
            if scales_web(values.of(one, "resource_id"))
        )
        (task,) = (
            one.attributes
            for one in stack.of("aws_ecs_task_definition")
            if one.attributes["family"] == "superset-app"
        )
        policies = {}
        for one in stack.of("aws_appautoscaling_policy"):
            if scales_web(values.of(one, "resource_id")):
                tracking = one.attributes["target_tracking_scaling_policy_configuration"]
                policies[one.attributes["name"]] = Policy(
                    tracking["target_value"],
                    tracking["scale_out_cooldown"],
                    tracking["scale_in_cooldown"],
                )
        return cls(
            bounds["min_capacity"],
            bounds["max_capacity"],
            int(task["cpu"]) / 1024,
            int(task["memory"]),
            stack.region,
            policies,
        )


@dataclass(frozen=True)
class Minute:
    """One of the day."""

    users: float
    #: Healthy tasks, those that are paid, and those that would hold every target.
    running: int
    paid: int
    needed: int
    #: Percent of the running tasks' CPU that the users ask for; above 100 some of them wait.
    asked: float


def users(minute: int) -> float:
    """Who looks at dashboards then."""
    hour = minute % MINUTES / 60
    for (start, before), (end, after) in pairwise(DAY):
        if start <= hour < end:
            return before + (after - before) * (hour - start) / (end - start)
    raise ValueError(f"the day has no hour {hour}")


def simulate(service: Service, capacity: Capacity) -> list[Minute]:
    """A day after another one like it."""
    tracker = Tracker()
    seen: dict[str, list[float | None]] = {name: [] for name in service.policies}
    healthy_at = [0] * service.least
    found = []
    for minute in range(2 * MINUTES):
        readable = max(0, minute - METRIC_MINUTES)
        wanted = tracker.decide(
            minute * 60,
            len(healthy_at),
            (service.least, service.most),
            [
                (policy, seen[name][:readable][-POINTS_IN:])
                for name, policy in service.policies.items()
            ],
        )
        healthy_at = healthy_at[:wanted]
        healthy_at += [minute + START_MINUTES] * (wanted - len(healthy_at))
        running = sum(at <= minute for at in healthy_at)
        loads = users(minute) / THINK_SECONDS
        for name, value in _metrics(service, capacity, loads, running).items():
            seen[name].append(value)
        asked = 100 * loads / (running * service.vcpu * capacity.loads_per_cpu_second)
        needed = _needed(service, capacity, loads)
        found.append(Minute(users(minute), running, wanted, needed, asked))
    return found[MINUTES:]


def _metrics(
    service: Service, capacity: Capacity, loads: float, running: int
) -> dict[str, float | None]:
    """What the policies of a service look at, by their names."""
    most = running * service.vcpu * capacity.loads_per_cpu_second
    served = min(loads, most)
    return {
        "cpu": 100 * served / most,
        "memory": 100 * capacity.memory_mib / service.memory_mib,
        "requests": 60 * served * capacity.requests_per_load / running,
    }


def _needed(service: Service, capacity: Capacity, loads: float) -> int:
    """The fewest tasks that hold every target; the most there may be where that is too few."""
    for tasks in range(service.least, service.most):
        metrics = _metrics(service, capacity, loads, tasks)
        if all((value or 0) <= service.policies[name].target for name, value in metrics.items()):
            return tasks
    return service.most


def reaction(day: Sequence[Minute]) -> int:
    """The longest time with fewer tasks than the targets need, in minutes."""
    runs = groupby(day, key=lambda one: one.running < one.needed)
    return max((len(list(run)) for short, run in runs if short), default=0)


def drawn() -> dict[str, str]:
    """The picture by file name."""
    stack = Stack.parsed(STACK, snapshots.committed()[STACK])
    service = Service.of(stack)
    day = simulate(service, Capacity.measured(BENCHMARKS.read_text()))
    return {"day.svg": draw(service, day, task_hour(service, Prices.read()))}


def task_hour(service: Service, prices: Prices) -> float:
    """USD that an hour of a task costs on demand."""
    vcpu, gb = (
        prices.usd(f"fargate.arm.{part}.on-demand", service.region) for part in ("vcpu", "gb")
    )
    return service.vcpu * vcpu + service.memory_mib / 1024 * gb


WIDTH, HEIGHT = 960, 450
LEFT, RIGHT, TOP, BOTTOM = 50, 60, 126, 40
TICK_HOURS, TICK_TASKS, TICK_USERS = 3, 2, 100


def said(service: Service, day: Sequence[Minute], usd: float) -> list[str]:
    """What a day took and cost, in lines."""
    hours = sum(one.paid for one in day) / 60
    peak = max(one.needed for one in day)
    waiting = sum(one.asked > 100 for one in day)

    def cost(name: str, task_hours: float) -> str:
        return f"{name}: {task_hours:.0f} task hours, {task_hours * usd:.2f} USD a day."

    return [
        " ".join(
            (
                cost("Scaled", hours),
                cost(f"Always {peak}, as the peak needs", 24 * peak),
                cost(f"Always {service.most}", 24 * service.most),
            )
        ),
        f"Fewer tasks than the targets need: {reaction(day)} minutes at the longest. "
        f"All CPU taken, so that people wait: {waiting} minutes of the day.",
        f"A user opens a dashboard every {THINK_SECONDS} s. Assumed: a task is healthy after "
        f"{START_MINUTES} minutes, a metric is {METRIC_MINUTES} minute late.",
    ]


def draw(service: Service, day: Sequence[Minute], usd: float) -> str:
    """Users and tasks over the day, as SVG."""
    title = "Web tasks on a day of 50 to 500 users"
    picture = svg.picture(title, WIDTH, HEIGHT)
    svg.text(picture, LEFT, 28, title, size=17, bold=True)
    for place, line in enumerate(said(service, day, usd)):
        svg.text(picture, LEFT, 50 + 17 * place, line, size=12)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    attributes = {"x": str(LEFT), "y": str(TOP), "width": str(width), "height": str(height)}
    ET.SubElement(picture, "rect", attrib=attributes, fill=svg.PAPER, stroke=svg.EDGE)
    most_tasks = service.most + TICK_TASKS
    most_users = math.ceil(max(one.users for one in day) / TICK_USERS + 1) * TICK_USERS

    def x(minute: float) -> float:
        return round(LEFT + width * minute / MINUTES, 1)

    def y(share: float) -> float:
        return round(TOP + height * (1 - share), 1)

    for hour in range(0, 25, TICK_HOURS):
        svg.text(picture, x(hour * 60), HEIGHT - 20, f"{hour}:00", size=11, anchor="middle")
    for tasks in range(0, most_tasks + 1, TICK_TASKS):
        svg.text(picture, LEFT - 8, y(tasks / most_tasks) + 4, str(tasks), size=11, anchor="end")
    for people in range(0, most_users + 1, TICK_USERS):
        svg.text(picture, WIDTH - RIGHT + 8, y(people / most_users) + 4, str(people), size=11)
    lines = (
        ("users (right axis)", svg.COLOURS[7], [one.users / most_users for one in day]),
        ("tasks that the targets need", svg.COLOURS[1], [one.needed / most_tasks for one in day]),
        ("healthy tasks", svg.COLOURS[0], [one.running / most_tasks for one in day]),
    )
    for place, (label, colour, shares) in enumerate(lines):
        path = " ".join(f"{x(at)},{y(share)}" for at, share in _corners(shares))
        ET.SubElement(
            picture,
            "polyline",
            points=path,
            fill="none",
            stroke=colour,
            attrib={"stroke-width": "2", "stroke-linejoin": "round"},
        )
        left = LEFT + 220 * place
        box = {"x": str(left), "y": str(TOP - 14), "width": "14", "height": "4"}
        ET.SubElement(picture, "rect", fill=colour, attrib=box)
        svg.text(picture, left + 20, TOP - 8, label, size=11)
    return svg.written(picture)


def _corners(shares: Sequence[float]) -> list[tuple[int, float]]:
    """The points at which a line changes its direction, and its ends."""
    last = len(shares) - 1
    return [
        (at, share)
        for at, share in enumerate(shares)
        if at in (0, last)
        or not math.isclose(share - shares[at - 1], shares[at + 1] - share, abs_tol=1e-9)
    ]
