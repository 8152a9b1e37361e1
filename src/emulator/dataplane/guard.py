"""Ends what an emulator started, when that was killed: ``python guard.py``, groups on its input.

The kernel ends the processes that the emulator started itself (daemons), not their children, and a
frozen one notices nothing. The input ends with the emulator, however that ended. Stands alone, so
that it starts in a moment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Lines ``+GROUP`` and ``-GROUP`` until the end of the input, then kill what is left."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
