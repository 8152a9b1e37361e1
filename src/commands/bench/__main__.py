"""Measures, and writes docs/benchmarks.md: ``python -m commands.bench``.

One part alone leaves the page's other part as it is.
"""

from __future__ import annotations

import argparse
import os
import re
import sys

from commands.bench import capacity, synthesizing
from commands.bench.synthesizing import PAGE, by_hand
from commands.environment import ROOT

#: The page's parts after synthesizing: which heading begins each.
_PARTS = {"capacity": "## One web task", "far": "## Far from the writer"}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("synthesizing", "capacity"), help="one part alone")
    parser.add_argument("--turns", type=int, default=7, help="how often each synthesis runs")
    parser.add_argument("--seconds", type=int, default=30, help="of each number of users")
    parser.add_argument("--rounds", type=int, default=3, help="of the measurement at saturation")
    options = parser.parse_args()
    os.chdir(ROOT)
    written = PAGE.read_text()
    found = _CAPACITY.search(written)
    kept = found[0] if found else ""
    first = _CAPACITY.sub("", written)
    if options.only != "capacity":
        first = synthesizing.measure(options.turns)
        PAGE.write_text(f"{first.rstrip()}\n\n{kept}")
    if options.only != "synthesizing":
        profile = by_hand("What bounds it")
        kept = f"{capacity.measure(options.seconds, options.rounds)}\n{profile}"
        PAGE.write_text(f"{first.rstrip()}\n\n{kept}")
    print(PAGE.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
