"""Measuring a command with everything it starts."""

import sys
import time

from commands import measure


def test_memory_of_grandchildren_counts() -> None:
    hold = "import time; data = b'x' * (80 * 2**20); time.sleep(0.5)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    measured = measure.run(["sh", "-c", '"$0" -c "$1"; true', sys.executable, start])
    assert measured.exit_code == 0
    assert measured.peak_mib > 80
    assert measured.seconds > 0.5


def test_the_exit_status_is_kept() -> None:
    assert measure.run(["sh", "-c", "exit 3"]).exit_code == 3


def test_waiting_is_not_cpu_time() -> None:
    start = time.monotonic()
    measured = measure.run(["sleep", "0.3"])
    assert measured.cpu_seconds < measured.seconds <= time.monotonic() - start
