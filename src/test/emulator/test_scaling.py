"""Services follow their target tracking policies, between their bounds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from running import DOMAIN, PACE, Plane

from commands.waiting import until
from emulator.tracking import Policy, Tracker

#: Seconds of a minute here.
MINUTE = 60 / PACE
SERVICE = [{"Name": "ClusterName", "Value": "default"}, {"Name": "ServiceName", "Value": "web"}]
WORKERS = [SERVICE[0], {"Name": "ServiceName", "Value": "worker"}]
Values = dict[tuple[str, str], tuple[list[dict[str, str]], float]]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("scaling"))
    yield made
    made.stop()


def scalable(plane: Plane, service: str, least: int, most: int, **policies: dict[str, Any]) -> None:
    scaling = plane.aws.client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/default/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=least, MaxCapacity=most)
    for name, policy in policies.items():
        scaling.put_scaling_policy(
            **target,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 60,
                **policy,
            },
        )


def load(plane: Plane, values: Values, service: str, count: int) -> None:
    """Put metrics until the service wants so many tasks."""
    put = plane.aws.client("cloudwatch").put_metric_data

    def wants() -> bool:
        for (namespace, metric), (dimensions, value) in values.items():
            datum = {"MetricName": metric, "Dimensions": dimensions, "Value": value}
            put(Namespace=namespace, MetricData=[datum])
        time.sleep(MINUTE / 4)
        return bool(plane.service(service)["desiredCount"] == count)

    until(f"{service} wants {count} tasks", wants)


def healthy(plane: Plane, group: str) -> int:
    found = plane.aws.client("elbv2").describe_target_health(TargetGroupArn=group)
    states = [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]
    return states.count("healthy")


def test_a_service_gets_a_task_more_under_load_and_gives_it_back(plane: Plane) -> None:
    group = plane.target_group("web", **{"deregistration_delay.timeout_seconds": "20"})
    plane.balancer("web", {DOMAIN: group})
    balancers = [{"targetGroupArn": group, "containerName": "main", "containerPort": 8080}]
    plane.serve("web", plane.define("web"), count=3, loadBalancers=balancers)
    label = "app/web/1/" + group.rpartition(":")[2]
    scalable(
        plane,
        "web",
        3,
        10,
        cpu={
            "TargetValue": 70,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
        requests={
            "TargetValue": 2400,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": label,
            },
        },
    )
    until("three are healthy", lambda: healthy(plane, group) == 3)
    cpu, requests = ("AWS/ECS", "CPUUtilization"), ("AWS/ApplicationELB", "RequestCountPerTarget")
    balanced = [
        {"Name": "LoadBalancer", "Value": "app/web/1"},
        {"Name": "TargetGroup", "Value": group.rpartition(":")[2]},
    ]

    load(plane, {cpu: (SERVICE, 85), requests: (balanced, 100)}, "web", 4)
    until("four are healthy", lambda: healthy(plane, group) == 4)
    load(plane, {cpu: (SERVICE, 30), requests: (balanced, 100)}, "web", 3)
    until("three are left", lambda: healthy(plane, group) == 3)


def test_workers_follow_what_waits_for_each_of_them(plane: Plane) -> None:
    plane.serve("worker", plane.define("worker"), count=1)
    metric = {"Namespace": "ECS/ContainerInsights", "MetricName": "RunningTaskCount"}
    running = {"Metric": {**metric, "Dimensions": WORKERS}, "Stat": "Average"}
    depth = {"Metric": {"Namespace": "Superset/Application", "MetricName": "QueueDepth"}}
    # Terraform keeps them as a set, so in any order.
    queries = [
        {"Id": "backlog", "Expression": "waiting / running", "ReturnData": True},
        {"Id": "waiting", "MetricStat": {**depth, "Stat": "Average"}, "ReturnData": False},
        {"Id": "running", "MetricStat": running, "ReturnData": False},
    ]
    backlog = {"TargetValue": 10, "CustomizedMetricSpecification": {"Metrics": queries}}
    scalable(plane, "worker", 1, 6, backlog=backlog)
    waiting = ("Superset/Application", "QueueDepth")
    tasks = ("ECS/ContainerInsights", "RunningTaskCount")

    load(plane, {waiting: ([], 25), tasks: (WORKERS, 1)}, "worker", 3)
    until("three run", lambda: len(plane.running("worker")) == 3)


CPU = Policy(70, 60, 300)
REQUESTS = Policy(2400, 60, 300)
BOUNDS = (3, 10)


@pytest.mark.parametrize(
    ("series", "wanted"),
    [
        ([85] * 3, 4),
        ([200] * 3, 9),
        ([500] * 3, 10),
        ([85] * 2, 3),
        ([85, 70, 85], 3),
        ([85, None, 85], 3),
    ],
)
def test_three_minutes_above_the_target_add_tasks_in_proportion(
    series: list[float | None], wanted: int
) -> None:
    assert Tracker().decide(0, 3, BOUNDS, [(CPU, series)]) == wanted


@pytest.mark.parametrize(
    ("series", "wanted"),
    [
        ([30] * 15, 4),
        ([61] * 15, 7),
        ([62] * 15, 8),
        ([63] * 15, 8),
        ([30] * 14, 8),
        ([30] * 14 + [None], 8),
        ([1] * 15, 3),
    ],
)
def test_fifteen_minutes_below_nine_tenths_of_it_take_tasks_away(
    series: list[float | None], wanted: int
) -> None:
    assert Tracker().decide(0, 8, BOUNDS, [(CPU, series)]) == wanted


def test_one_policy_adds_tasks_and_all_must_agree_to_take_them_away() -> None:
    busy, idle = [3000.0] * 15, [20.0] * 15
    assert Tracker().decide(0, 4, BOUNDS, [(CPU, idle), (REQUESTS, busy)]) == 5
    assert Tracker().decide(0, 4, BOUNDS, [(CPU, idle), (REQUESTS, [2300.0] * 15)]) == 4
    assert Tracker().decide(0, 4, BOUNDS, [(CPU, idle), (REQUESTS, [])]) == 4
    assert Tracker().decide(0, 4, BOUNDS, [(CPU, idle), (REQUESTS, [20.0] * 15)]) == 3


def test_nothing_is_added_or_taken_away_before_the_cooldown_is_over() -> None:
    tracker = Tracker()
    assert tracker.decide(0, 3, BOUNDS, [(CPU, [85.0] * 3)]) == 4
    assert tracker.decide(59, 4, BOUNDS, [(CPU, [85.0] * 3)]) == 4
    assert tracker.decide(60, 4, BOUNDS, [(CPU, [85.0] * 3)]) == 5
    assert tracker.decide(1000, 5, BOUNDS, [(CPU, [60.0] * 15)]) == 5
    assert tracker.decide(1000, 5, BOUNDS, [(CPU, [50.0] * 15)]) == 4
    assert tracker.decide(1299, 4, BOUNDS, [(CPU, [50.0] * 15)]) == 4
    assert tracker.decide(1300, 4, BOUNDS, [(CPU, [50.0] * 15)]) == 3
