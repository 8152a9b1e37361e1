"""Two pages beside Superset's own: the break-glass form, and what somebody without a role sees.

They are plain HTML: they must work when nothing else does.
"""

from __future__ import annotations

import logging

from flask import Response, g, make_response, redirect, render_template_string, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import no_cache
from flask_login import current_user, login_user
from superset.extensions import event_logger

logger = logging.getLogger(__name__)

BREAK_GLASS = "/login/break-glass"

#: Attempts of one client address.
RATE_LIMIT = "5 per minute"

#: A page that somebody without a role must reach all the same.
_OPEN = ("/login/", "/logout/", "/oauth-authorized/", "/health", "/static/")

_LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto }
  label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
  input, button { padding: .5rem; margin: .25rem 0 1rem }
  .wrong { color: #b00020 }
</style></head>
<body><h1>{{ title }}</h1>BODY</body></html>"""

_FORM = _LAYOUT.replace(
    "BODY",
    """
<p>For the administrator, when the identity provider does not answer. Every attempt is logged.</p>
{% if wrong %}<p class="wrong" role="alert">This name and password are not right.</p>{% endif %}
<form method="post">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <label for="username">User</label>
  <input id="username" name="username" autocomplete="username" required autofocus>
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required>
  <button>Sign in</button>
</form>""",
)

_NO_ROLE = _LAYOUT.replace(
    "BODY",
    """
<p>You are signed in as {{ person }}, but no role was given to you, so there is nothing to show.</p>
<p>Ask an administrator, or whoever manages your groups. After a change sign in anew:
<a href="/logout/">sign out</a>.</p>""",
)


class BreakGlassView(BaseView):
    """The form; its answer is the same for a wrong name and a wrong password."""

    route_base = BREAK_GLASS

    @expose("/", methods=["GET", "POST"])
    @no_cache
    def form(self) -> Response:
        """Show it, or sign the break-glass administrator in."""
        if request.method == "GET":
            return _page(_FORM, 200, title="Break-glass sign-in", wrong=False)
        name = request.form.get("username", "")
        user = self.appbuilder.sm.auth_break_glass(name, request.form.get("password", ""))
        logger.warning(
            "break-glass sign-in %s",
            "succeeded" if user else "was refused",
            extra={"user": name, "address": request.remote_addr},
        )
        event_logger.log(
            user.id if user else None,
            "break_glass_sign_in" if user else "break_glass_refused",
            None,
            None,
            None,
            None,
            curated_payload={"user": name, "address": request.remote_addr},
        )
        if user is None:
            return _page(_FORM, 401, title="Break-glass sign-in", wrong=True)
        login_user(user)
        return redirect(self.appbuilder.get_url_for_index)


def without_role() -> Response | None:
    """The page for somebody who is signed in and has no role.

    Superset would answer with pages on which every request fails, and redirect between them.
    """
    if request.method != "GET" or not request.headers.get("Accept", "").startswith("text/html"):
        return None
    if request.path.startswith(_OPEN) or not current_user.is_authenticated:
        return None
    if current_user.roles or any(group.roles for group in current_user.groups):
        return None
    return _page(_NO_ROLE, 403, title="No access yet", person=g.user.get_full_name())


def _page(template: str, status: int, **values: object) -> Response:
    answer = make_response(render_template_string(template, **values), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
