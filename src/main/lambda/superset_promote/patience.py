"""How long one invocation may still wait."""

from typing import Any

from superset_shared.failover import clock

_RESERVE_SECONDS = 30.0
"""Left for what comes after a wait, before Lambda ends the run."""


class NotYet(Exception):
    """This invocation's time is up: the next one goes on. The message says what is waited for."""


class Patience:
    """The function's own limit, or less where the event says so."""

    def __init__(self, context: Any, seconds: float | None) -> None:
        left = context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS
        if seconds is not None:
            left = min(left, seconds)
        self._end = clock.now().timestamp() + left

    def left(self) -> float:
        """Seconds."""
        return self._end - clock.now().timestamp()

    def spend(self, seconds: float, what: str) -> None:
        """Wait a moment; NotYet when there is no time for it."""
        if self.left() < seconds:
            raise NotYet(what)
        clock.sleep(seconds)
