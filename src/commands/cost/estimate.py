"""Prices the stacks of an environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commands import snapshots
from commands.cost.amounts import WEEK, Amount, total
from commands.cost.hours import scheduled
from commands.cost.options import Options
from commands.cost.pricers import FREE, PRICERS, Bill, Line
from commands.cost.prices import Prices
from commands.cost.usage import Usage
from commands.problems import Mistakes
from commands.synthesized import Resource, Stack


@dataclass(frozen=True)
class Estimate:
    """What an environment costs a month."""

    environment: str
    lines: tuple[Line, ...]
    #: Key and region of every price that was asked for.
    needed: frozenset[tuple[str, str]] = frozenset()

    @property
    def total(self) -> Amount:
        """All of it, in USD."""
        return total(line.cost for line in self.lines)

    @property
    def regions(self) -> list[str]:
        """Regions, and `global` for services without one, dearest first."""
        cost = {line.region: 0.0 for line in self.lines}
        for line in self.lines:
            cost[line.region] += line.cost.typical
        return sorted(cost, key=lambda region: (-cost[region], region))

    def sums(self, *, items: bool = False) -> dict[tuple[str, ...], Amount]:
        """Cost by region and service, or by region, service and item; regions dearest first."""
        found: dict[tuple[str, ...], Amount] = {}
        for line in self.lines:
            key = (line.region, line.service, *((line.item,) if items else ()))
            found[key] = found.get(key, Amount.of(0)) + line.cost
        rank = {region: number for number, region in enumerate(self.regions)}
        return dict(sorted(found.items(), key=lambda one: (rank[one[0][0]], one[0][1:])))

    def of(self, service: str, region: str | None = None) -> Amount:
        """Cost of a service, in one region or all."""
        return total(
            line.cost
            for line in self.lines
            if line.service == service and region in (None, line.region)
        )


def read(folder: Path) -> dict[str, str]:
    """Stack name to JSON: of a folder of snapshots, or of one that `cdktf synth` wrote.

    Raises Mistakes where there is none."""
    found = snapshots.committed(folder) or {
        path.parent.name: path.read_text() for path in sorted(folder.glob("stacks/*/cdk.tf.json"))
    }
    if not found:
        raise Mistakes([f"{folder} holds no stack: *{snapshots.SUFFIX} or stacks/*/cdk.tf.json"])
    return found


def stacks_of(
    environment: str, texts: Mapping[str, str], environments: Iterable[str] | None = None
) -> list[Stack]:
    """The stacks of an environment, by their names. Raises Mistakes where there is none."""
    own = snapshots.own(environment, texts, environments)
    if not own:
        raise Mistakes([f"there is no stack of {environment}: SUPERSET_ENVIRONMENT names another"])
    return [Stack.parsed(name, text) for name, text in own.items()]


def estimate(
    environment: str,
    stacks: Sequence[Stack],
    prices: Prices,
    usage: Usage,
    options: Options | None = None,
) -> Estimate:
    """The cost; without options as the stacks are. Raises Mistakes with every resource, price and
    usage that is missing."""
    bill = bill_of(stacks, prices, usage, options or scheduled(stacks))
    if bill.problems:
        raise Mistakes(bill.problems)
    return Estimate(environment, tuple(bill.lines), frozenset(bill.needed))


def bill_of(stacks: Sequence[Stack], prices: Prices, usage: Usage, options: Options) -> Bill:
    """The same with what stands in its way."""
    bill = Bill(stacks, prices, usage, options)
    for stack in stacks:
        groups: dict[tuple[str, str], list[Resource]] = {}
        for resource in stack.resources:
            groups.setdefault((resource.type, resource.region), []).append(resource)
        for (kind, _), found in groups.items():
            if kind in PRICERS:
                PRICERS[kind](bill, found, stack)
            elif kind not in FREE:
                bill.problems += [
                    f"{stack.name}: {one.address}: what {kind} costs is not known: "
                    "add a pricer, or the reason why it is free, to pricers.py"
                    for one in found
                ]
    return bill


def variants(plain: Options, *, may_stop: bool) -> dict[str, Options]:
    """What could be bought or, outside production, switched off."""
    if plain.hours_per_week < WEEK:
        return {
            "everything on demand, no Spot": dataclasses.replace(plain, spot=False),
            "services and database always run": Options(),
            "the same with a Savings Plan and reserved database and Redis": Options(
                savings_plan=True, reserved=True
            ),
        }
    found = {
        "everything on demand, no Spot": dataclasses.replace(plain, spot=False),
        "Compute Savings Plan": dataclasses.replace(plain, savings_plan=True),
        "reserved database and Redis": dataclasses.replace(plain, reserved=True),
        "both": dataclasses.replace(plain, savings_plan=True, reserved=True),
    }
    if may_stop:
        day, office = 12 * 7.0, 12 * 5.0
        found |= {
            "services run 12 hours a day": Options(hours_per_week=day),
            "services and database run 12 hours a day": Options(
                hours_per_week=day, stop_database=True
            ),
            "services and database run 12 hours on weekdays": Options(
                hours_per_week=office, stop_database=True
            ),
        }
    return found


def budget_of(stacks: Sequence[Stack]) -> float | None:
    """USD a month that the environment's budget allows; None where there is none."""
    budgets = [one for stack in stacks for one in stack.of("aws_budgets_budget")]
    return float(budgets[0].attributes["limit_amount"]) if budgets else None


def prices_needed(folder: Path = snapshots.FOLDER) -> set[tuple[str, str]]:
    """Key and region of every price that the environments of a folder ask for, however paid."""
    texts = read(folder)
    needed: set[tuple[str, str]] = set()
    for environment in snapshots.environments():
        stacks, usage = stacks_of(environment, texts), Usage.of(environment)
        for options in (Options(), *variants(Options(), may_stop=True).values()):
            needed |= bill_of(stacks, Prices({}), usage, options).needed
    return needed
