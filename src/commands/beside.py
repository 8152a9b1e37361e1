"""Runs one command beside another: `python -m commands.beside LOG FIRST -- COMMAND ARGUMENT…`

FIRST, one text, runs behind the scenes and writes into LOG, which is shown when COMMAND has ended
and followed to its end. When one fails, the other is interrupted, as Ctrl-C interrupts both.
"""

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

LOOK_SECONDS = 0.5


class Told(Exception):
    """This process was told to end."""


def run(log: Path, first: Sequence[str], second: Sequence[str]) -> int:
    """The exit code: 0 if both ended with 0, otherwise that of the one that failed first."""
    # What a shell starts in the background ignores SIGINT, and so would both of them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output, log.open("rb") as shown:
        behind = subprocess.Popen(
            first, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        before = subprocess.Popen(second)
        try:
            while before.poll() is None and not behind.poll():
                time.sleep(LOOK_SECONDS)
            code = before.poll() or behind.poll() or 0
            if not code:
                print(f"The rest was written to {log}:", flush=True)
            while not code and behind.poll() is None:
                _copy(shown)
                time.sleep(LOOK_SECONDS)
            return code or behind.wait()
        finally:
            for process in (before, behind):
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
            for process in (before, behind):
                process.wait()
            _copy(shown)


def _copy(log: BinaryIO) -> None:
    sys.stdout.buffer.write(log.read())
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    log, first, dashes, *second = arguments
    assert dashes == "--"

    def told(*_: object) -> None:
        raise Told

    signal.signal(signal.SIGTERM, told)
    try:
        return run(Path(log), shlex.split(first), second)
    except (Told, KeyboardInterrupt):
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
