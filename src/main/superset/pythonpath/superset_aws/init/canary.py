"""The canary's user: may open the one dashboard that is made for it, and nothing else."""

from __future__ import annotations

from typing import Any

from superset.extensions import db, security_manager
from werkzeug.security import check_password_hash, generate_password_hash

from superset_aws.settings import Canary, Settings

ROLE = "Canary"
SLUG = "canary"

_MAY = (("can_dashboard", "Superset"), ("can_read", "Dashboard"))


def canary(settings: Settings) -> str:
    """Exists, is active, and has the role and the stored password; where none is wanted, whoever
    has the role cannot sign in."""
    role: Any = security_manager.find_role(ROLE)
    if settings.canary is None:
        for user in role.user if role else ():
            user.active = False
        db.session.commit()
        return "not wanted"
    role = role or security_manager.add_role(ROLE)
    role.permissions = [security_manager.add_permission_view_menu(*one) for one in _MAY]
    user = _user(settings, settings.canary, role)
    _dashboard(user)
    db.session.commit()
    return f"visits /superset/dashboard/{SLUG}/"


def _user(settings: Settings, login: Canary, role: Any) -> Any:
    user = security_manager.find_user(username=login.username)
    if user is None:
        address = f"{login.username}@{settings.domain}"
        user = security_manager.add_user(
            login.username, "Canary", "of the platform", address, role, login.password
        )
        if not user:
            raise RuntimeError(f"the canary could not be made: is {address} another's?")
    if not check_password_hash(user.password, login.password):
        user.password = generate_password_hash(login.password)
    user.roles, user.active = [role], True
    return user


def _dashboard(user: Any) -> None:
    """Without charts, so that it opens without a data source, and in nobody's list but
    administrators'."""
    from superset.models.dashboard import Dashboard

    if db.session.query(Dashboard).filter_by(slug=SLUG).one_or_none() is None:
        db.session.add(
            Dashboard(
                dashboard_title="Canary",
                slug=SLUG,
                position_json="{}",
                json_metadata="{}",
                published=False,
                owners=[user],
            )
        )
