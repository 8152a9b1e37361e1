"""Sign of life of processes that listen to nobody: a file whose time is renewed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

#: Older than this, and the process hangs.
STALE_SECONDS = 30
BEAT_SECONDS = 5


def file() -> Path:
    """The file of this container."""
    return Path(os.environ.get("TMPDIR", tempfile.gettempdir())) / "superset-pulse"


def beat() -> None:
    """Renew it."""
    file().touch()


def age() -> float:
    """Seconds since it was renewed; infinite when it never was."""
    try:
        return time.time() - file().stat().st_mtime
    except FileNotFoundError:
        return float("inf")
