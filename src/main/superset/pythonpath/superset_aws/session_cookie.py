"""Who has just signed in stays signed in.

The page of the login form reports what people do to `/superset/log/` while the form is sent. That
request is nobody's yet: it is refused with a message that is kept in the session, which is the
cookie. Where its answer comes after the form's, the cookie of nobody replaces the new one, and the
person is at the login form again.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, session

BEACON = "/superset/log/"

#: Named by BLUEPRINTS.
session_cookie = Blueprint("session_cookie", __name__)


@session_cookie.after_app_request
def spare(response: Response) -> Response:
    """The beacon's answers carry no session."""
    if request.path == BEACON:
        session.modified = False
    return response
