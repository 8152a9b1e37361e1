"""Whose charts are computed while they wait, not by a worker.

Asynchronous queries are announced on a channel that a cookie names. A dashboard inside a page of
another site gets no cookie: browsers keep them to their own site. And the browser that draws a
report runs in a worker: were its charts computed by workers too, reports that occupy all of them
would wait for charts that nobody computes.
"""

from __future__ import annotations

from flask import has_request_context, request

#: Superset's own name of it (GUEST_TOKEN_HEADER_NAME).
GUEST_TOKEN_HEADER = "X-GuestToken"

#: Set by the browser that draws reports. Whoever else sets it, waits for charts as without Redis.
REPORT_COOKIE = "superset-report"


def is_feature_enabled(feature: str, on: bool | None) -> bool:
    """Superset's IS_FEATURE_ENABLED_FUNC."""
    if feature == "GLOBAL_ASYNC_QUERIES" and on and has_request_context():
        return not _waits()
    return bool(on)


def _waits() -> bool:
    return (
        GUEST_TOKEN_HEADER in request.headers
        or REPORT_COOKIE in request.cookies
        # The page in the frame, which asks for charts with the guest's token later.
        or request.path.startswith("/embedded/")
    )
