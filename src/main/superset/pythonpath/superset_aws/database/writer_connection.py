"""Connections to the writer, which refuse what may not be written.

The gate is at the driver, below everything that writes: Superset, its migrations and commands, the
event log. It is asked before each statement that is not known to be a read, and once more right
before COMMIT: after a fence is seen, nothing that this process has begun is committed any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor

from superset_aws.database import positions
from superset_aws.database.positions import Position

_WORD = re.compile(r"[\s(]*(\w+)")
_READS = frozenset(
    (
        *("select", "show", "values", "fetch", "declare", "close", "explain"),
        *("begin", "start", "set", "reset", "savepoint", "release", "rollback"),
    )
)
_CHANGES = re.compile(r"\b(insert|update|delete|merge)\b", re.IGNORECASE)


def is_read(statement: Any) -> bool:
    """Whether a statement is known to change no table."""
    if isinstance(statement, bytes):
        statement = statement.decode("utf-8", "replace")
    if not isinstance(statement, str):
        return False
    found = _WORD.match(statement)
    word = found[1].lower() if found else ""
    if word == "with":
        return not _CHANGES.search(statement)
    return word in _READS


class WritesRefused(psycopg2.OperationalError):
    """A database error, because all that writes is prepared for those: it rolls back."""


class Cursor(cursor):
    """Names what it executes to its connection."""

    connection: WriterConnection | Standby

    def execute(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self.connection.before(query)
        return super().execute(query, *more, **named)

    def executemany(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self.connection.before(query)
        return super().executemany(query, *more, **named)

    def copy_expert(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self.connection.before(query)
        return super().copy_expert(query, *more, **named)


class WriterConnection(connection):
    """One connection, and whether its transaction has written.

    :param gate: raises where nothing may be written
    """

    def __init__(self, *arguments: Any, gate: Callable[[], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = Cursor
        self._gate = gate
        self._wrote = False

    def before(self, statement: Any) -> None:
        """Called before each statement."""
        if not is_read(statement):
            self._gate()
            self._wrote = True

    def commit(self) -> None:
        """As psycopg2's; raises without committing where nothing may be written any more."""
        if not self._wrote:
            super().commit()
            return
        self._gate()
        self._wrote = False
        super().commit()

    def rollback(self) -> None:
        """As psycopg2's."""
        self._wrote = False
        super().rollback()


class Marks(Protocol):
    """Whoever wants to know up to where was written."""

    def are_wanted(self) -> bool:
        """Whether now."""

    def committed(self, position: Position) -> None:
        """A transaction was committed that has written; it lies before the position."""


class OneTripCursor(Cursor):
    """Begins the transaction together with its first statement."""

    connection: OneTripConnection

    def execute(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self.connection.before(query)
        if self.connection.begins():
            query = _begun(query)
        return cursor.execute(self, query, *more, **named)

    def executemany(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self._begin()
        return super().executemany(query, *more, **named)

    def copy_expert(self, query: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self._begin()
        return super().copy_expert(query, *more, **named)

    def _begin(self) -> None:
        if self.connection.begins():
            cursor.execute(self, "BEGIN")


class OneTripConnection(WriterConnection):
    """For a writer that may be far away, where each question takes as long as a page beside it.

    psycopg2 sends BEGIN by itself, and the position after a COMMIT would be one question more. Here
    the one goes with the first statement, and the other with the COMMIT: psycopg2 believes that
    each statement is for itself. Cursors with names do not work so; Superset has none here.
    """

    def __init__(self, *arguments: Any, marks: Callable[[], Marks | None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = OneTripCursor
        self.set_session(autocommit=True)
        self._marks = marks
        self._each_for_itself = False

    @property
    def autocommit(self) -> bool:
        """As psycopg2's."""
        return self._each_for_itself

    @autocommit.setter
    def autocommit(self, on: bool) -> None:
        self._each_for_itself = on

    def begins(self) -> bool:
        """Whether the next statement begins a transaction."""
        return not self._each_for_itself and self._is_idle()

    def commit(self) -> None:
        """As psycopg2's; raises without committing where nothing may be written any more."""
        if self._is_idle():
            return
        if self._wrote:
            self._gate()
        marks = self._marks() if self._wrote else None
        self._wrote = False
        with self.cursor() as one:
            if marks is None or not marks.are_wanted():
                cursor.execute(one, "COMMIT")
                return
            cursor.execute(one, f"COMMIT;{positions.WRITER}")
            marks.committed(positions.from_writer(one.fetchone()))

    def rollback(self) -> None:
        """As psycopg2's."""
        self._wrote = False
        if not self._is_idle():
            with self.cursor() as one:
                cursor.execute(one, "ROLLBACK")

    def _is_idle(self) -> bool:
        return self.info.transaction_status == TRANSACTION_STATUS_IDLE


def _begun(statement: Any) -> Any:
    """The statement and BEGIN before it."""
    if isinstance(statement, bytes):
        return b"BEGIN;" + statement
    if isinstance(statement, str):
        return f"BEGIN;{statement}"
    return sql.SQL("BEGIN;") + statement


class ReplicaConnection(connection):
    """A connection to a replica."""


class Standby(connection):
    """A connection to a replica in the place of one to the writer, which cannot be reached.

    :param gate: raises
    """

    def __init__(self, *arguments: Any, gate: Callable[[], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = Cursor
        self._gate = gate

    def before(self, statement: Any) -> None:
        """Called before each statement."""
        if not is_read(statement):
            self._gate()
