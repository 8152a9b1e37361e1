"""What Lambda refuses (AWS Lambda quotas)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.errors import Refusal

#: Seconds a function may run at most.
LONGEST = 900


def configuration(given: dict[str, Any]) -> Iterator[Refusal]:
    """The time limit."""
    seconds = given.get("Timeout")
    if seconds is not None and seconds > LONGEST:
        yield Refusal(
            "ValidationException",
            f"1 validation error detected: Value '{seconds}' at 'timeout' failed to satisfy "
            f"constraint: Member must have value less than or equal to {LONGEST}",
        )
