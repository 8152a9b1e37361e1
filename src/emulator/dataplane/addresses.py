"""Loopback addresses: everything that listens has one of its own, and so keeps its usual port."""

from __future__ import annotations

import os
import random
import socket
import threading

_LOCK_PORT = 49_151


class Addresses:
    """One 127.a.b.0/24. A listening socket holds it, so two emulators never share one."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        self._guard = threading.Lock()
        numbers = random.Random(os.getpid())
        while True:
            prefix = f"127.{numbers.randrange(64, 128)}.{numbers.randrange(1, 255)}"
            self._lock = socket.socket()
            try:
                self._lock.bind((f"{prefix}.254", _LOCK_PORT))
            except OSError:
                self._lock.close()
                continue
            self._prefix = prefix
            return

    def take(self, name: str) -> str:
        """The address of a thing; the same for the same name."""
        with self._guard:
            if name not in self._taken:
                used = set(self._taken.values())
                self._taken[name] = next(
                    address
                    for address in (f"{self._prefix}.{number}" for number in range(1, 254))
                    if address not in used
                )
            return self._taken[name]

    def rename(self, name: str, other: str) -> None:
        """The same address for a thing that is called otherwise now."""
        with self._guard:
            self._taken[other] = self._taken.pop(name)

    def release(self, name: str) -> None:
        """Another thing may have it."""
        with self._guard:
            self._taken.pop(name, None)

    def close(self) -> None:
        """Give the block away."""
        self._lock.close()
