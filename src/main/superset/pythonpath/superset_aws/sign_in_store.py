"""What the platform knows about users beside Superset's own tables: their attributes, and which of
them is the break-glass administrator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData, Table, Text, false, select
from sqlalchemy.dialects.postgresql import insert

from superset_aws.database import read_requests

#: Not of Superset's own MetaData: its migrations are to know nothing of it.
_METADATA = MetaData()
_USERS = Table("ab_user", _METADATA, Column("id", Integer, primary_key=True))

PEOPLE = Table(
    "superset_aws_people",
    _METADATA,
    Column("user_id", ForeignKey(_USERS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("break_glass", Boolean, nullable=False, server_default=false()),
)


def create() -> None:
    """Make the table; init does it before anybody signs in, and commits."""
    PEOPLE.create(_session().connection(), checkfirst=True)


def attributes(user_id: int) -> Mapping[str, list[str]]:
    """Attributes as the provider gave them at the last sign-in."""
    found = _value(PEOPLE.c.attributes, user_id)
    known: Mapping[str, list[str]] = json.loads(found) if found else {}
    return known


def keep(user_id: int, given: Mapping[str, list[str]]) -> None:
    """Replace a user's attributes; the caller commits."""
    _set(user_id, attributes=json.dumps(given, sort_keys=True))


def is_break_glass(user_id: int) -> bool:
    """Whether the user is the one whose password is in Secrets Manager."""
    return bool(_value(PEOPLE.c.break_glass, user_id))


def set_break_glass(user_id: int) -> None:
    """This user and no other; the caller commits."""
    others = PEOPLE.c.break_glass & (PEOPLE.c.user_id != user_id)
    _session().execute(PEOPLE.update().where(others).values(break_glass=False))
    _set(user_id, break_glass=True)


def _value(column: Any, user_id: int) -> Any:
    # A statement, not a text: reads.py knows what it does, and reads it from the region's replica.
    with read_requests.permission():
        return _session().execute(select(column).where(PEOPLE.c.user_id == user_id)).scalar()


def _set(user_id: int, **values: object) -> None:
    statement = insert(PEOPLE).values(user_id=user_id, **values)
    _session().execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def _session() -> Any:
    from superset.extensions import db

    return db.session
