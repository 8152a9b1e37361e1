"""What superset-snapshot keeps before a risky deploy, one behaviour per test; RDS is played."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from secrets_world import Context

from superset_snapshot import handler
from superset_snapshot.snapshots import KEPT

DATABASE = "superset-production"
EVENT = {"superset": "6.1.0", "postgres": "15", "class": "db.r6g.large"}
OF_EVENT = "superset-production-before-6-1-0-15-db-r6g-large"


class Rds:
    """One database; a snapshot takes some looks."""

    def __init__(self) -> None:
        self.instance: dict[str, Any] | None = {"DBInstanceIdentifier": DATABASE}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.tags: list[dict[str, str]] = []
        self.looks = 2
        self.end = "available"

    def add(self, name: str, age: timedelta, status: str = "available") -> None:
        created = None if status == "creating" else datetime.now(UTC) - age
        self.snapshots[name] = {
            "DBSnapshotIdentifier": name,
            "Status": status,
            **({"SnapshotCreateTime": created} if created else {}),
        }

    def describe_db_instances(self, **arguments: Any) -> dict[str, Any]:
        assert arguments == {"DBInstanceIdentifier": DATABASE}
        if self.instance is None:
            error = {"Error": {"Code": "DBInstanceNotFound", "Message": "not found"}}
            raise ClientError(error, "DescribeDBInstances")
        return {"DBInstances": [self.instance]}

    def create_db_snapshot(self, **arguments: Any) -> None:
        assert arguments["DBInstanceIdentifier"] == DATABASE
        self.tags = arguments["Tags"]
        self.add(arguments["DBSnapshotIdentifier"], timedelta(), "creating")

    def describe_db_snapshots(self, **arguments: Any) -> dict[str, Any]:
        one = self.snapshots[arguments["DBSnapshotIdentifier"]]
        self.looks -= 1
        if self.looks < 0 and one["Status"] == "creating":
            self.add(one["DBSnapshotIdentifier"], timedelta(), self.end)
            one = self.snapshots[one["DBSnapshotIdentifier"]]
        return {"DBSnapshots": [one]}

    def delete_db_snapshot(self, **arguments: Any) -> None:
        self.deleted.append(arguments["DBSnapshotIdentifier"])

    def get_paginator(self, operation: str) -> "Rds":
        assert operation == "describe_db_snapshots"
        return self

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        assert arguments == {"DBInstanceIdentifier": DATABASE, "SnapshotType": "manual"}
        return [{"DBSnapshots": [one]} for one in self.snapshots.values()]


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> Rds:
    played = Rds()
    monkeypatch.setattr(boto3, "client", lambda service, config: {"rds": played}[service])
    clock = itertools.count()
    monkeypatch.setattr("superset_shared.deadline.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("superset_snapshot.snapshots.time.sleep", lambda seconds: None)
    monkeypatch.setenv("SUPERSET_DATABASE", DATABASE)
    return played


def invoke(seconds: float = 900, **event: str) -> dict[str, Any]:
    return handler.handle({**EVENT, **event, "tf": {"action": "update"}}, Context(seconds))


def test_a_snapshot_is_taken_and_waited_for(rds: Rds) -> None:
    result = invoke()
    assert result["snapshot"].startswith(OF_EVENT + "-")
    assert rds.snapshots[result["snapshot"]]["Status"] == "available"
    assert {"Key": "superset", "Value": "6.1.0"} in rds.tags


def test_before_the_first_deploy_there_is_nothing_to_keep(rds: Rds) -> None:
    rds.instance = None
    assert invoke() == {"snapshot": None, "outcome": "there is no database yet", "deleted": []}


def test_a_replica_is_left_to_its_source(rds: Rds) -> None:
    rds.instance = {"ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:…"}
    assert invoke()["snapshot"] is None
    assert rds.snapshots == {}


@pytest.mark.parametrize("status", ["creating", "available"])
def test_a_deploy_that_is_run_again_takes_no_second_one(rds: Rds, status: str) -> None:
    rds.add(f"{OF_EVENT}-2611260647", timedelta(minutes=20), status)
    assert invoke()["snapshot"] == f"{OF_EVENT}-2611260647"
    assert len(rds.snapshots) == 1


def test_a_deploy_that_goes_back_takes_a_new_one(rds: Rds) -> None:
    rds.add(f"{OF_EVENT}-2611250647", timedelta(days=1))
    assert invoke()["snapshot"] != f"{OF_EVENT}-2611250647"


def test_another_change_takes_another_one(rds: Rds) -> None:
    rds.add(f"{OF_EVENT}-2611260647", timedelta(minutes=20))
    assert invoke(postgres="16.4")["snapshot"].startswith(
        "superset-production-before-6-1-0-16-4-db-r6g-large-"
    )


def test_a_snapshot_that_fails_stops_the_deploy(rds: Rds) -> None:
    rds.end = "failed"
    with pytest.raises(RuntimeError, match="is failed: nothing was changed"):
        invoke()


def test_a_slow_snapshot_is_waited_for_by_the_next_deploy(rds: Rds) -> None:
    rds.looks = 1000
    with pytest.raises(RuntimeError, match="deploy again, it is waited for then"):
        invoke(30)


def test_the_oldest_go_and_nobody_elses(rds: Rds) -> None:
    for day in range(1, KEPT + 3):
        rds.add(f"superset-production-before-5-0-0-15-db-r6g-large-26110{day}0000",
                timedelta(days=30 - day))  # fmt: skip
    rds.add("by-hand", timedelta(days=400))
    result = invoke()
    oldest = [f"superset-production-before-5-0-0-15-db-r6g-large-26110{day}0000"
              for day in (1, 2, 3)]  # fmt: skip
    assert sorted(result["deleted"]) == sorted(rds.deleted) == oldest


def test_the_variables_say_which_database(rds: Rds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPERSET_DATABASE")
    with pytest.raises(RuntimeError, match="variables are not set: SUPERSET_DATABASE"):
        invoke()


def test_the_event_says_what_is_wanted(rds: Rds) -> None:
    with pytest.raises(RuntimeError, match="lacks postgres, class"):
        handler.handle({"superset": "6.1.0"}, Context(900))
