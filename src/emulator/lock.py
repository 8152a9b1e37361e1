"""The one lock around moto's state.

moto was written for tests with one thread; Terraform sends thirty requests at once. Every request
therefore runs alone, except while a function is being executed: it calls back into the emulator.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_owner: int | None = None


@contextmanager
def held() -> Iterator[None]:
    """Hold the lock; a thread that holds it already passes."""
    global _owner
    if _owner == threading.get_ident():
        yield
        return
    with _lock:
        _owner = threading.get_ident()
        try:
            yield
        finally:
            _owner = None


@contextmanager
def released() -> Iterator[None]:
    """Give the lock away while this thread waits for something that calls back."""
    global _owner
    if _owner != threading.get_ident():
        yield
        return
    _owner = None
    _lock.release()
    try:
        yield
    finally:
        _lock.acquire()
        _owner = threading.get_ident()
