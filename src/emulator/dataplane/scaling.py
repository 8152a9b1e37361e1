"""Application Auto Scaling: moves services between their bounds by their target tracking policies.

A minute is shortened as the intervals of health checks are: a datapoint is what was put within
60 s divided by the pace. Metrics are those that somebody puts; the data plane makes none itself.
"""

from __future__ import annotations

import ast
import operator
import time
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import Statistics, cloudwatch_backends
from moto.ecs.models import ecs_backends

from emulator.dataplane.deployments import event
from emulator.regions import regions
from emulator.tracking import POINTS_IN, Policy, Series, Tracker

#: API reference, PredefinedMetricSpecification: namespace, metric, statistic.
PREDEFINED = {
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
    "ECSServiceAverageCPUUtilization": ("AWS/ECS", "CPUUtilization", "Average"),
    "ECSServiceAverageMemoryUtilization": ("AWS/ECS", "MemoryUtilization", "Average"),
}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Scaling:
    """Every scalable service of every region."""

    def __init__(self, account: str, pace: float) -> None:
        self._account = account
        self._minute = 60 / pace
        self._pace = pace
        self._looked = 0
        self._trackers: dict[tuple[str, str], Tracker] = {}

    def reconcile(self) -> None:
        """Once in a minute, a look at all of them."""
        minute = int(time.time() / self._minute)
        if minute == self._looked:
            return
        self._looked = minute
        for region, backend in applicationautoscaling_backends[self._account].items():
            if regions.is_lost(region):
                continue
            for name, target in backend.targets.get("ecs:service:DesiredCount", {}).items():
                policies = [
                    policy.target_tracking_scaling_policy_configuration
                    for policy in backend.policies.values()
                    if policy.resource_id == name
                    and policy.target_tracking_scaling_policy_configuration
                ]
                if policies and not _is_suspended(target):
                    self._one(region, name, target, policies)

    def _one(self, region: str, name: str, target: Any, policies: list[dict[str, Any]]) -> None:
        _, cluster, service_name = name.split("/")
        service = ecs_backends[self._account][region].services.get(f"{cluster}:{service_name}")
        if service is None or service.status != "ACTIVE":
            return
        asked = [
            (Policy.of(one), self._series(region, cluster, service_name, one)) for one in policies
        ]
        tracker = self._trackers.setdefault((region, name), Tracker())
        before = service.desired_count
        bounds = (target.min_capacity, target.max_capacity)
        now = time.monotonic() * self._pace
        service.desired_count = tracker.decide(now, before, bounds, asked)
        if service.desired_count != before:
            text = f"scaled from {before} to {service.desired_count} by target tracking"
            event(service, f"(service {service_name}) {text}")

    def _series(self, region: str, cluster: str, service: str, policy: Mapping[str, Any]) -> Series:
        predefined = policy.get("PredefinedMetricSpecification")
        if predefined is None:
            return self._custom(region, policy["CustomizedMetricSpecification"])
        namespace, metric, statistic = PREDEFINED[predefined["PredefinedMetricType"]]
        label = predefined.get("ResourceLabel")
        if label is None:
            dimensions = {"ClusterName": cluster, "ServiceName": service}
        else:
            balancer, mark, group = label.partition("/targetgroup/")
            dimensions = {"LoadBalancer": balancer, "TargetGroup": mark[1:] + group}
        return self._points(region, namespace, metric, statistic, dimensions)

    def _custom(self, region: str, metric: Mapping[str, Any]) -> Series:
        if "Metrics" not in metric:
            given = _dimensions(metric)
            name, statistic = metric["MetricName"], metric["Statistic"]
            return self._points(region, metric["Namespace"], name, statistic, given)
        known: dict[str, Series] = {}
        result: Series = ()
        # They come in any order; what is calculated needs what is measured.
        for query in sorted(metric["Metrics"], key=lambda one: "Expression" in one):
            if "Expression" in query:
                series = _calculated(query["Expression"], known)
            else:
                stat = query["MetricStat"]
                one = stat["Metric"]
                name, statistic = one["MetricName"], stat["Stat"]
                given = _dimensions(one)
                series = self._points(region, one["Namespace"], name, statistic, given)
            known[query["Id"]] = series
            if query.get("ReturnData", True):
                result = series
        return result

    def _points(
        self, region: str, namespace: str, name: str, statistic: str, dimensions: dict[str, str]
    ) -> list[float | None]:
        """One for each of the last complete minutes."""
        found: dict[int, Statistics] = {}
        for datum in cloudwatch_backends[self._account][region].metric_data:
            given = {one.name: one.value for one in datum.dimensions}
            if (datum.namespace, datum.name, given) == (namespace, name, dimensions):
                at = datum.timestamp
                # moto keeps times in UTC, and most of them without saying so.
                seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
                minute = int(seconds / self._minute)
                point = found.setdefault(minute, Statistics([statistic], at))
                point.metric_data.append(datum)
        wanted = range(self._looked - POINTS_IN, self._looked)
        return [
            _number(found[minute].get_statistics_for_type(statistic)) if minute in found else None
            for minute in wanted
        ]


def _is_suspended(target: Any) -> bool:
    state = target.suspended_state or {}
    return bool(state.get("DynamicScalingInSuspended") and state.get("DynamicScalingOutSuspended"))


def _dimensions(metric: Mapping[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in metric.get("Dimensions") or []}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _calculated(expression: str, known: Mapping[str, Series]) -> Series:
    """Metric math, of which there is arithmetic; no value where one is missing or divides by 0."""
    tree = ast.parse(expression, mode="eval").body
    length = max((len(series) for series in known.values()), default=0)
    return [
        _value(tree, {name: series[at] for name, series in known.items()}) for at in range(length)
    ]


def _value(node: ast.expr, known: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Name(id=name):
            return known[name]
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            a, b = _value(left, known), _value(right, known)
            if a is None or b is None or (isinstance(op, ast.Div) and b == 0):
                return None
            return float(_OPERATORS[type(op)](a, b))
    raise ValueError(f"metric math that the emulator does not know: {ast.unparse(node)}")
