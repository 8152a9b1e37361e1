"""The local processes the emulator started: all of them end with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

#: With the region that each runs in.
_running: dict[subprocess.Popen[bytes], str] = {}
_guard = threading.Lock()
_stopping = False


class Stopping(Exception):
    """The emulator is shutting down and starts nothing any more."""


def start(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, region: str
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, with pipes for input, output and errors.

    :param region: ends with it, too
    """
    with _guard:
        if _stopping:
            raise Stopping("the emulator is stopping")
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        _running[process] = region
        return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process and its children, and forget it."""
    _kill_group(process)
    process.wait()
    with _guard:
        _running.pop(process, None)


def lose(region: str) -> None:
    """Kill every process of a region; who waits for one sees that it ended."""
    with _guard:
        processes = [process for process, where in _running.items() if where == region]
    for process in processes:
        _kill_group(process)


def end_all() -> None:
    """End every process; from now on none is started."""
    global _stopping
    with _guard:
        _stopping = True
        processes = list(_running)
    for process in processes:
        end(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
