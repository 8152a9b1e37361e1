"""Celery's scheduler with a sign of life."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler

from superset_aws import pulse


class Scheduler(PersistentScheduler):
    """Looks at its schedule at least every few seconds, and says so."""

    max_interval = pulse.BEAT_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_interval"] = pulse.BEAT_SECONDS
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> Any:
        """One look."""
        pulse.beat()
        return super().tick(*args, **options)
