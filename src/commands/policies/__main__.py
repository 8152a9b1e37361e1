"""Prints what every role may do: ``python -m commands.policies [STACK …]``.

One line for each statement of a role: what it allows, on what, and whether the tests saw it called.
Ends with 1 if a check finds something that exceptions.yaml does not name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import yaml

from commands.console import table
from commands.policies import checks
from commands.policies.documents import Stack, as_list, stacks

HEADER = ("role", "statement", "actions", "resources", "called")
#: More of a statement is counted, not listed.
LISTED = 3


def rows(stack: Stack) -> Iterator[tuple[str, ...]]:
    """The statements of a stack's roles, and those that CI's roles have in common."""
    for policy in sorted(stack.policies(), key=lambda one: one.owner):
        if policy.kind != "identity":
            continue
        for statement in policy.statements:
            refuses = "not " if statement["Effect"] == "Deny" else ""
            yield (
                policy.owner,
                statement["Sid"],
                refuses + _some(statement["Action"]),
                _some([_short(one) for one in statement["Resource"]]),
                "" if refuses else _called(policy.owner, statement["Action"]),
            )


def _short(arn: str) -> str:
    """An ARN without partition and account, the region only where it is said."""
    if not arn.startswith("arn:"):
        return arn
    _, _, service, region, _, resource = arn.split(":", 5)
    return ":".join(part for part in (service, region.strip("*"), resource) if part)


def _some(values: Sequence[str]) -> str:
    more = len(values) - LISTED
    return ", ".join(values[:LISTED]) + (f" and {more} more" if more > 0 else "")


def _called(role: str, actions: Sequence[str]) -> str:
    """Whether the tests saw it, or how many of the actions they did not see."""
    unseen = {
        action
        for entry in yaml.safe_load(checks.UNUSED.read_text())
        if role in as_list(entry["of"])
        for action in actions
        if action in as_list(entry["what"]) or entry["what"] == "*"
    }
    if not unseen:
        return "yes"
    return "elsewhere" if len(unseen) == len(actions) else f"{len(actions) - len(unseen)} of them"


def report(chosen: Sequence[Stack]) -> tuple[str, int]:
    """The table of some stacks, and how many findings have no exception."""
    excepted = checks.exceptions()
    lines = []
    unexcepted = 0
    for stack in chosen:
        found = list(checks.findings(stack))
        listed = list(rows(stack))
        if not listed:
            continue
        bad = [one for one in found if not any(each.covers(one) for each in excepted)]
        unexcepted += len(bad)
        lines += [f"\n{stack.name}: {len(stack.roles())} roles", table(HEADER, listed)]
        lines += [f"NOT EXCEPTED {one.kind} of {one.owner}: {one.subject}" for one in bad]
    lines.append(
        f"\n{unexcepted} findings beside the {len(excepted)} entries of "
        f"{checks.EXCEPTIONS.relative_to(checks.EXCEPTIONS.parents[3])}"
    )
    return "\n".join(lines), unexcepted


def main(arguments: Sequence[str]) -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="policies", description=__doc__)
    parser.add_argument("stacks", nargs="*", help="names of stacks; none: all of them")
    names = parser.parse_args(arguments).stacks
    text, unexcepted = report([one for one in stacks() if not names or one.name in names])
    print(text)
    return 1 if unexcepted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
