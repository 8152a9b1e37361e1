"""Connections to the writer, which refuse what may not be written.

The gate is at the driver, below everything that writes: Superset, its migrations and commands, the
event log. It is asked before each statement that is not known to be a read, and once more right
before COMMIT: after a fence is seen, nothing that this process has begun is committed any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2.extensions import connection, cursor

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

    def copy_expert(self, sql: Any, *more: Any, **named: Any) -> Any:
        """As psycopg2's."""
        self.connection.before(sql)
        return super().copy_expert(sql, *more, **named)


class WriterConnection(connection):
    """One connection, and whether its transaction has written.

    :param gate: raises where nothing may be written
    :param committed: called after a transaction was committed that has written
    """

    def __init__(
        self,
        *arguments: Any,
        gate: Callable[[], None],
        committed: Callable[[WriterConnection], None],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = Cursor
        self._gate = gate
        self._committed = committed
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
        self._committed(self)

    def rollback(self) -> None:
        """As psycopg2's."""
        self._wrote = False
        super().rollback()


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
