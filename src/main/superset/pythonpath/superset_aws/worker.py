"""The Celery application of worker and beat."""

from __future__ import annotations

from typing import Any, ClassVar

from celery import bootsteps
from celery.signals import worker_process_shutdown
from superset.tasks.celery_app import app

from superset_aws import pulse
from superset_aws.event_log import event_logger


class Pulse(bootsteps.StartStopStep):
    """Renews the sign of life from the loop that takes tasks: a loop that hangs is noticed."""

    requires: ClassVar = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        """Once the worker runs."""
        pulse.beat()
        worker.timer.call_repeatedly(pulse.BEAT_SECONDS, pulse.beat)


app.steps["worker"].add(Pulse)


@worker_process_shutdown.connect
def flush(**_: Any) -> None:
    """Pool processes leave without running exit handlers."""
    event_logger.flush()
