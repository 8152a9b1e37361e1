"""What process groups occupy: one look at all processes for all containers."""

from __future__ import annotations

import os
from pathlib import Path


def resident(groups: set[int]) -> dict[int, int]:
    """Bytes by process group, shared pages divided among those that share them.

    Proportional sizes are close to what a cgroup would count.
    """
    found = dict.fromkeys(groups, 0)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            group = os.getpgid(int(entry.name))
            if group in found:
                found[group] += _proportional((entry / "smaps_rollup").read_text())
        except (OSError, ProcessLookupError):
            continue
    return found


def _proportional(text: str) -> int:
    lines = (line.split() for line in text.splitlines() if line.startswith("Pss:"))
    return sum(int(line[1]) * 1024 for line in lines)
