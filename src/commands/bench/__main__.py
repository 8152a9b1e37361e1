"""Measures, and writes docs/benchmarks.md: ``python -m commands.bench``.

One part alone leaves the page's other parts as they are.
"""

from __future__ import annotations

import argparse
import os
import re
import sys

from commands.bench import capacity, far, synthesizing
from commands.bench.synthesizing import PAGE, by_hand
from commands.environment import ROOT

#: The page's parts, and the heading that each begins with; the first one begins the page.
PARTS = {
    "synthesizing": "",
    "capacity": "## One web task\n",
    "far": "## Far from the writer\n",
}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--turns", type=int, default=7, help="how often each synthesis runs")
    parser.add_argument("--seconds", type=int, default=30, help="of each number of users")
    parser.add_argument("--rounds", type=int, default=3, help="of the measurement at saturation")
    parser.add_argument("--loads", type=int, default=9, help="of each place far from the writer")
    options = parser.parse_args()
    os.chdir(ROOT)
    parts = split(PAGE.read_text())
    for name in PARTS:
        if options.only not in (None, name):
            continue
        match name:
            case "synthesizing":
                parts[name] = synthesizing.measure(options.turns)
            case "capacity":
                profile = by_hand("What bounds it")
                parts[name] = f"{capacity.measure(options.seconds, options.rounds)}\n{profile}"
            case "far":
                parts[name] = far.measure(options.loads)
        PAGE.write_text("\n\n".join(part.strip() for part in parts.values() if part) + "\n")
    print(PAGE.read_text())
    return 0


def split(page: str) -> dict[str, str]:
    """The page's parts by name; empty where there is none yet."""
    headings = "|".join(re.escape(heading) for heading in PARTS.values() if heading)
    found = re.split(f"(?m)^(?={headings})", page)
    return {
        name: next((part for part in found if heading and part.startswith(heading)), "")
        for name, heading in PARTS.items()
    } | {"synthesizing": found[0]}


if __name__ == "__main__":
    sys.exit(main())
