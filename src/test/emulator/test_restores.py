"""Databases come back with their data: from a snapshot, at a point in time, under another name."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from running import Plane

from commands.plane import connect
from commands.waiting import until

LOGIN = {"username": "master", "password": "a-long-password"}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("restores"))
    yield made
    made.stop()


@pytest.fixture
def database(plane: Plane) -> str:
    """An instance with one row; its identifier."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    plane.aws.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        EngineVersion="15",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        StorageType="gp3",
        MasterUsername=LOGIN["username"],
        MasterUserPassword=LOGIN["password"],
        DBName="data",
        BackupRetentionPeriod=7,
    )
    run(plane, name, "CREATE TABLE kept (what text)")
    write(plane, name, "first")
    return name


def run(plane: Plane, name: str, statement: str, *values: str) -> list[Any]:
    """Log in to an instance as its clients do, and run a statement."""

    def connection() -> Any:
        (instance,) = plane.aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)[
            "DBInstances"
        ]
        host = instance["Endpoint"]["Address"]
        return connect(plane.aws.control("GET", "dataplane"), host, LOGIN, "data")

    errors = (LookupError, psycopg2.OperationalError)
    made = until(f"{name} answers", connection, despite=errors)
    try:
        with made, made.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        made.close()


def write(plane: Plane, name: str, what: str) -> None:
    run(plane, name, "INSERT INTO kept VALUES (%s)", what)


def kept(plane: Plane, name: str) -> list[str]:
    return [row[0] for row in run(plane, name, "SELECT what FROM kept ORDER BY what")]


def test_a_snapshot_has_the_data_of_its_moment(plane: Plane, database: str) -> None:
    rds = plane.aws.client("rds")
    rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=f"{database}-one")
    write(plane, database, "second")
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier=f"{database}-one", TargetDBSnapshotIdentifier=f"{database}-two"
    )
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=f"{database}-back", DBSnapshotIdentifier=f"{database}-two"
    )
    assert kept(plane, f"{database}-back") == ["first"]
    assert kept(plane, database) == ["first", "second"]


def test_any_moment_comes_back(plane: Plane, database: str) -> None:
    write(plane, database, "good")
    time.sleep(1.1)  # The API's times are whole seconds.
    moment = datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.1)
    run(plane, database, "DELETE FROM kept")
    write(plane, database, "bad")
    rds = plane.aws.client("rds")
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=database,
        TargetDBInstanceIdentifier=f"{database}-then",
        RestoreTime=moment,
    )
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=database,
        TargetDBInstanceIdentifier=f"{database}-now",
        UseLatestRestorableTime=True,
    )
    assert kept(plane, f"{database}-then") == ["first", "good"]
    assert kept(plane, f"{database}-now") == ["bad"]
    write(plane, f"{database}-then", "goes on")


def test_an_instance_takes_the_name_of_another(plane: Plane, database: str) -> None:
    rds = plane.aws.client("rds")
    rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=f"{database}-one")
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=f"{database}-back", DBSnapshotIdentifier=f"{database}-one"
    )
    write(plane, f"{database}-back", "restored")
    for before, after in ((database, f"{database}-old"), (f"{database}-back", database)):
        rds.modify_db_instance(
            DBInstanceIdentifier=before, NewDBInstanceIdentifier=after, ApplyImmediately=True
        )
    assert kept(plane, database) == ["first", "restored"]
    assert kept(plane, f"{database}-old") == ["first"]
