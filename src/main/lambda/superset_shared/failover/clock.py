"""Time: one place, so that tests need not wait."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC: what is recorded outlives an invocation."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
