"""Roles, permissions and the break-glass administrator."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

from sqlalchemy import text
from superset.extensions import appbuilder, db, security_manager
from werkzeug.security import check_password_hash, generate_password_hash

from superset_aws import sign_in_store
from superset_aws.configuration import feature_flags
from superset_aws.init import embedding
from superset_aws.settings import Settings

MARKS = "superset_aws_init"


def roles(settings: Settings) -> str:
    """Superset's roles; takes seconds, so only when what they follow from changed."""
    mark = _digest(settings)
    if _mark("roles") == mark:
        return "unchanged"
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    embedding.roles()
    _set_mark("roles", mark)
    return "synchronized"


def administrator(settings: Settings) -> str:
    """Exists, is active, has the role and the stored password."""
    admin = settings.admin
    assert admin is not None
    sign_in_store.create()
    role = security_manager.find_role("Admin")
    user = security_manager.find_user(username=admin.username)
    if user is None:
        user = security_manager.add_user(
            admin.username, "Break-glass", "Administrator", admin.email, role, admin.password
        )
        if not user:
            raise RuntimeError("the administrator could not be made: is the address another's?")
        sign_in_store.set_break_glass(user.id)
        db.session.commit()
        return "made"
    sign_in_store.set_break_glass(user.id)
    changed = []
    if not check_password_hash(user.password, admin.password):
        user.password = generate_password_hash(admin.password)
        changed.append("password")
    if user.email != admin.email:
        user.email = admin.email
        changed.append("address")
    if role not in user.roles:
        user.roles = [*user.roles, role]
        changed.append("role")
    if not user.active:
        user.active = True
        changed.append("active")
    db.session.commit()
    return f"changed: {', '.join(changed)}" if changed else "unchanged"


def _digest(settings: Settings) -> str:
    """What Superset's permissions depend on."""
    document = [version("apache-superset"), sorted(feature_flags(settings).items())]
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def _mark(name: str) -> str | None:
    with db.engine.begin() as connection:
        connection.execute(
            text(f"CREATE TABLE IF NOT EXISTS {MARKS} (name text PRIMARY KEY, value text NOT NULL)")
        )
        value = connection.execute(
            text(f"SELECT value FROM {MARKS} WHERE name = :name"), {"name": name}
        ).scalar()
    return None if value is None else str(value)


def _set_mark(name: str, value: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            text(
                f"INSERT INTO {MARKS} VALUES (:name, :value)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            {"name": name, "value": value},
        )
