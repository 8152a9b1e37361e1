"""The schema of the metadata database: which version it has, and how it gets the image's."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg2
from alembic.script import ScriptDirectory

from superset_aws.database import metadata
from superset_aws.settings import Settings

#: Key of the advisory lock: two deploys at once must not migrate twice. Any number that no one
#: else uses on this database; it is "superset" in ASCII.
LOCK = 0x7375706572736574

#: A lock that is held this long is held by a migration that hangs.
LOCK_SECONDS = 840

#: The writer region may be migrating right now, and its replica follows with a delay.
REPLICA_SECONDS = 120


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Held while the database is changed; it falls with the connection, so with the task."""
    connection = metadata.connector().connect()
    try:
        connection.autocommit = True
        end = time.monotonic() + LOCK_SECONDS
        with connection.cursor() as cursor:
            while True:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
                if cursor.fetchone()[0]:
                    break
                if time.monotonic() > end:
                    raise TimeoutError("another init task has held the lock for 14 minutes")
                print('{"step": "wait for another init task"}', flush=True)
                time.sleep(2)
        yield
    finally:
        connection.close()


@contextlib.contextmanager
def application() -> Iterator[None]:
    """Inside Superset, quiet about what is not there yet. Its migrations need it even to be
    counted: they import its models."""
    from superset.app import create_app

    app = create_app()
    logging.getLogger().setLevel(logging.WARNING)
    with app.app_context():
        yield


@cache
def wanted() -> str:
    """The version that the image needs."""
    head = ScriptDirectory(str(files("superset") / "migrations")).get_current_head()
    assert head is not None
    return head


def is_current() -> bool:
    """Whether the writer has that version."""
    connection = metadata.connector().connect()
    try:
        return _version(connection) == wanted()
    finally:
        connection.close()


def upgrade() -> str:
    """Migrate; everything or nothing, because PostgreSQL's DDL is transactional."""
    if is_current():
        return f"at version {wanted()} already"
    from flask_migrate import upgrade as flask_upgrade

    flask_upgrade(directory=str(files("superset") / "migrations"))
    if not is_current():
        raise RuntimeError(f"the migration ended without reaching version {wanted()}")
    return f"now at version {wanted()}"


def check(settings: Settings) -> str:
    """Where the writer is elsewhere: the local replica must have the version, or get it soon."""
    end = time.monotonic() + REPLICA_SECONDS
    while (found := _local(settings)) != wanted():
        if time.monotonic() > end:
            writer = metadata.connector().writer.address().region
            raise RuntimeError(
                f"the database has version {found or 'none'} and the image needs {wanted()}: deploy"
                f" the writer region {writer} first"
            )
        time.sleep(2)
    return f"at version {found}"


def _local(settings: Settings) -> str | None:
    local = settings.metadata
    try:
        connection = metadata.connector().connect_to(local.host, local.port)
    except psycopg2.OperationalError as problem:
        raise RuntimeError(f"the region's own database does not answer: {problem}") from problem
    try:
        return _version(connection)
    finally:
        connection.close()


def _version(connection: Any) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        rows = cursor.fetchall()
    return str(rows[0][0]) if len(rows) == 1 else None
