"""Waiting until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class InVain(Exception):
    """It did not come; what was waited for, and for how long. The cause is the last error."""


def until(
    what: str,
    done: Callable[[], T],
    seconds: float = 300,
    *,
    despite: type[Exception] | tuple[type[Exception], ...] = (),
    hopeless: Callable[[], object] = lambda: False,
    said: Callable[[], str] = lambda: "",
    sleep: Callable[[float], object] = time.sleep,
) -> T:
    """What ``done`` gave, once that is true.

    :param despite: errors of ``done`` that mean: not yet
    :param hopeless: whether it cannot come any more
    :param said: what helps to see why it did not come, such as the end of a log
    :param sleep: how a moment passes
    """
    began = time.monotonic()
    while True:
        error: Exception | None = None
        try:
            if found := done():
                return found
        except despite as problem:
            error = problem
        waited = time.monotonic() - began
        if waited > seconds or hopeless():
            details = [str(error or ""), said()]
            message = "\n".join([f"waited {waited:.0f} s in vain until {what}", *details])
            raise InVain(message.rstrip()) from error
        sleep(0.1)
