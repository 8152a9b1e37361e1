"""People, groups, roles with their permissions, row-level security, and who owns what.

No password: a hash is a secret too. Who signs in by Superset's own database gets a new one from an
administrator; who signs in through an identity provider notices nothing.
"""

from __future__ import annotations

import secrets
from typing import Any

from superset.extensions import db, security_manager
from werkzeug.security import generate_password_hash

from superset_aws.init.teams import MARK

#: Fields of a user that are no reference.
_PERSON = ("first_name", "last_name", "email", "active")
_RULE = ("description", "filter_type", "group_key", "clause")


def read() -> dict[str, Any]:
    """All of it, as JSON. References are names and UUIDs: ids differ in another Superset."""
    named = _portable()
    return {
        "roles": {
            role.name: sorted(
                (
                    [one.permission.name, named.get(one.view_menu.name, one.view_menu.name)]
                    for one in role.permissions
                ),
                key=str,
            )
            for role in db.session.query(security_manager.role_model)
        },
        "users": {
            user.username: {
                **{field: getattr(user, field) for field in _PERSON},
                "roles": _names(user.roles),
            }
            for user in db.session.query(security_manager.user_model)
        },
        "groups": {
            group.name: {
                "label": group.label,
                "description": group.description,
                "users": sorted(user.username for user in group.users),
                "roles": _names(group.roles),
            }
            for group in db.session.query(security_manager.group_model)
        },
        "row_level_security": {rule.name: _rule(rule) for rule in _rules()},
        "content": {
            kind: {str(one.uuid): _of_content(one) for one in db.session.query(model)}
            for kind, model in _content().items()
        },
    }


def write(document: dict[str, Any]) -> None:
    """Make what is missing; nobody loses a role or a permission."""
    views = {str(named): view for view, named in _portable().items()}
    for name, permissions in document["roles"].items():
        _grant(name, permissions, views)
    for name, person in document["users"].items():
        _person(name, person)
    db.session.flush()
    for name, group in document["groups"].items():
        _group(name, group)
    for name, rule in document["row_level_security"].items():
        _put_rule(name, rule)
    for kind, model in _content().items():
        for uuid, one in document["content"][kind].items():
            found = db.session.query(model).filter_by(uuid=uuid).one()
            found.owners = _users(one["owners"])
            if "roles" in one:
                found.roles = _roles(one["roles"])
    db.session.commit()


def _content() -> dict[str, Any]:
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    return {"dashboards": Dashboard, "charts": Slice, "datasets": SqlaTable}


def _of_content(one: Any) -> dict[str, Any]:
    owned = {"owners": sorted(user.username for user in one.owners)}
    return {**owned, "roles": _names(one.roles)} if hasattr(one, "roles") else owned


def _portable() -> dict[str, Any]:
    """Permissions on a database or a dataset contain its id: what they are called here instead."""
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database

    named: dict[str, Any] = {}
    for database in db.session.query(Database):
        named[database.perm] = {"database": database.database_name}
    for dataset in db.session.query(SqlaTable):
        named[dataset.perm] = {"dataset": str(dataset.uuid)}
    return named


def _grant(name: str, permissions: list[list[Any]], views: dict[str, str]) -> None:
    role = security_manager.find_role(name) or security_manager.add_role(name)
    has = {(one.permission.name, one.view_menu.name) for one in role.permissions}
    for permission, on in permissions:
        view = on if isinstance(on, str) else views.get(str(on))
        # A dataset or database that was deleted leaves its permission behind.
        if view is not None and (permission, view) not in has:
            role.permissions.append(security_manager.add_permission_view_menu(permission, view))


def _person(name: str, person: dict[str, Any]) -> None:
    user = security_manager.find_user(username=name)
    if user is None:
        user = security_manager.user_model(
            username=name,
            # Nobody knows it.
            password=generate_password_hash(secrets.token_urlsafe(32)),
            **{field: person[field] for field in _PERSON},
        )
        db.session.add(user)
    user.roles = _united(user.roles, _roles(person["roles"]))


def _group(name: str, group: dict[str, Any]) -> None:
    found = security_manager.find_group(name)
    if found is None:
        found = security_manager.group_model(
            name=name, label=group["label"], description=group["description"]
        )
        db.session.add(found)
    found.users = _united(found.users, _users(group["users"]))
    found.roles = _united(found.roles, _roles(group["roles"]))


def _rules() -> list[Any]:
    """Those that people made; the configuration's are made by init."""
    from superset.connectors.sqla.models import RowLevelSecurityFilter as Rule

    return list(db.session.query(Rule).filter(~Rule.name.endswith(MARK)))


def _rule(rule: Any) -> dict[str, Any]:
    return {
        **{field: getattr(rule, field) for field in _RULE},
        "roles": _names(rule.roles),
        "tables": sorted(str(table.uuid) for table in rule.tables),
    }


def _put_rule(name: str, rule: dict[str, Any]) -> None:
    from superset.connectors.sqla.models import RowLevelSecurityFilter as Rule
    from superset.connectors.sqla.models import SqlaTable

    found = db.session.query(Rule).filter_by(name=name).one_or_none()
    if found is None:
        found = Rule(name=name)
        db.session.add(found)
    for field in _RULE:
        setattr(found, field, rule[field])
    found.roles = _roles(rule["roles"])
    found.tables = db.session.query(SqlaTable).filter(SqlaTable.uuid.in_(rule["tables"])).all()


def _names(roles: list[Any]) -> list[str]:
    return sorted(role.name for role in roles)


def _roles(names: list[str]) -> list[Any]:
    return [security_manager.find_role(name) for name in names]


def _users(names: list[str]) -> list[Any]:
    return [security_manager.find_user(username=name) for name in names]


def _united(has: list[Any], given: list[Any]) -> list[Any]:
    return [*has, *(one for one in given if one not in has)]
