"""A process of gunicorn that has served long enough leaves when another one is there.

Superset's memory grows (issues 16523 and 20733). gunicorn's own `max_requests` closes its door at
once and forks the next process when the last open request has ended: with one process nobody
answers meanwhile, and a request that the load balancer sends on a connection that it kept is never
read. Here the next process comes first, and the old one leaves when nobody has a connection to it.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from typing import Any

#: Requests that a process answers, some 2,500 loads of a dashboard; and how much more at most, so
#: that processes do not leave at once.
REQUESTS = 40_000
MORE = 10_000


#: Seconds in which the next process has loaded the application: five to ten are usual.
LOADING = 60


class Replacement:
    """One process's, from its fork to its end."""

    def __init__(self, requests: int = REQUESTS, more: int = MORE, loading: int = LOADING) -> None:
        self._last = requests + random.randint(0, more)
        self._loading = loading
        self._guard = threading.Lock()
        self._is_leaving = False

    def look(self, worker: Any) -> None:
        """After each request, in any thread (hook post_request)."""
        with self._guard:
            if self._is_leaving or worker.nr < self._last:
                return
            self._is_leaving = True
        worker.log.info("another process takes over after %d requests", worker.nr)
        os.kill(worker.ppid, signal.SIGTTIN)
        after(self._loading, close, worker)
        # A connection on which nothing was asked meanwhile has been closed by then.
        after(self._loading + worker.cfg.keepalive + 1, os.kill, os.getpid(), signal.SIGTERM)


def close(worker: Any) -> None:
    """New connections are the next process's, and every answer closes the one that it came on."""
    for listener in worker.sockets:
        worker.poller.unregister(listener)
    worker.max_keepalived = 0


def after(seconds: float, call: Callable[..., object], *arguments: object) -> None:
    """Call later, unless the process has ended."""
    timer = threading.Timer(seconds, call, arguments)
    timer.daemon = True
    timer.start()


def ended(server: Any) -> None:
    """After a process has ended, in the one that watches them (hook child_exit).

    SIGTTIN asks for one process more than configured: it takes the place of the one that ended.
    """
    if server.num_workers > server.cfg.workers:
        server.num_workers -= 1
