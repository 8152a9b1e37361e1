"""The Celery application of worker and beat."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from celery import bootsteps
from celery.signals import worker_process_shutdown
from superset.tasks.celery_app import app

from superset_aws import pulse
from superset_aws.database.fence import fence
from superset_aws.event_log import event_logger
from superset_aws.metrics.reports import count_failures
from superset_aws.queues_names import QUEUES

logger = logging.getLogger(__name__)


class Pulse(bootsteps.StartStopStep):
    """Renews the sign of life from the loop that takes tasks: a loop that hangs is noticed."""

    requires: ClassVar = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        """Once the worker runs."""
        pulse.beat()
        worker.timer.call_repeatedly(pulse.BEAT_SECONDS, pulse.beat)


class Stopped(bootsteps.StartStopStep):
    """Takes no task from the queues while nothing may be written: another region does them."""

    requires: ClassVar = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        """Once the worker runs."""
        fence().watch()
        worker.timer.call_repeatedly(1, _look, (worker,))


def _look(worker: Any) -> None:
    consumer = worker.consumer
    if consumer.task_consumer is None:  # not connected to the broker
        return
    stopped = fence().refusal() is not None
    for queue in QUEUES:
        takes = consumer.task_consumer.consuming_from(queue)
        if stopped and takes:
            consumer.cancel_task_queue(queue)
        elif not stopped and not takes:
            consumer.add_task_queue(queue)


count_failures()
app.steps["worker"].add(Pulse)
app.steps["worker"].add(Stopped)


@worker_process_shutdown.connect
def flush(**_: Any) -> None:
    """Pool processes leave without running exit handlers."""
    event_logger.flush()
