"""gunicorn's settings.

Several processes fork from one that has loaded the application: they share its memory, and start in
half the time. What must not be shared, connections, is dropped in each child. A single one loads it
itself: nobody has a second copy (docs/benchmarks.md).
"""

from __future__ import annotations

import gc
from typing import Any

from superset_aws.json_lines import dictionary
from superset_aws.replacing import Replacement, ended
from superset_aws.settings import current

_server = current().server

bind = _server.bind
worker_class = "gthread"
workers = _server.processes
threads = _server.threads
timeout = _server.timeout
# Less than the 120 seconds that Fargate leaves between SIGTERM and SIGKILL.
graceful_timeout = 110
keepalive = _server.keepalive
preload_app = workers > 1
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
# Only the load balancer reaches the port.
forwarded_allow_ips = "*"
logconfig_dict = dictionary()
accesslog = None


def when_ready(server: Any) -> None:
    """The same before processes fork: its pages stay shared."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Give up the connections that the parent opened: two processes on one TLS stream break it."""
    worker.replacement = Replacement()
    if not preload_app:
        return
    from superset.extensions import db

    from superset_aws.database import reads
    from superset_aws.web import app

    with app.app_context():
        db.engine.dispose(close=False)
    reads.of(app).engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    """What is loaded stays: the collector need not walk it. What a process needs to know before its
    first request is asked for."""
    from superset_aws.database import reads
    from superset_aws.database.fence import fence
    from superset_aws.web import app

    gc.collect()
    gc.freeze()
    reads.of(app).start()
    fence().watch()


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Leave after many."""
    worker.replacement.look(worker)


def child_exit(server: Any, worker: Any) -> None:
    """Its place may be taken already."""
    ended(server)


def worker_exit(server: Any, worker: Any) -> None:
    """Write the rows of the event log that wait."""
    from superset_aws.event_log import event_logger

    event_logger.flush()
