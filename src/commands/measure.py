"""Wall time and memory of a command with everything it starts.

``getrusage`` reports the largest single child only. Synthesizing is a JVM and a Node process side
by side, so the resident sets of the whole tree are added up, sampled from ``/proc``.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.01


@dataclass(frozen=True)
class Measurement:
    """One run of a command."""

    seconds: float
    #: CPU seconds of the command and the children it waited for.
    cpu_seconds: float
    #: Highest sum, over all samples, of the resident set sizes of the process tree, in MiB.
    #: Pages shared by two of its processes count twice: it never flatters.
    peak_mib: float
    exit_code: int


def tree(root: int) -> list[int]:
    """Process ids of ``root`` and its living descendants."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def resident_bytes(pid: int) -> int:
    """Resident set size of a process; 0 once it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def run(
    command: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Measurement:
    """Runs ``command`` to its end, its output dropped."""
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment) if environment is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = 0
        done = threading.Event()

        def sample() -> None:
            nonlocal peak
            while not done.is_set():
                peak = max(peak, sum(map(resident_bytes, tree(process.pid))))
                done.wait(SAMPLE_SECONDS)

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        done.set()
        sampler.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measurement(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mib=peak / 2**20,
        exit_code=process.returncode,
    )
