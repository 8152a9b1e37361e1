"""The table of prices, prices.yaml: one line per region and kind, each with its date and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from commands.cost import catalog
from commands.environment import ROOT
from commands.problems import Mistakes

FILE = Path(__file__).with_name("prices.yaml")

#: How far a price is to be trusted.
BASES = {
    "api": "read from AWS's Price List, which has it since `date`",
    "listed": "AWS's list price, found alike in a public copy on `date`",
    "believed": "AWS's list price as it was known around `date`, compared with nothing",
    "estimated": "another price less a usual discount, which is not exact: see docs/cost.md",
}

_HEAD = """\
# Prices of AWS in USD, before tax and without free allowances. `make prices` reads them anew from
# AWS's Price List, adds what the stacks need and keeps the rest; regions are added by
# `make prices REGION=…`. How far each is to be trusted:
"""


@dataclass(frozen=True)
class Price:
    """One line of the table."""

    usd: float
    unit: str
    date: str
    basis: str
    source: str


class Prices:
    """The table: region, or `global`, to key to price."""

    def __init__(self, rows: Mapping[str, Mapping[str, Price]]) -> None:
        self.rows = {region: dict(prices) for region, prices in rows.items()}

    @classmethod
    def read(cls, path: Path = FILE) -> Prices:
        """The table of a file. Raises Mistakes with everything that is wrong with it."""
        mistakes: list[str] = []
        rows: dict[str, dict[str, Price]] = {}
        for region, prices in (yaml.safe_load(path.read_text()) or {}).items():
            rows[region] = {}
            for key, values in (prices or {}).items():
                wrong = list(_wrong(key, region, values))
                mistakes += [f"{shown(path)}: {region}: {key}: {text}" for text in wrong]
                if not wrong:
                    rows[region][key] = Price(**values)
        if mistakes:
            raise Mistakes(mistakes)
        return cls(rows)

    def find(self, key: str, region: str) -> Price | None:
        """The price of a kind in a region; None where the table has none."""
        return self.rows.get(catalog.home(key, region), {}).get(key)

    def usd(self, key: str, region: str) -> float:
        """The same in USD. Raises Mistakes where there is none."""
        price = self.find(key, region)
        if price is None:
            raise Mistakes([f"{key} has no price in {region}; run: make prices REGION={region}"])
        return price.usd

    def put(self, key: str, region: str, price: Price) -> None:
        self.rows.setdefault(catalog.home(key, region), {})[key] = price

    def text(self) -> str:
        """The file, the same for the same prices."""
        lines = [_HEAD.rstrip()]
        lines += [f"#   {basis:<10} {meaning}" for basis, meaning in BASES.items()]
        for region in sorted(self.rows):
            lines += ["", f"{region}:"]
            for key, price in sorted(self.rows[region].items()):
                lines.append(
                    f"  {key}: {{usd: {number(price.usd)}, unit: {price.unit!r}, "
                    f"date: {price.date!r}, basis: {price.basis}, source: {price.source!r}}}"
                )
        return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A price as people write it: no exponent, no trailing zeros."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _wrong(key: str, region: str, values: object) -> Iterator[str]:
    try:
        known = catalog.entry(key)
    except KeyError:
        yield "no resource has this price; see catalog.py"
        return
    if catalog.home(key, region) != region:
        yield f"belongs under {catalog.home(key, region)}"
    fields = ("usd", "unit", "date", "basis", "source")
    if not isinstance(values, Mapping) or set(values) != set(fields):
        yield f"must have {', '.join(fields)}, and nothing else"
        return
    if isinstance(values["usd"], bool) or not isinstance(values["usd"], int | float):
        yield f"usd is {values['usd']!r}; must be a number"
    elif values["usd"] <= 0:
        yield f"usd is {values['usd']}; must be more than 0"
    if values["unit"] != known.unit:
        yield f"unit is {values['unit']!r}; must be {known.unit!r}"
    if values["basis"] not in BASES:
        yield f"basis is {values['basis']!r}; must be one of {', '.join(BASES)}"
    try:
        date.fromisoformat(str(values["date"]))
    except ValueError:
        yield f"date is {values['date']!r}; must be a day such as 2026-01-31"
    if not str(values["source"]).startswith("https://aws.amazon.com/"):
        yield f"source is {values['source']!r}; must be a page of https://aws.amazon.com/"


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
