"""Host names of this AWS, for the processes of tasks only: nothing of the machine is changed.

nss_wrapper (cwrap.org) answers getaddrinfo from a file.
"""

from __future__ import annotations

import threading
from pathlib import Path


class Names:
    """A file of hosts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._addresses: dict[str, str] = {}
        self._guard = threading.Lock()
        self._library = next(Path("/usr/lib").glob("*/libnss_wrapper.so"), None)
        if self._library is None:
            raise FileNotFoundError("libnss_wrapper.so is missing: apt-get install libnss-wrapper")
        self._write()

    def set(self, name: str, address: str) -> None:
        """Let a name resolve to an address."""
        with self._guard:
            if self._addresses.get(name) != address:
                self._addresses[name] = address
                self._write()

    def remove(self, name: str) -> None:
        """It resolves to nothing any more."""
        with self._guard:
            if self._addresses.pop(name, None):
                self._write()

    def all(self) -> dict[str, str]:
        """Every name."""
        return dict(self._addresses)

    def environment(self) -> dict[str, str]:
        """What a process needs to resolve them."""
        return {"LD_PRELOAD": str(self._library), "NSS_WRAPPER_HOSTS": str(self._file)}

    def _write(self) -> None:
        lines = [f"{address} {name}" for name, address in self._addresses.items()]
        partial = self._file.with_suffix(".partial")
        partial.write_text("\n".join(["127.0.0.1 localhost", *lines]) + "\n", encoding="utf-8")
        partial.chmod(0o644)
        partial.replace(self._file)
