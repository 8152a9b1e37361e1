"""A diff of all stacks goes on after one that is refused; cdktf is a stand-in here."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from commands import diff

CDKTF = """#!/usr/bin/env python3
import os, pathlib, sys
root = pathlib.Path.cwd()
with (root / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:3]) + "\\n")
if sys.argv[1] == "diff":
    stack = sys.argv[2]
    assert os.environ["TERRAFORM_BINARY_NAME"].endswith("guarded-terraform")
    (root / "cdktf.out" / "stacks" / stack / "plan").write_text((root / stack).read_text())
sys.exit(os.environ.get("FAILS") == sys.argv[2])
"""
REPLACED = {
    "address": "aws_kms_key.k",
    "mode": "managed",
    "change": {"actions": ["delete", "create"]},
}


class Project:
    """A folder with a synthesis, and the plans that cdktf will make."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        for name, database in (("bootstrap", None), ("us-east-1", {}), ("global", None)):
            stack = f"superset-{name}"
            folder = root / "cdktf.out" / "stacks" / stack
            folder.mkdir(parents=True)
            resources = {} if database is None else {"aws_db_instance": {"d": database}}
            (folder / "cdk.tf.json").write_text(json.dumps({"resource": resources}))
            self.plan(stack)
        (root / "cdktf").write_text(CDKTF)
        (root / "cdktf").chmod(0o755)
        variables = {**os.environ, "PATH": f"{root}:{os.environ['PATH']}"}
        monkeypatch.setattr(
            diff, "tools", lambda: {**variables, **os.environ, "PATH": variables["PATH"]}
        )
        monkeypatch.setattr(diff, "ROOT", root)
        monkeypatch.setattr(diff, "OUTPUT", root / "cdktf.out")

    def plan(self, stack: str, *records: dict[str, Any]) -> None:
        (self.root / stack).write_text(json.dumps({"resource_changes": records}))

    def planned(self) -> list[str]:
        lines = (self.root / "calls").read_text().splitlines()
        return [line.removeprefix("diff superset-") for line in lines if line.startswith("diff")]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_all_stacks_are_planned_in_the_order_of_a_deploy(project: Project) -> None:
    assert diff.main([]) == 0
    assert project.planned() == ["bootstrap", "us-east-1", "global"]


def test_one_stack_alone(project: Project) -> None:
    assert diff.main(["superset-us-east-1"]) == 0
    assert project.planned() == ["us-east-1"]


def test_a_refused_stack_stops_no_other(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.plan("superset-bootstrap", REPLACED)
    assert diff.main([]) == 1
    assert project.planned() == ["bootstrap", "us-east-1", "global"]
    assert "not to be deployed as it is: superset-bootstrap\n" in capsys.readouterr().err


def test_a_plan_that_fails_stops_no_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", "superset-us-east-1")
    assert diff.main([]) == 1
    assert project.planned() == ["bootstrap", "us-east-1", "global"]
