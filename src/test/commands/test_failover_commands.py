"""What `make promote`, `make admit` and `make rebuild` do around the functions and the database."""

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from synthesis import ACCOUNT, write

from commands import admit, promote, rebuild
from commands.functions import FunctionFailed

EAST, WEST = "us-east-1", "eu-west-1"
DATABASE = "superset-production"
SOURCE = f"arn:aws:rds:{WEST}:{ACCOUNT}:db:{DATABASE}"


class Function:
    """Stands for the function: answers one after the other, and what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, name: str, region: str, event: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((name, region, event))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def step(name: str) -> dict[str, str]:
    return {"name": name, "at": "2026-01-01T10:00:00.000+00:00", "detail": f"did {name}"}


def answer(done: bool, *names: str, waits: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"done": done, "region": WEST, "steps": [step(name) for name in names]}
    return told if done else {**told, "step": "wait", "waits_for": waits}


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


def test_promote_prints_each_step_once_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function = Function(
        answer(False, "fence", waits="them"),
        answer(False, "fence", waits="them"),
        answer(True, "fence", "wait", "promote"),
    )
    monkeypatch.setattr(promote, "invoke", function)
    assert promote.main([WEST, "--yes", WEST]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "10:00:00 fence: did fence",
        "         wait: them …",
        "10:00:00 wait: did wait",
        "10:00:00 promote: did promote",
    ]
    assert "set `writer: eu-west-1`" in lines[4]
    assert [name for name, _, _ in function.asked] == ["superset-promote"] * 3
    assert all("planned" not in event for _, _, event in function.asked)


def test_promote_asks_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function = Function()
    monkeypatch.setattr(promote, "invoke", function)
    assert promote.main([WEST]) == 1
    assert promote.main([WEST, "--yes", EAST]) == 1
    assert function.asked == []
    assert "nothing was done" in capsys.readouterr().err


@pytest.mark.parametrize("option, key", [("--dry-run", "dry_run"), ("--abandon", "abandon")])
def test_what_changes_no_writer_needs_no_confirmation(
    monkeypatch: pytest.MonkeyPatch, option: str, key: str
) -> None:
    function = Function(answer(True))
    monkeypatch.setattr(promote, "invoke", function)
    assert promote.main([WEST, option]) == 0
    assert function.asked == [("superset-promote", WEST, {key: True})]


def test_a_planned_switch_says_so_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(answer(False), answer(True))
    monkeypatch.setattr(promote, "invoke", function)
    assert promote.main([WEST, "--planned", "--yes", WEST]) == 0
    assert [event["planned"] for _, _, event in function.asked] == [True, True]


def test_a_function_that_fails_ends_the_command_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(promote, "invoke", Function(FunctionFailed("eu-west-1: no")))
    assert promote.main([WEST, "--yes", WEST]) == 1
    assert capsys.readouterr().err == "eu-west-1: no\n"


def test_admit_invokes_the_region_that_holds_the_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function({"admitted": EAST})
    monkeypatch.setattr(admit, "invoke", function)
    assert admit.main([WEST, EAST]) == 0
    assert function.asked == [("superset-admit", WEST, {"region": EAST})]


def test_admit_says_why_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(admit, "invoke", Function(FunctionFailed("it is a primary of its own")))
    assert admit.main([WEST, EAST]) == 1
    assert "primary of its own" in capsys.readouterr().err


class Account:
    """us-east-1 has come back as it was; eu-west-1 is the writer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rds = boto3.client("rds", region_name=EAST)
        for region in (EAST, WEST):
            self.tell(region, region)
        self.create(WEST, BackupRetentionPeriod=7)
        self.create(EAST, DeletionProtection=True, BackupRetentionPeriod=7)
        self.synthesize({"replicate_source_db": SOURCE})

    def create(self, region: str, **more: Any) -> None:
        boto3.client("rds", region_name=region).create_db_instance(
            DBInstanceIdentifier=DATABASE,
            DBInstanceClass="db.r6g.large",
            Engine="postgres",
            AllocatedStorage=100,
            MasterUsername="superset_admin",
            MasterUserPassword="throw-away",
            **more,
        )

    def synthesize(self, arguments: dict[str, Any]) -> None:
        write(self.folder, {"aws_db_instance": {"d": {"identifier": DATABASE, **arguments}}})

    def tell(self, region: str, writer: str) -> None:
        boto3.client("ssm", region_name=region).put_parameter(
            Name="/superset/writer",
            Value=json.dumps({"region": writer, "host": f"db.{writer}", "port": 5432}),
            Type="String",
            Overwrite=True,
        )

    def told(self, region: str) -> str:
        ssm = boto3.client("ssm", region_name=region)
        value = ssm.get_parameter(Name="/superset/writer")["Parameter"]["Value"]
        return str(json.loads(value)["region"])

    def databases(self) -> list[dict[str, Any]]:
        return list(self.rds.describe_db_instances()["DBInstances"])

    def snapshots(self) -> list[str]:
        found = self.rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        return [one["DBSnapshotIdentifier"] for one in found]

    def rebuild(self, *more: str) -> int:
        output = ["--output", str(self.folder), "--no-deploy"]
        return rebuild.main([EAST, *output, *(more or ("--yes", EAST))])


@pytest.fixture
def account(aws: None, tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_rebuild_keeps_the_old_primary_as_a_snapshot_and_deletes_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert account.rebuild() == 0
    assert account.databases() == []
    (snapshot,) = account.snapshots()
    assert snapshot.startswith(f"{DATABASE}-returned-20")
    assert snapshot in capsys.readouterr().out
    assert account.told(EAST) == WEST


def test_rebuild_asks_before_it_deletes(account: Account) -> None:
    assert account.rebuild("--yes", "eu-west-1") == 1
    assert len(account.databases()) == 1
    assert account.databases()[0]["DeletionProtection"] is True


def test_rebuild_again_does_nothing_more(account: Account) -> None:
    account.rebuild()
    assert account.rebuild() == 0
    assert len(account.snapshots()) == 1


def test_rebuild_leaves_a_replica_of_the_writer_alone(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.rebuild()
    account.rds.create_db_instance_read_replica(
        DBInstanceIdentifier=DATABASE, SourceDBInstanceIdentifier=SOURCE, SourceRegion=WEST
    )
    assert account.rebuild() == 0
    assert len(account.databases()) == 1
    assert "a replica of eu-west-1 already" in capsys.readouterr().out


def test_rebuild_refuses_the_writer(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.synthesize({})
    assert account.rebuild() == 1
    assert "change writer in platform.yaml" in capsys.readouterr().err
    assert len(account.databases()) == 1


def test_rebuild_refuses_where_the_yaml_names_a_region_that_is_not_the_writer(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.tell(WEST, EAST)
    assert account.rebuild() == 1
    assert "promote that region" in capsys.readouterr().err
    assert len(account.databases()) == 1
    assert account.told(EAST) == EAST
