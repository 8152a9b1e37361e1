"""A metric is a line of the log in CloudWatch's embedded metric format.

CloudWatch Logs makes the metric of it (AWS: "Specification: Embedded metric format"): nothing is
called, and nobody waits. Imports nothing of Superset.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "Superset/Application"

#: The metrics' own logger: never filtered by level.
lines = logging.getLogger("superset.metrics")


@dataclass(frozen=True)
class Metric:
    """One of CloudWatch's metrics.

    :ivar unit: a unit of CloudWatch
    :ivar dimension: name of the only dimension that it may have besides none
    """

    name: str
    unit: str
    dimension: str | None = None


DASHBOARD_LOAD_TIME = Metric("DashboardLoadTime", "Milliseconds", "DashboardId")
QUERY_EXECUTION_TIME = Metric("QueryExecutionTime", "Milliseconds", "DataSource")
CACHE_HITS = Metric("CacheHits", "Count")
CACHE_MISSES = Metric("CacheMisses", "Count")
QUEUE_DEPTH = Metric("QueueDepth", "Count", "Queue")
QUEUE_AGE = Metric("QueueAge", "Seconds", "Queue")
ACTIVE_USERS = Metric("ActiveUsers", "Count")
FAILED_LOGINS = Metric("FailedLogins", "Count")
FAILED_REPORTS = Metric("FailedReports", "Count")

#: CloudWatch charges a combination by the hour in which it comes.
MOST_VALUES = 100
VALUE_SECONDS = 3600

#: Longest value of a dimension (CloudWatch API, Dimension).
LONGEST_VALUE = 1024


class Values:
    """The values of a dimension of this process: each costs money, so there are not many.

    A value keeps its place for an hour after it was last seen; one that finds no place is refused.
    """

    def __init__(self, most: int = MOST_VALUES, seconds: float = VALUE_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._seen: dict[str, float] = {}
        self._guard = threading.Lock()

    def admit(self, value: str, now: float) -> bool:
        """Whether it has a place, or gets one.

        :param now: seconds of a clock that only goes forward
        """
        with self._guard:
            if value not in self._seen and len(self._seen) >= self._most:
                fresh = {one: at for one, at in self._seen.items() if now - at < self._seconds}
                self._seen = fresh
                if len(fresh) >= self._most:
                    return False
            self._seen[value] = now
            return True


_values: dict[str, Values] = {}
_guard = threading.Lock()


def record(
    values: Mapping[Metric, float],
    of: object = None,
    *,
    in_total: bool = True,
    at: float | None = None,
) -> None:
    """Write a line.

    :param values: metrics with the same dimension, and what was measured
    :param of: value of their dimension
    :param in_total: whether it counts without the dimension as well
    :param at: when it was, in seconds since the epoch; now by default
    """
    directive: list[list[str]] = [[]] if in_total else []
    members: dict[str, Any] = {metric.name: value for metric, value in values.items()}
    dimension = next(iter(values)).dimension
    if of is not None and dimension is not None:
        value = dimension_value(of)
        if _of(dimension).admit(value, time.monotonic()):
            directive.append([dimension])
            members[dimension] = value
    if not directive:
        return
    metrics = [{"Name": metric.name, "Unit": metric.unit} for metric in values]
    metadata = {
        "Timestamp": int((time.time() if at is None else at) * 1000),
        "CloudWatchMetrics": [
            {"Namespace": NAMESPACE, "Dimensions": directive, "Metrics": metrics}
        ],
    }
    # As the message: the formatter drops extra members that begin with an underscore.
    lines.info({"_aws": metadata, **members})


def dimension_value(value: object) -> str:
    """As CloudWatch takes it: printable ASCII, no colon at the beginning, not blank."""
    text = "".join(one if " " <= one <= "~" else "?" for one in str(value))[:LONGEST_VALUE]
    if text.startswith(":"):
        text = "?" + text[1:]
    return text if text.strip() else "?"


def _of(dimension: str) -> Values:
    with _guard:
        return _values.setdefault(dimension, Values())
