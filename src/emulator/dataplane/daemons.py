"""Processes that live as long as what they stand for, and never longer than the emulator.

The kernel kills them when the emulator is gone, however it ended. It does so when the *thread*
that started them ends, so one thread that never ends starts all of them. Their children are the
guard's affair.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class _Guard:
    """The process that outlives the emulator for a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def tell(self, sign: str, group: int) -> None:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-S", "-E", str(Path(__file__).with_name("guard.py"))],
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                )
            assert self._process.stdin is not None
            self._process.stdin.write(f"{sign}{group}\n".encode())
            self._process.stdin.flush()


_guard = _Guard()


def spawn(
    command: Sequence[str],
    output: Path | int,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own; its output goes to a file or a descriptor.

    Whoever starts it calls ``end`` or ``forget``.
    """
    prefix = ["setpriv", "--pdeathsig", "KILL"]
    if user is not None and os.geteuid() == 0:
        prefix += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
    target = output if isinstance(output, int) else os.open(output, _APPEND, 0o644)

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*prefix, *command],
            env=None if environment is None else dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _guard.tell("+", process.pid)
        return process

    try:
        return _spawner.submit(start).result()
    finally:
        if not isinstance(output, int):
            os.close(target)


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the whole group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def forget(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group of a process that has ended or must end now."""
    send(process, signal.SIGKILL)
    process.wait()
    _guard.tell("-", process.pid)


def destroy(process: subprocess.Popen[bytes]) -> None:
    """As when the machine under it is gone: the process and all below it at once, whatever group
    they are in (each backend of PostgreSQL has one of its own)."""
    send(process, signal.SIGSTOP)
    for pid in _below(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    forget(process)


def _below(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = file.read_text()
            parents[int(text.split()[0])] = int(text.rpartition(")")[2].split()[1])
    found: set[int] = set()
    while more := {one for one, above in parents.items() if above in found | {pid}} - found:
        found |= more
    return found


def end(process: subprocess.Popen[bytes], number: signal.Signals, seconds: float) -> None:
    """Ask, wait, kill."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    forget(process)


def owner(user: str, *paths: Path) -> None:
    """Give files to the user that a daemon runs as."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)
