"""What moto lacks: one module per gap, each with a test that fails without it."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from emulator import functions


def install() -> None:
    """Close every gap, in the order of the modules' names; once, before the first request."""
    functions.install()
    for found in pkgutil.iter_modules(__path__):
        if found.name != "tools":
            import_module(f"{__name__}.{found.name}").install()
