"""What commands print: lines with the time since the start, and tables."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Sequence

from commands.progress import clock


class Console:
    """Lines with the elapsed time in front. On a terminal the last line may be replaced."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self._lock = threading.Lock()
        self._terminal = sys.stdout.isatty()
        self._replaceable = False

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    def say(self, text: str = "", *, replaceable: bool = False) -> None:
        """Prints a line; a replaceable one is overwritten by the next on a terminal."""
        with self._lock:
            if self._replaceable:
                sys.stdout.write("\r\x1b[2K")
            stamp = f"[{clock(self.elapsed()):>5}] " if text else ""
            self._replaceable = replaceable and self._terminal
            end = "" if self._replaceable else "\n"
            sys.stdout.write(f"{stamp}{self._fit(text) if self._replaceable else text}{end}")
            sys.stdout.flush()

    @staticmethod
    def _fit(text: str) -> str:
        return text[: max(20, shutil.get_terminal_size().columns - 9)]


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned by spaces; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    right = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        parts = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    rule = ["-" * width for width in widths]
    return "\n".join(line(row) for row in [list(header), rule, *cells])
