"""A review as one HTML file that needs nothing else: no server, no network, no account.

Its policy lets it load nothing, and run no script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from commands import architecture
from commands.architecture import Region
from commands.cost.report import signed, usd
from commands.plans import MASK, MASK_CHANGED, Change
from commands.review import ACTIONS, Review
from commands.synthesized import Stack

STYLE = Path(__file__).with_name("page.css").read_text()
SCRIPT = Path(__file__).with_name("page.js").read_text()
#: CDKTF's hash of a construct's path.
_HASH = re.compile(r"_[0-9A-F]{8}$")


def write(review: Review, title: str, path: Path) -> None:
    """Writes the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(review, title))


def html(review: Review, title: str) -> str:
    """The page."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    parts = [
        *_losses(review),
        *_summary(review),
        *_costs(review),
        *_findings(review),
        *_pictures(review),
        *_changes(review),
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
<style>
{STYLE}{architecture.sheet(switched=True)}</style>
</head>
<body>
<a class="skip" href="#changes">Skip to the changes</a>
<header><h1>{escape(title)}</h1><button id="theme" type="button">Dark or light</button></header>
<main>
{chr(10).join(parts)}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _losses(review: Review) -> Iterator[str]:
    verdict = review.verdict
    told = [f"<li><strong>Refused:</strong> {escape(str(loss))}.</li>" for loss in verdict.refused]
    told += [
        f"<li>Allowed: {escape(str(loss))}. {escape(loss.allowed.reason)}</li>"
        for loss in verdict.allowed
        if loss.allowed
    ]
    if told:
        yield (
            '<section class="loss" aria-labelledby="loss"><h2 id="loss">Data would be lost</h2>'
            f"<ul>{''.join(told)}</ul></section>"
        )
    if verdict.stale:
        lines = (f"<li>{escape(one.place)}: {escape(one.address)}</li>" for one in verdict.stale)
        yield f"<h2>Allowed, but in no plan</h2><ul>{''.join(lines)}</ul>"


def _summary(review: Review) -> Iterator[str]:
    names = sorted({one.stack for one in review.changes})
    rows = []
    for name in names:
        counts = review.counts(name)
        told = [
            f'<span class="{action}">{counts[action]} {_word(action)}</span>' for action in counts
        ]
        source = "plan" if name in review.planned else "compared JSON"
        rows.append([escape(name), source, ", ".join(told)])
    yield "<h2>Stacks</h2>" + _table(["stack", "from", "resources"], rows)
    if any(name not in review.planned for name in names):
        yield (
            '<p class="weak">Compared JSON does not tell whether an update replaces the resource, '
            "nor what changed outside of Terraform: a plan does.</p>"
        )


def _costs(review: Review) -> Iterator[str]:
    yield "<h2>Cost</h2>"
    if not review.costs:
        yield "<p>No item changes.</p>"
    for cost in review.costs:
        yield f"<p>{escape(str(cost))}</p>"
        if cost.items:
            rows = [
                [*map(escape, key), usd(old.typical), usd(new.typical), signed((new - old).typical)]
                for key, (old, new) in cost.items.items()
            ]
            yield _table(["region", "service", "item", "before", "after", "change"], rows, 3)


def _findings(review: Review) -> Iterator[str]:
    yield "<h2>Policies</h2>"
    if not review.findings:
        yield "<p>Checkov has no finding that is not excepted.</p>"
        return
    rows = [[escape(one.check), escape(one.resource), escape(one.title)] for one in review.findings]
    yield _table(["check", "resource", "what it asks"], rows)


def _pictures(review: Review) -> Iterator[str]:
    changed = {one.stack for one in review.changes if one.action != "no-op"}
    marks = {
        (one.stack, one.address): _word(one.action)
        for one in sorted(review.changes, key=lambda one: ACTIONS.index(one.action))
        if one.action != "no-op"
    }
    for environment, texts in review.environments():
        regions = architecture.regions_of(environment, texts)
        if not regions or (changed and not changed & set(texts)):
            continue
        picture = architecture.draw(environment, architecture.dot(environment, texts, marks))
        yield f"<h2>Who reaches whom in {escape(environment)}</h2>"
        yield f'<div class="picture" tabindex="0">{picture}</div>'
        yield _flows(regions, architecture.links_of(environment, texts))


def _flows(regions: list[Region], links: Stack | None) -> str:
    titles = {
        thing.key: f"{region.name}: {thing.title}" for region in regions for thing in region.things
    }
    rows = [
        [*(escape(titles.get(end, end)) for end in (flow.source, flow.target)), flow.told]
        for flow in architecture.flows(regions, links)
    ]
    table = _table(["from", "to", "ports"], rows)
    return f"<details><summary>{len(rows)} flows as a table</summary>{table}</details>"


def _changes(review: Review) -> Iterator[str]:
    yield '<h2 id="changes" tabindex="-1">Resources</h2>'
    yield _filter(review)
    for stack in sorted({one.stack for one in review.changes}):
        own = [one for one in review.changes if one.stack == stack]
        own.sort(key=lambda one: (ACTIONS.index(one.action), one.address))
        yield f'<section class="stack" aria-label="{escape(stack)}"><h3>{escape(stack)}</h3>'
        yield from map(_change, own)
        yield "</section>"


def _filter(review: Review) -> str:
    present = [action for action in ACTIONS if any(one.action == action for one in review.changes)]
    # What stays as it is, is looked for; where all of it does, it is shown.
    hidden = "no-op" if len(present) > 1 else ""
    boxes = "".join(
        f'<label><input type="checkbox" name="action" value="{action}"'
        f"{'' if action == hidden else ' checked'}> {_word(action)}</label>"
        for action in present
    )
    stacks = "".join(
        f"<option>{escape(name)}</option>" for name in sorted({one.stack for one in review.changes})
    )
    return (
        '<form id="filter"><label>Search ( / ) <input type="search" name="search" '
        'placeholder="names, attributes, values"></label>'
        f'<label>Stack <select name="stack"><option value="">all</option>{stacks}</select></label>'
        f"<fieldset><legend>What becomes of it</legend>{boxes}</fieldset>"
        '<button type="reset">Reset</button><output id="shown" aria-live="polite"></output></form>'
    )


def _change(change: Change) -> str:
    name = _HASH.sub("", change.address.partition(".")[2])
    forced = change.forced_by
    note = f" because of {escape(', '.join(forced))}" if forced else ""
    rows = [
        [escape(attribute), _value(old), _value(new)]
        for attribute, (old, new) in change.differences.items()
        if old is not None or new is not None
    ]
    # What stays as it is can be searched by its name only: there would be megabytes of it.
    if rows:
        body = _table(["attribute", "before", "after"], rows)
    else:
        unshown = "What changes is not shown." if change.action == "update" else "Nothing changes."
        body = f"<p>{unshown}</p>"
    return (
        f'<details class="one" data-action="{change.action}" data-stack="{escape(change.stack)}">'
        f'<summary><span class="action {change.action}">{_word(change.action)}</span> '
        f'{escape(name)} <span class="weak">{escape(change.address)}</span>{note}</summary>'
        f"{body}</details>"
    )


def _value(value: Any) -> str:
    if value is None:
        return '<span class="weak">none</span>'
    if value in (MASK, MASK_CHANGED):
        return f"<em>{value}</em>"
    if isinstance(value, str):
        return f"<pre>{escape(_readable(value))}</pre>"
    return f"<pre>{escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"


def _readable(text: str) -> str:
    """A JSON document in a string, such as a policy, on several lines."""
    if text[:1] in "{[" and text[1:]:
        try:
            return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
        except ValueError:
            return text
    return text


def _word(action: str) -> str:
    return "unchanged" if action == "no-op" else action


def _table(head: list[str], rows: Iterable[list[str]], words: int | None = None) -> str:
    """A table of HTML cells; the columns after the first `words` are numbers."""
    number = [words is not None and column >= words for column in range(len(head))]
    marks = [' class="number"' if one else "" for one in number]
    heads = zip(marks, head, strict=True)
    top = "".join(f'<th scope="col"{mark}>{one}</th>' for mark, one in heads)
    body = "".join(
        "<tr>"
        + "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
