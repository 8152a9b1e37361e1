"""The data plane: what this AWS's API describes really runs, as processes on loopback addresses.

One thread looks at the API's state four times a second and makes the world alike. API calls only
change the state, as on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.dataplane.plane import Dataplane

_current: Dataplane | None = None


def current() -> Dataplane | None:
    """The running data plane; None when tasks and engines are only records."""
    return _current


def use(plane: Dataplane | None) -> None:
    """Set by the server."""
    global _current
    _current = plane
