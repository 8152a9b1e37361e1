"""Every request of the process's life, with its parameters, for the tests."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

#: Longer binary values (code of functions, objects) are recorded as size and digest.
LONGEST_BLOB = 4096


class Recorder:
    """An append-only list of requests, numbered from 0."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._requests: list[dict[str, Any]] = []

    def add(self, entry: dict[str, Any]) -> None:
        """Record one request; its number is added as ``n``."""
        with self._guard:
            self._requests.append({"n": len(self._requests), **entry})

    def since(self, first: int, **equal: str) -> dict[str, Any]:
        """The requests from number ``first`` on whose fields equal those given, and the next."""
        with self._guard:
            found = self._requests[max(first, 0) :]
            following = len(self._requests)
        return {
            "next": following,
            "requests": [
                entry
                for entry in found
                if all(entry.get(name) == value for name, value in equal.items())
            ],
        }

    def __len__(self) -> int:
        return len(self._requests)


def plain(value: Any) -> Any:
    """The parameters of a request as JSON can carry them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        if len(value) > LONGEST_BLOB:
            return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
