"""What `make unlock` says about a lock, and when it releases it."""

import json
from pathlib import Path

import boto3
import pytest
from synthesis import write

from commands.unlock import lock_of, main

BACKEND = {"s3": {"bucket": "state", "key": "superset-us-east-1.tfstate", "region": "us-east-1"}}
LOCK = {
    "ID": "1ea5e1f2-0000-4000-8000-000000000000",
    "Operation": "OperationTypeApply",
    "Who": "somebody@somewhere",
    "Created": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What Terraform is told, instead of running it."""
    told: list[tuple[str, ...]] = []

    def run(self: object, *arguments: str) -> str:
        told.append(arguments)
        return ""

    monkeypatch.setattr("commands.terraform.Terraform.run", run)
    return told


def put_lock() -> None:
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="state")
    client.put_object(
        Bucket="state", Key="superset-us-east-1.tfstate.tflock", Body=json.dumps(LOCK).encode()
    )


def test_names_the_holder_and_releases(
    aws: None,
    tmp_path: Path,
    released: list[tuple[str, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_lock()
    write(tmp_path, {}, backend=BACKEND)
    code = main(["superset-us-east-1", "--yes", "superset-us-east-1", "--output", str(tmp_path)])
    assert code == 0
    assert released[-1] == ("force-unlock", "-force", LOCK["ID"])
    assert "locked by somebody@somewhere since 2026-01-01T00:00:00Z" in capsys.readouterr().out


def test_does_nothing_without_the_stack_s_name(
    aws: None, tmp_path: Path, released: list[tuple[str, ...]]
) -> None:
    put_lock()
    write(tmp_path, {}, backend=BACKEND)
    output = ["--output", str(tmp_path)]
    assert main(["superset-us-east-1", "--yes", "superset-eu-west-1", *output]) == 1
    assert released == []


def test_nothing_to_release(aws: None, tmp_path: Path, released: list[tuple[str, ...]]) -> None:
    stack = write(tmp_path, {}, backend=BACKEND)
    assert lock_of(stack) is None
    assert main(["superset-us-east-1", "--output", str(tmp_path)]) == 0
    assert released == []
