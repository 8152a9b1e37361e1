"""How long a dashboard takes to load, from what the browser says of it.

Superset's pages post events to /superset/log, in batches, about a second after the last of them.
`mount_dashboard` says when the page stood; `load_chart` and `render_chart` say when the data of a
chart was asked for and there, and when it was drawn. No event says that all charts are drawn, and
the batches of one page reach several processes: they are put together here.

All times are milliseconds since the page was opened (performance.now() of the browser, counted
anew where Superset changes pages without loading them).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

CHARTS = frozenset({"load_chart", "render_chart"})

#: What a browser says is believed up to here.
LONGEST = 3_600_000

#: A chart that is asked for so long after all others were drawn was scrolled to (Superset's
#: DASHBOARD_VIRTUALIZATION): nobody waited for it.
SLACK = 1_000

#: As long as filters may take to find the values that charts are asked with.
FILTERS = 60_000

#: Length of an event's id: nanoid() makes 21 characters.
LONGEST_ID = 40


class Span(NamedTuple):
    """A part of a load: of the page itself from 0, or of a chart."""

    start: int
    end: int


class Part(NamedTuple):
    """A span of one opening of one dashboard.

    :ivar opens: whether it is the page itself
    """

    dashboard: int
    view: str
    span: Span
    opens: bool


def parts(records: Iterable[Any]) -> list[Part]:
    """What a batch says of loads, the page itself first. Nothing in it is trusted."""
    found = [part for record in records if (part := _part(record)) is not None]
    return sorted(found, key=lambda part: not part.opens)


def load_time(page: Span, charts: Iterable[Span]) -> int:
    """Milliseconds until the last chart that the page began with was drawn."""
    end = page.end
    for span in sorted(charts):
        if span.start > end + (FILTERS if end == page.end else SLACK):
            break
        end = max(end, span.end)
    return end


def _part(record: Any) -> Part | None:
    if not isinstance(record, Mapping) or record.get("source") != "dashboard":
        return None
    dashboard = _number(record.get("source_id"))
    if not dashboard:
        return None
    event = record.get("event_name")
    if event == "mount_dashboard":
        # In a tab that nobody looks at the browser takes its time.
        if record.get("visibility") == "hidden":
            return None
        view, start, length = record.get("event_id"), 0, _number(record.get("mount_duration"))
    elif event in CHARTS:
        view = record.get("trigger_event")
        start, length = _number(record.get("start_offset")), _number(record.get("duration"))
    else:
        return None
    if start is None or length is None or start + length > LONGEST:
        return None
    if not isinstance(view, str) or not 0 < len(view) <= LONGEST_ID:
        return None
    return Part(dashboard, view, Span(start, start + length), event == "mount_dashboard")


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if math.isfinite(value) and 0 <= value <= LONGEST else None
