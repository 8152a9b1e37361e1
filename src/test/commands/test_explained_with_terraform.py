"""The real Terraform ends with errors that the emulator can provoke, and they are explained."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import served
from synthesis import ACCOUNT, write

from commands import environment
from commands.explained import explain

STACK = "superset-us-east-1"
BUCKET = "superset-production-tfstate"
KEY = f"{STACK}.tfstate"
BACKEND = {"s3": {"bucket": BUCKET, "key": KEY, "region": "us-east-1", "use_lockfile": True}}
LOCK = {
    "ID": "1ea5e1f2-0000-4000-8000-000000000000",
    "Operation": "OperationTypeApply",
    "Who": "somebody@somewhere",
    "Created": "2026-01-01T00:00:00Z",
}
NOTHING: dict[str, dict[str, Any]] = {"terraform_data": {"nothing": {"input": "x"}}}
GROUP: dict[str, dict[str, Any]] = {"aws_cloudwatch_log_group": {"g": {"name": "/taken"}}}


@pytest.fixture(scope="module", autouse=True)
def _aws() -> Iterator[None]:
    with served.aws():
        yield


class Folder:
    """A stack, and Terraform in its folder."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output

    def write(self, resources: dict[str, dict[str, Any]], backend: Any = None) -> None:
        self.path = write(self.output, resources, backend=backend).directory

    def change(self, old: str, new: str) -> None:
        file = self.path / "cdk.tf.json"
        file.write_text(file.read_text().replace(old, new))

    def says(self, *arguments: str, **variables: str) -> str:
        """What Terraform said, in lines of its own width."""
        done = subprocess.run(
            ["terraform", *arguments, "-no-color", "-input=false"],
            cwd=self.path,
            env={**environment.tools(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def told(self, *arguments: str, **variables: str) -> str:
        """How its error is explained: once."""
        lines = explain(self.says(*arguments, **variables).splitlines(), STACK)
        assert len(lines) == 2, lines
        return " ".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def ready(folder: Folder) -> Folder:
    """With its provider."""
    folder.write(GROUP)
    assert "successfully initialized" in folder.says("init")
    return folder


def test_a_state_bucket_that_bootstrap_did_not_make(folder: Folder) -> None:
    folder.write(NOTHING, {"s3": {**BACKEND["s3"], "bucket": "nobody-made-it"}})
    assert "nobody-made-it is made by bootstrap" in folder.told("init")


def test_a_lock_that_stayed(folder: Folder) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    folder.write(NOTHING, BACKEND)
    folder.says("init")
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(LOCK).encode())
    assert f"make unlock STACK={STACK}" in folder.told("plan")


def test_another_account(ready: Folder) -> None:
    ready.change(ACCOUNT, "210987654321")
    assert f"of the account {ACCOUNT}" in ready.told("plan")


def test_no_credentials(ready: Folder) -> None:
    told = ready.told("plan", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "aws sts get-caller-identity" in told


def test_something_that_is_there_already(ready: Folder) -> None:
    boto3.client("logs", region_name="us-east-1").create_log_group(logGroupName="/taken")
    assert f"make adopt STACK={STACK}" in ready.told("apply", "-auto-approve")


def test_a_bucket_that_holds_something(ready: Folder) -> None:
    ready.write({"aws_s3_bucket": {"b": {"bucket": "holds-something"}}})
    assert "1 added" in ready.says("apply", "-auto-approve")
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="holds-something", Key="k")
    assert "--empty-buckets" in ready.told("destroy", "-auto-approve")


def test_a_provider_that_is_not_the_one_of_before(ready: Folder) -> None:
    lock = ready.path / ".terraform.lock.hcl"
    text = re.sub(r'\n *"zh:[^"]*",', "", lock.read_text())
    lock.write_text(re.sub(r'"h1:[^"]*"', f'"h1:{"A" * 43}="', text))
    shutil.rmtree(ready.path / ".terraform")
    assert ".terraform.lock.hcl" in ready.told("init")


def test_a_provider_that_is_nowhere(folder: Folder) -> None:
    folder.write(GROUP)
    folder.change("5.100.0", "5.99.999")
    assert "SUPERSET_TF_MIRROR" in folder.told("init")


def test_a_terraform_that_is_too_old(folder: Folder) -> None:
    folder.write(GROUP)
    folder.change('"backend"', '"required_version": ">= 99.0", "backend"')
    assert "lacks what the stacks use" in folder.told("init")
