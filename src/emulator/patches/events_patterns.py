"""EventBridge: moto's patterns find nothing in objects that are in a list."""

from __future__ import annotations

from typing import Any

from moto.events.models import EventPattern


def install() -> None:
    """Look into them."""
    EventPattern._flatten_dict = staticmethod(_flat)


def _flat(node: Any, prefix: str = "", result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Values by their path, where there are several as a list (EventBridge User Guide, "Arrays in
    event patterns")."""
    found: dict[str, Any] = {} if result is None else result
    for key, value in node.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            _flat(value, path, found)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for one in value:
                for inner, held in _flat(one, path).items():
                    found.setdefault(inner, []).extend(held if isinstance(held, list) else [held])
        else:
            found[path] = value
    return found
