"""Tables: for a terminal, and in Markdown for a page or a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.cost.amounts import Amount, total
from commands.cost.estimate import Estimate
from commands.cost.pricers import Line

Row = Sequence[str]


def usd(value: float) -> str:
    """An amount of money as the tables have it."""
    return f"{value:,.2f}"


def signed(value: float) -> str:
    """A difference of money."""
    # Adding nothing takes the sign from a rounded zero.
    return f"{round(value, 2) + 0:+,.2f}"


def percent(part: float, whole: float) -> str:
    """A share; a dash of nothing."""
    return f"{part / whole:.0%}" if whole else "-"


def aligned(head: Row, rows: Sequence[Row], words: int) -> str:
    """A table for a terminal: the first `words` columns are text, the others numbers."""
    every = [head, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in every
    )


def markdown(head: Row, rows: Sequence[Row], words: int) -> str:
    """The same in Markdown."""
    rule = ["---" if column < words else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def money(amount: Amount) -> list[str]:
    return [usd(figure) for figure in amount.figures]


def by_service(estimate: Estimate, *, items: bool = False) -> tuple[Row, list[Row], int]:
    """Head, rows and number of text columns: cost by region and service, with totals."""
    words = 3 if items else 2
    rows: list[Row] = []
    sums = estimate.sums(items=items)
    for region in estimate.regions:
        own = {key: amount for key, amount in sums.items() if key[0] == region}
        rows += [[*key, *money(amount)] for key, amount in own.items()]
        rows.append([region, "total", *[""] * (words - 2), *money(total(own.values()))])
    rows.append(["all", "total", *[""] * (words - 2), *money(estimate.total)])
    head = ["region", "service", *(["item"] if items else []), "low", "typical", "peak"]
    return head, rows, words


def side_by_side(estimates: Sequence[Estimate]) -> tuple[Row, list[Row], int]:
    """One row a service, typical months of several environments, and the three totals of each."""
    services = sorted({line.service for estimate in estimates for line in estimate.lines})
    rows: list[Row] = [
        [service, *(usd(estimate.of(service).typical) for estimate in estimates)]
        for service in services
    ]
    for number, name in enumerate(("low", "typical", "peak")):
        figures = (estimate.total.figures[number] for estimate in estimates)
        rows.append([f"**total, {name}**", *(f"**{usd(figure)}**" for figure in figures)])
    head = ["USD a month", *(estimate.environment for estimate in estimates)]
    return head, rows, 1


def choices(plain: Estimate, others: Mapping[str, Estimate]) -> tuple[Row, list[Row], int]:
    """What each choice makes of a typical month."""
    rows = []
    for name, other in others.items():
        saved = other.total.typical - plain.total.typical
        whole = plain.total.typical
        rows.append([name, usd(other.total.typical), signed(saved), f"{saved / whole:+.0%}"])
    return ["choice", "typical", "change", "of all"], rows, 1


def budget(limit: float, cost: Amount) -> str:
    """What a month takes of the budget."""
    line = f"Budget: {usd(limit)} USD a month; a typical one takes {cost.typical / limit:.0%} of it"
    if cost.typical > limit:
        return f"{line}: raise budget.monthly_usd, or lower what it costs"
    return line


def changes(
    changed: Mapping[tuple[str, ...], tuple[Amount, Amount]], before: Amount, after: Amount
) -> tuple[Row, list[Row], int]:
    """Items whose cost is another one, and what that makes of the total."""
    rows: list[Row] = []
    for (region, service, item), (old, new) in changed.items():
        rows.append([region, service, item, usd(old.typical), usd(new.typical), *_steps(new - old)])
    rows.append(
        ["all", "total", "", usd(before.typical), usd(after.typical), *_steps(after - before)]
    )
    head = ["region", "service", "item", "before", "after", "low", "typical", "peak"]
    return head, rows, 3


def trust(lines: Sequence[Line]) -> str:
    """How much of a typical month stands on which prices."""
    whole = total(line.cost for line in lines).typical
    parts = []
    for basis in ("api", "listed", "believed", "estimated"):
        part = total(line.cost for line in lines if line.basis == basis).typical
        if part:
            parts.append(f"{percent(part, whole)} {basis}")
    return (
        f"Prices: {', '.join(parts)} (prices.yaml says what that means; make prices reads AWS's)."
    )


def _steps(amount: Amount) -> list[str]:
    return [signed(figure) for figure in amount.figures]
