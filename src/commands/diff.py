"""``make diff``: what a deploy would change, stack by stack, each plan judged by the guard.

``python -m commands.diff [STACK]``: one stack of SUPERSET_ENVIRONMENT, or all of them in the order
of a deploy. The plan stays beside the stack in cdktf.out, for ``make review``. Ends with 1 where a
plan fails or loses data, or where allowed-changes.yaml allows what no plan contains; the others are
planned all the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable

from commands.deploy import OUTPUT, Order
from commands.environment import GUARDED, ROOT, tools
from commands.guard.__main__ import main as judge


def synthesize() -> int:
    """Writes cdktf.out; returns cdktf's status."""
    return _cdktf("synth")


def all_stacks() -> list[str]:
    """The stacks that were synthesized, in the order of a deploy."""
    return Order.of(OUTPUT).names


def plan(stacks: Iterable[str]) -> list[str]:
    """Plans the stacks and judges each; returns those that are not to be deployed as they are."""
    failed = []
    for stack in stacks:
        (OUTPUT / "stacks" / stack / "plan").unlink(missing_ok=True)
        if _cdktf("diff", stack, "--skip-synth") or judge([stack, "--output", str(OUTPUT)]):
            failed.append(stack)
    return failed


def _cdktf(*words: str) -> int:
    command = ["cdktf", *words, "--output", str(OUTPUT)]
    return subprocess.call(command, cwd=ROOT, env={**tools(), **GUARDED})


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="diff", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="default: all of them")
    chosen = parser.parse_args(arguments).stacks
    if status := synthesize():
        return status
    failed = plan(chosen or all_stacks())
    if failed:
        print(f"not to be deployed as it is: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
