"""How long an invocation may still wait."""

import time
from collections.abc import Callable
from typing import Any


def seconds_left(context: Any, reserve: float) -> Callable[[], float]:
    """Asks how many seconds are left before Lambda ends the run.

    :param reserve: seconds kept for what comes after a wait, such as reporting an error
    """
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - reserve
    return lambda: end - time.monotonic()
