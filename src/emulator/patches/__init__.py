"""What moto lacks: one module per gap, each with a test that fails without it."""

from __future__ import annotations

from emulator import functions


def install() -> None:
    """Close every gap; called once, before the first request."""
    functions.install()
