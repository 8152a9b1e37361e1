"""The real Terraform, with the pinned provider, accepts every committed stack."""

import shutil
import subprocess
from pathlib import Path

import pytest

from commands.environment import ROOT, tools

SNAPSHOTS = sorted((ROOT / "main.tf.json-snapshots").glob("*.tf.json"))


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.name.partition(".")[0])
def test_terraform_accepts_the_stack(snapshot: Path, tmp_path: Path) -> None:
    shutil.copy(snapshot, tmp_path / "cdk.tf.json")
    for command in (["init", "-backend=false", "-input=false"], ["validate"]):
        run = subprocess.run(
            ["terraform", *command, "-no-color"],
            cwd=tmp_path,
            env=tools(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert run.returncode == 0, run.stdout


def test_there_are_stacks_to_validate() -> None:
    assert len(SNAPSHOTS) == 10
