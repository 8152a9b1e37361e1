"""The tables of docs/cost.md, between its markers: of the snapshots, at the committed prices."""

from __future__ import annotations

import re
from pathlib import Path

from commands import snapshots
from commands.cost import first_estimate, report
from commands.cost.estimate import Estimate, estimate, read, stacks_of, variants
from commands.cost.hours import scheduled
from commands.cost.options import Options
from commands.cost.prices import Prices
from commands.cost.usage import Usage
from commands.environment import ROOT
from commands.problems import Mistakes

FILE = ROOT / "docs" / "cost.md"
COMMAND = "make cost-page"
ENVIRONMENTS = ("prod", "staging", "dev")

_MARK = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def tables(folder: Path = snapshots.FOLDER) -> dict[str, str]:
    """Name to Markdown of every table of the page. Raises Mistakes."""
    prices, texts = Prices.read(), read(folder)

    def priced(environment: str, options: Options | None = None) -> Estimate:
        stacks = stacks_of(environment, texts)
        return estimate(environment, stacks, prices, Usage.of(environment), options)

    plain = {environment: priced(environment) for environment in ENVIRONMENTS}
    prod, staging = plain["prod"], plain["staging"]

    def choices(environment: str, *, may_stop: bool) -> str:
        how_else = variants(scheduled(stacks_of(environment, texts)), may_stop=may_stop)
        others = {name: priced(environment, how) for name, how in how_else.items()}
        return report.markdown(*report.choices(plain[environment], others))

    half = Options(hours_per_week=84)
    always = Options()
    stopped = {how: priced("staging", how) for how in (always, half)}
    return {
        "environments": report.markdown(*report.side_by_side(list(plain.values()))),
        "prod": report.markdown(*report.by_service(prod)),
        "choices-prod": choices("prod", may_stop=False),
        "choices-staging": choices("staging", may_stop=True),
        "first-estimate": report.markdown(*first_estimate.table(prices, prod)),
        "first-tiers": report.markdown(*first_estimate.tiers(prices, plain)),
        "first-savings": report.markdown(*first_estimate.savings(prices, prod, stopped, staging)),
        "trust": report.trust(prod.lines),
    }


def filled(text: str, found: dict[str, str]) -> str:
    """The page with its tables. Raises Mistakes where a marker or a table has no other."""
    named = [name for _, name, _ in _MARK.findall(text)]
    if sorted(named) != sorted(found):
        odd = ", ".join(sorted(set(named) ^ set(found)) or named)
        raise Mistakes([f"{FILE.name}: marker without table, or table without marker: {odd}"])
    return _MARK.sub(lambda mark: f"{mark[1]}{found[mark[2]]}\n{mark[3]}", text)


def write() -> None:
    """Writes the tables anew."""
    FILE.write_text(filled(FILE.read_text(), tables()))
