"""Alerts and reports that failed."""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy import event

from superset_aws.metrics.lines import FAILED_REPORTS, record

#: A run that fails writes a row with the reason, and another one when its owner was told.
_failed: deque[str] = deque(maxlen=100)


def count_failures() -> None:
    """Whenever Superset writes down that a run ended with an error."""
    from superset.reports.models import ReportExecutionLog, ReportState

    def written(_: Any, __: Any, row: Any) -> None:
        execution = str(row.uuid)
        if row.state == ReportState.ERROR and execution not in _failed:
            _failed.append(execution)
            record({FAILED_REPORTS: 1})

    event.listen(ReportExecutionLog, "after_insert", written)
