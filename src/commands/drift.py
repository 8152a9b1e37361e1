"""``make drift``: how the account differs from what is committed, in Markdown.

Plans every stack of SUPERSET_ENVIRONMENT and writes .build/drift.md, empty where nothing differs.
What a deploy would change although nothing was merged since the last one, was changed by hand. Ends
with 1 where something differs, or where a stack could not be planned.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from commands import diff, plans
from commands.environment import BUILD
from commands.guard.__main__ import document

REPORT = BUILD / "drift.md"
#: What is no difference: data sources are read at every plan.
_SAME = ("no-op", "read")


def report(stacks: list[str], output: Path) -> str:
    """The differences of the stacks whose plans lie in a synthesis; empty without any."""
    return "\n\n".join(part for stack in stacks for part in _stack(stack, output))


def _stack(stack: str, output: Path) -> Iterator[str]:
    if not (output / "stacks" / stack / "plan").is_file():
        yield f"### {stack}\nIt could not be planned: see the run's log."
        return
    found = plans.changes(stack, document(stack, Path("plan"), output))
    lines = [_line(one) for one in found if one.action not in _SAME]
    if lines:
        yield "\n".join([f"### {stack}", *lines])


def _line(change: plans.Change) -> str:
    """Names of attributes, without their values: who reads issues need not read the account."""
    differences = ", ".join(f"`{name}`" for name in change.differences)
    told = f": {differences}" if change.action in ("update", "replace") and differences else ""
    return f"- **{change.action}** `{change.address}`{told}"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="drift", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--write", type=Path, default=REPORT, metavar="FILE")
    options = parser.parse_args(arguments)
    options.write.unlink(missing_ok=True)
    if status := diff.synthesize():
        return status
    stacks = diff.all_stacks()
    diff.plan(stacks)
    text = report(stacks, diff.OUTPUT)
    options.write.parent.mkdir(parents=True, exist_ok=True)
    options.write.write_text(f"{text}\n" if text else "")
    print(text or "nothing differs")
    return 1 if text else 0


if __name__ == "__main__":
    sys.exit(main())
