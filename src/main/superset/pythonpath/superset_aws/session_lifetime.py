"""How long somebody stays signed in.

A session is a signed cookie, and Flask dates it anew whenever it writes it: a page that stays open
would keep it alive for ever. So the cookie says when the person signed in.
"""

from __future__ import annotations

import time
from typing import Any

from flask import session
from flask_login import logout_user, user_logged_in

#: A session ends this many seconds after it began: who left a group, or the company, is out then.
SECONDS = 12 * 3600

_BEGAN = "began"

#: Flask-Login's key: who is signed in.
_WHO = "_user_id"


def install() -> None:
    """Once per process."""
    user_logged_in.connect(_begin)


def _begin(*_: Any, **__: Any) -> None:
    session[_BEGAN] = int(time.time())


def end_when_old() -> None:
    """Called before each request: signs out who has been signed in for too long."""
    if _WHO in session and time.time() - session.get(_BEGAN, 0) > SECONDS:
        logout_user()
        session.clear()
