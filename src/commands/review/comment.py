"""The comment of a pull request: what is lost first, then stacks, cost, policies; in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from commands.cost import report
from commands.plans import Change
from commands.review import Review

#: Rows of a table; the page has all of them.
ROWS = 40
_LOUD = ("destroy", "replace", "forget")


def markdown(review: Review) -> str:
    """The whole comment."""
    parts = (_losses, _stacks, _grave, _costs, _findings)
    return "\n\n".join(text for part in parts for text in part(review)) + "\n"


def _losses(review: Review) -> Iterator[str]:
    for loss in review.verdict.refused:
        yield f"> [!CAUTION]\n> **Refused.** {loss}."
    for loss in review.verdict.allowed:
        reason = " ".join(loss.allowed.reason.split()) if loss.allowed else ""
        yield f"> [!WARNING]\n> Allowed: {loss}. {reason}"
    for one in review.verdict.stale:
        yield f"> [!WARNING]\n> `{one.place}`: no plan contains it; remove the entry."


def _stacks(review: Review) -> Iterator[str]:
    rows = []
    for stack in sorted({one.stack for one in review.changes}):
        counts = review.counts(stack)
        counts.pop("no-op", None)
        told = ", ".join(f"{number} {action}" for action, number in counts.items())
        source = "plan" if stack in review.planned else "compared JSON"
        rows.append([f"`{stack}`", source, told or "nothing changes"])
    yield "### Stacks"
    yield report.markdown(["stack", "from", "resources"], rows, 3)


def _grave(review: Review) -> Iterator[str]:
    grave = [one for one in review.changes if one.action in _LOUD]
    if grave:
        yield "### Destroyed or replaced"
        yield "\n".join(map(_line, grave[:ROWS]))
        if len(grave) > ROWS:
            yield f"… and {len(grave) - ROWS} more"


def _line(change: Change) -> str:
    because = f", because of {', '.join(change.forced_by)}" if change.forced_by else ""
    return f"- **{change.action}** `{change.stack}` `{change.address}`{because}"


def _costs(review: Review) -> Iterator[str]:
    for cost in review.costs:
        yield f"### Cost of {cost}"
        rows = [
            [*key, report.usd(old.typical), report.usd(new.typical)]
            for key, (old, new) in list(cost.items.items())[:ROWS]
        ]
        if rows:
            yield report.markdown(["region", "service", "item", "before", "after"], rows, 3)


def _findings(review: Review) -> Iterator[str]:
    if review.findings:
        yield f"### Checkov: {len(review.findings)} findings"
        yield "\n".join(
            f"- `{one.check}` `{one.resource}`: {one.title}" for one in review.findings[:ROWS]
        )
