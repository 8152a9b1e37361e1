"""CloudWatch Logs: moto keeps a metric filter that is put anew beside the one of before."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogsBackend

from emulator.patches.tools import around


def install() -> None:
    """Put it in the place of the one with its name."""
    around(LogsBackend, "put_metric_filter")(_put)


def _put(
    original: Any,
    self: LogsBackend,
    filter_name: str,
    filter_pattern: str,
    log_group_name: str,
    metric_transformations: Any,
) -> None:
    filters = self.filters.metric_filters
    filters[:] = [
        one
        for one in filters
        if (one["filterName"], one["logGroupName"]) != (filter_name, log_group_name)
    ]
    original(self, filter_name, filter_pattern, log_group_name, metric_transformations)
