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
    if not on or not has_request_context():
        return bool(on)
    if feature == "GLOBAL_ASYNC_QUERIES":
        return not (_is_frame() or _is_guest() or REPORT_COOKIE in request.cookies)
    if feature == "SQLLAB_BACKEND_PERSISTENCE":
        # Superset's page fails with it where the browser denies the frame its storage.
        return not _is_frame()
    return True


def _is_frame() -> bool:
    """The page in the frame, which asks for charts with the guest's token later."""
    return request.path.startswith("/embedded/")


def _is_guest() -> bool:
    return GUEST_TOKEN_HEADER in request.headers
