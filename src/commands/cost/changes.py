"""What a change of the stacks does to their cost: two estimates, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from commands.cost.amounts import Amount
from commands.cost.estimate import Estimate
from commands.problems import Mistakes

#: Region, service, item to USD a month.
Costs = Mapping[tuple[str, ...], Amount]

#: Less is rounding.
CENT = 0.005


def costs(estimate: Estimate) -> Costs:
    """An estimate by item."""
    return estimate.sums(items=True)


def to_json(estimate: Estimate) -> str:
    """An estimate for machines, and for a later comparison."""
    document = {
        "environment": estimate.environment,
        "currency": "USD",
        "period": "month",
        "total": _figures(estimate.total),
        "lines": [
            {
                "region": line.region,
                "service": line.service,
                "item": line.item,
                "price": line.key,
                "unit": line.unit,
                "usd": line.usd,
                "basis": line.basis,
                "quantity": _figures(line.quantity),
                "cost": _figures(line.cost),
            }
            for line in estimate.lines
        ],
    }
    return json.dumps(document, indent=2)


def from_json(path: Path, environment: str) -> Costs:
    """What `to_json` wrote. Raises Mistakes."""
    try:
        document = json.loads(path.read_text())
        found: dict[tuple[str, ...], Amount] = {}
        for line in document["lines"]:
            key = (line["region"], line["service"], line["item"])
            found[key] = found.get(key, Amount.of(0)) + Amount(**line["cost"])
        named = document["environment"]
    except OSError as failure:
        raise Mistakes([f"{path}: cannot be read: {failure.strerror}"]) from None
    except (ValueError, KeyError, TypeError):
        raise Mistakes([f"{path}: is not what --json prints"]) from None
    if named != environment:
        raise Mistakes([f"{path}: is of {named}; must be of {environment}"])
    return found


def difference(before: Costs, after: Costs) -> dict[tuple[str, ...], tuple[Amount, Amount]]:
    """Cost before and after of every item whose cost is another one, greatest change first."""
    nothing = Amount.of(0)
    found = {key: (before.get(key, nothing), after.get(key, nothing)) for key in {*before, *after}}
    changed = {
        key: pair
        for key, pair in found.items()
        if any(abs(figure) >= CENT for figure in (pair[1] - pair[0]).figures)
    }
    return dict(
        sorted(changed.items(), key=lambda one: (-abs((one[1][1] - one[1][0]).typical), one[0]))
    )


def _figures(amount: Amount) -> dict[str, float]:
    return {
        name: round(figure, 4)
        for name, figure in zip(("low", "typical", "peak"), amount.figures, strict=True)
    }
