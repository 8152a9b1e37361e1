"""Processes that live as long as what they stand for, and never longer than the emulator.

The kernel kills them when the emulator is gone, however it ended. It does so when the *thread*
that started them ends, so all of them are started by the data plane's one thread.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def spawn(
    command: Sequence[str],
    output: Path | int,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own; its output goes to a file or a descriptor."""
    prefix = ["setpriv", "--pdeathsig", "KILL"]
    if user is not None and os.geteuid() == 0:
        prefix += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
    target = output if isinstance(output, int) else os.open(output, _APPEND, 0o644)
    try:
        return subprocess.Popen(
            [*prefix, *command],
            env=None if environment is None else dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        if not isinstance(output, int):
            os.close(target)


_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the whole group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def end(process: subprocess.Popen[bytes], number: signal.Signals, seconds: float) -> None:
    """Ask, wait, kill."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    send(process, signal.SIGKILL)
    process.wait()


def owner(user: str, *paths: Path) -> None:
    """Give files to the user that a daemon runs as."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)
