"""`make cost`: what an environment costs a month, and what would change that.

Reads main.tf.json-snapshots, or another folder of stacks. `--against` compares with another folder,
or with a file that `--json` wrote, and prints what a change costs.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from commands import snapshots
from commands.cost import changes, page, report
from commands.cost.amounts import total
from commands.cost.estimate import Estimate, budget_of, estimate, read, stacks_of, variants
from commands.cost.hours import scheduled
from commands.cost.options import Options
from commands.cost.prices import Prices
from commands.cost.usage import Usage
from commands.problems import Mistakes
from commands.synthesized import Stack


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    options = _parser().parse_args(arguments)
    try:
        if options.write_page:
            page.write()
            print(f"written: {page.FILE.relative_to(snapshots.ROOT)}")
        else:
            print(_answer(options))
    except Mistakes as mistakes:
        print(mistakes, file=sys.stderr)
        return 1
    return 0


def _answer(options: argparse.Namespace) -> str:
    environment, prices = options.environment, Prices.read()
    usage = Usage.of(environment)

    def priced(folder: Path, how: Options | None = None) -> Estimate:
        stacks = stacks_of(environment, read(folder))
        return estimate(environment, stacks, prices, usage, how or _chosen(options, stacks))

    stacks = stacks_of(environment, read(options.stacks))
    found = priced(options.stacks)
    draw = report.markdown if options.markdown else report.aligned
    if options.json:
        return changes.to_json(found)
    if options.against:
        if options.against.is_dir():
            before = changes.costs(priced(options.against))
        else:
            before = changes.from_json(options.against, environment)
        return _changes(found, before, draw, markdown=options.markdown)
    parts = [
        f"{environment}, USD a month before tax; what traffic decides is from {usage.file}",
        draw(*report.by_service(found, items=options.items)),
        report.trust(found.lines),
    ]
    if limit := budget_of(stacks):
        parts.append(report.budget(limit, found.total))
    plain = scheduled(stacks)
    if _chosen(options, stacks) == plain:
        others = {
            name: priced(options.stacks, how)
            for name, how in variants(plain, may_stop=environment != "prod").items()
        }
        parts += ["A typical month, otherwise paid:", draw(*report.choices(found, others))]
    return "\n\n".join(parts)


def _chosen(options: argparse.Namespace, stacks: Sequence[Stack]) -> Options:
    """What the command line asks for; the hours are those of the stacks where it says none."""
    plain = scheduled(stacks)
    given: dict[str, Any] = {}
    if options.hours_per_week is not None:
        given = {"hours_per_week": options.hours_per_week, "stop_database": options.stop_database}
    elif options.stop_database:
        given = {"stop_database": True}
    return dataclasses.replace(
        plain,
        spot=options.spot == "on",
        savings_plan=options.savings_plan,
        reserved=options.reserved,
        **given,
    )


def _changes(
    found: Estimate, before: changes.Costs, draw: Callable[..., str], *, markdown: bool
) -> str:
    changed = changes.difference(before, changes.costs(found))
    old = total(before.values())
    moved = found.total.typical - old.typical
    title = f"Cost of {found.environment}: {report.signed(moved)} USD in a typical month"
    title = f"### {title}" if markdown else title
    if not changed:
        return f"{title}: no item changes"
    return f"{title}\n\n{draw(*report.changes(changed, old, found.total))}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cost", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--environment", default=os.environ.get("SUPERSET_ENVIRONMENT") or "prod")
    add("--stacks", type=Path, default=snapshots.FOLDER, help="folder of stacks")
    add("--items", action="store_true", help="a row for each item of a service")
    add("--spot", choices=("on", "off"), default="on", help="off: all tasks on demand")
    add("--savings-plan", action="store_true", help="Compute Savings Plan, 1 year, no upfront")
    add("--reserved", action="store_true", help="reserved database and Redis, 1 year, no upfront")
    add("--hours-per-week", type=float, help="hours in which services run (the stacks' own)")
    add("--stop-database", action="store_true", help="the database stops with them")
    add("--against", type=Path, help="folder of stacks, or file of --json, before the change")
    add("--write-page", action="store_true", help="write the tables of docs/cost.md")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--markdown", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
