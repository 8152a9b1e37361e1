"""The emulator's own folder for files that live as long as it does."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

_guard = threading.Lock()
_folder: Path | None = None


def folder() -> Path:
    """The folder, made at the first call."""
    global _folder
    with _guard:
        if _folder is None:
            _folder = Path(tempfile.mkdtemp(prefix="emulator-"))
        return _folder


def remove() -> None:
    """Remove the folder with all that is in it."""
    with _guard:
        if _folder is not None:
            shutil.rmtree(_folder, ignore_errors=True)
