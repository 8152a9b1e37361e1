"""CloudWatch: moto counts metrics with dimensions in where a statistic names none of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from emulator.patches.tools import around


def install() -> None:
    """Each combination of dimensions is a metric of its own."""
    around(CloudWatchBackend, "get_metric_statistics")(_statistics)


def _statistics(original: Any, self: CloudWatchBackend, *args: Any, **kwargs: Any) -> Any:
    wanted = {one["Name"]: one["Value"] for one in kwargs["dimensions"] or []}
    data = [
        datum
        for datum in self.get_all_metrics()
        if {one.name: one.value for one in datum.dimensions} == wanted
    ]
    return original(SimpleNamespace(get_all_metrics=lambda: data), *args, **kwargs)
