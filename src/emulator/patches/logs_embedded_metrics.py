"""CloudWatch Logs: moto makes no metrics of lines in the embedded metric format."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs.models import LogStream

from emulator.patches.tools import around

#: Most values of a metric in one line (AWS: "Specification: Embedded metric format").
MOST_VALUES = 100
MOST_DIMENSIONS = 30


def install() -> None:
    """Look at every line that is taken."""
    around(LogStream, "put_log_events")(_put)


def _put(original: Any, self: LogStream, log_events: list[dict[str, Any]]) -> str:
    token: str = original(self, log_events)
    backend = cloudwatch_backends[self.account_id][self.region]
    for event in log_events:
        for namespace, data in _metrics(event["message"]):
            backend.put_metric_data(namespace, data)
    return token


def _metrics(message: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Namespace and data of each directive; what does not follow the format is left out, as AWS
    leaves it out."""
    if '"_aws"' not in message:
        return []
    try:
        line = json.loads(message)
        metadata = line["_aws"]
        at = datetime.fromtimestamp(metadata["Timestamp"] / 1000, UTC).replace(tzinfo=None)
        return [
            (directive["Namespace"], _data(line, directive, at))
            for directive in metadata["CloudWatchMetrics"]
        ]
    except (ValueError, TypeError, KeyError, OverflowError):
        return []


def _data(line: dict[str, Any], directive: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "MetricName": metric["Name"],
            "Dimensions": _dimensions(line, names),
            "Timestamp": at,
            "Unit": metric.get("Unit", "None"),
            "Values": _values(line[metric["Name"]]),
        }
        for names in directive["Dimensions"]
        for metric in directive["Metrics"]
    ]


def _dimensions(line: dict[str, Any], names: list[str]) -> list[dict[str, str]]:
    if len(names) > MOST_DIMENSIONS or not all(isinstance(line[name], str) for name in names):
        raise ValueError("a dimension is a text")
    return [{"Name": name, "Value": line[name]} for name in names]


def _values(value: Any) -> list[float]:
    values = value if isinstance(value, list) else [value]
    numbers = [
        float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool)
    ]
    if len(numbers) != len(values) or not 0 < len(values) <= MOST_VALUES:
        raise ValueError("a metric is a number, or some of them")
    return numbers
