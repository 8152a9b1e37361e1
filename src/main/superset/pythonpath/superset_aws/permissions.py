"""Superset's permission checks with fewer queries.

A request asks for some ten permissions, and Flask-AppBuilder reads the same tables again for each:
the user, his roles, his groups, all permissions of the public role, then one query per permission.
That was half of the SQL statements of a dashboard. Here a user comes with his roles in one query,
and what is read about a permission is kept until the request ends or writes. Nothing is kept
beyond a request: a permission that is taken away is gone with the next one.
"""

from __future__ import annotations

from typing import Any

from flask import has_request_context, request
from flask_appbuilder.security.sqla.models import Group, Permission, PermissionView, Role, ViewMenu
from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import Session, joinedload

from superset_aws.database import read_requests

_ROLES = (
    select(PermissionView.id, Role.id, Role.name, Permission.name, ViewMenu.name)
    .select_from(PermissionView)
    .join(PermissionView.role)
    .join(PermissionView.permission)
    .join(PermissionView.view_menu)
)

#: Which roles have a permission. Made once: a statement that is built anew costs more to build
#: than to run.
_HOLDERS = _ROLES.with_only_columns([Role.id, Role.name]).where(
    Permission.name == bindparam("permission"), ViewMenu.name == bindparam("view")
)

#: All permissions of roles.
_GRANTS = _ROLES.with_only_columns([Role.name, Permission.name, ViewMenu.name]).where(
    Role.id.in_(bindparam("roles", expanding=True))
)

#: Where: the request itself, so that nothing outlives it.
_KEPT = "superset_aws.permissions"


class FewerQueries:
    """A base of our security manager, before Superset's: sign_in_security.py."""

    session: Any
    user_model: Any
    auth_role_public: str
    builtin_roles: dict[str, Any]
    get_user_roles: Any

    def get_user_by_id(self, pk: int) -> Any:
        """A user with roles, groups and the groups' roles."""
        user = self.user_model
        options = [joinedload(user.roles), joinedload(user.groups).joinedload(Group.roles)]
        with read_requests.permission():
            return self.session.get(user, pk, options=options)

    def exist_permission_on_roles(
        self, view_name: str, permission_name: str, role_ids: list[int]
    ) -> bool:
        """Whether one of the roles has the permission."""
        return not self._holders(permission_name, view_name).keys().isdisjoint(role_ids)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Whether people who are not signed in have the permission."""
        return self.auth_role_public in self._holders(permission_name, view_name).values()

    def get_user_roles_permissions(self, user: Any) -> dict[str, list[tuple[str, str]]]:
        """Role to its permissions, as pairs of permission and view."""
        if not user.roles and not user.groups:
            raise AttributeError("User object does not have roles or groups")
        found: dict[str, list[tuple[str, str]]] = {}
        asked = []
        for role in self.get_user_roles(user):
            builtin = self.builtin_roles.get(role.name)
            found[role.name] = [(one[1], one[0]) for one in builtin or ()]
            if builtin is None:
                asked.append(role.id)
        with read_requests.permission():
            granted = self.session.execute(_GRANTS, {"roles": asked}).all()
        for role_name, permission, view in granted:
            found[role_name].append((permission, view))
        return found

    def _holders(self, permission: str, view: str) -> dict[int, str]:
        """Roles that have a permission: id to name."""
        kept = request.environ.setdefault(_KEPT, {}) if has_request_context() else {}
        key = (permission, view)
        if key not in kept:
            parameters = {"permission": permission, "view": view}
            with read_requests.permission():
                rows = self.session.execute(_HOLDERS, parameters).all()
            kept[key] = dict(tuple(row) for row in rows)
        holders: dict[int, str] = kept[key]
        return holders


@event.listens_for(Session, "after_flush")
def _forget(session: Session, context: Any) -> None:
    """What is written may be a permission."""
    if has_request_context():
        request.environ.pop(_KEPT, None)
