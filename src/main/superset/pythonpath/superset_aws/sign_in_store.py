"""What the platform knows about users beside Superset's own tables: their attributes, and which of
them is the break-glass administrator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TABLE = "superset_aws_people"


def create() -> None:
    """Make the table; init does it before anybody signs in, and commits."""
    _run(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (user_id integer PRIMARY KEY"
        " REFERENCES ab_user (id) ON DELETE CASCADE,"
        " attributes text NOT NULL DEFAULT '{}',"
        " break_glass boolean NOT NULL DEFAULT false)"
    )


def attributes(user_id: int) -> Mapping[str, list[str]]:
    """Attributes as the provider gave them at the last sign-in."""
    found = _run(f"SELECT attributes FROM {TABLE} WHERE user_id = :user", user=user_id).scalar()
    known: Mapping[str, list[str]] = json.loads(found) if found else {}
    return known


def keep(user_id: int, given: Mapping[str, list[str]]) -> None:
    """Replace a user's attributes; the caller commits."""
    _run(
        f"INSERT INTO {TABLE} (user_id, attributes) VALUES (:user, :attributes)"
        " ON CONFLICT (user_id) DO UPDATE SET attributes = excluded.attributes",
        user=user_id,
        attributes=json.dumps(given, sort_keys=True),
    )


def is_break_glass(user_id: int) -> bool:
    """Whether the user is the one whose password is in Secrets Manager."""
    found = _run(f"SELECT break_glass FROM {TABLE} WHERE user_id = :user", user=user_id)
    return bool(found.scalar())


def set_break_glass(user_id: int) -> None:
    """This user and no other; the caller commits."""
    _run(
        f"UPDATE {TABLE} SET break_glass = false WHERE break_glass AND user_id <> :user",
        user=user_id,
    )
    _run(
        f"INSERT INTO {TABLE} (user_id, break_glass) VALUES (:user, true)"
        " ON CONFLICT (user_id) DO UPDATE SET break_glass = true",
        user=user_id,
    )


def _run(statement: str, **values: object) -> Any:
    from sqlalchemy import text
    from superset.extensions import db

    return db.session.execute(text(statement), values)
