"""pgAudit: the extension is there where the configuration wants it and the database can load it.

The library is loaded when the database starts. A parameter group that names it since then changes
nothing before a reboot, and until then CREATE EXTENSION is an error. Once created, the extension
refuses DDL wherever the library is not loaded; only dropping it works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from superset_aws.settings import Metadata

if TYPE_CHECKING:
    from superset_aws.database.metadata import Connector

EXTENSION = "pgaudit"


def extension(database: Metadata, connector: Connector) -> str:
    """Of the writer. Comes before the migration, whose statements it names or would refuse."""
    connection = connector.connect()
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            if not database.audit:
                return "dropped" if _drop(cursor) else "off"
            if not _is_loaded(cursor):
                _drop(cursor)
                return _reboot(connector.writer.address().host)
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")
            return "on"
    finally:
        connection.close()


def library(database: Metadata, connector: Connector) -> str:
    """Of the region's own replica, which has the writer's extension."""
    connection = connector.connect_to(database.host, database.port)
    try:
        with connection.cursor() as cursor:
            return "on" if _is_loaded(cursor) else _reboot(database.host)
    finally:
        connection.close()


def _is_loaded(cursor: Any) -> bool:
    cursor.execute("SHOW shared_preload_libraries")
    return EXTENSION in [name.strip() for name in cursor.fetchone()[0].split(",")]


def _drop(cursor: Any) -> bool:
    """Whether it was there."""
    cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", (EXTENSION,))
    if cursor.fetchone() is None:
        return False
    cursor.execute(f"DROP EXTENSION {EXTENSION}")
    return True


def _reboot(host: str) -> str:
    return f"not on yet: the database {host} must be rebooted once, see docs/audit.md"
