"""The two roles of embedding: of guests, and of whoever lets guests in."""

from __future__ import annotations

from typing import Any

from superset.extensions import db, security_manager

from superset_aws.web_security import GUESTS, HOSTS

_HOSTS_MAY = {("can_grant_guest_token", "SecurityRestApi"), ("can_read", "SecurityRestApi")}


def roles() -> None:
    """Give both roles exactly what they need.

    A guest may use the interfaces that a dashboard needs, as anonymous visitors may in Superset's
    own role Public. Which dashboard, and so which data, is in the token alone.
    """
    _give(GUESTS, security_manager.PUBLIC_ROLE_PERMISSIONS | {("can_log", "Superset")})
    _give(HOSTS, _HOSTS_MAY)
    db.session.commit()


def _give(name: str, wanted: set[tuple[str, str]]) -> None:
    role: Any = security_manager.add_role(name)
    found = (security_manager.find_permission_view_menu(*one) for one in sorted(wanted))
    # Superset's list names some permissions that only other settings make.
    role.permissions = [permission for permission in found if permission is not None]
