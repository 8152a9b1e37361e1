"""Refuses what AWS refuses and moto lets pass."""

from __future__ import annotations

from emulator.errors import Refusal
from emulator.wire import Call


def refusal(call: Call, body: bytes) -> Refusal | None:
    """Why AWS would refuse this request, or None."""
    return None
