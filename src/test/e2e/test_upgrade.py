"""A platform of the first release becomes today's: what holds data stays."""

import subprocess
from pathlib import Path

import pytest
from deployments import Deployment
from environments import STAGING
from released import FIRST, HistoryMissing, extract

from commands.environment import ROOT
from commands.guard import HOLDERS

STACKS = [STAGING.stack("bootstrap"), STAGING.stack(STAGING.writer)]


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_that_holds_data_is_replaced_or_destroyed(upgraded: Deployment, stack: str) -> None:
    planned = upgraded.facts["planned"][stack]
    assert planned, "the release and today are the same: nothing is tested"
    ended = {address for address, actions in planned.items() if "delete" in actions}
    assert not {address for address in ended if address.split(".")[0] in HOLDERS}


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_after_the_upgrade_is_empty(upgraded: Deployment, stack: str) -> None:
    assert upgraded.facts["again"][stack] == {}


def test_secrets_keep_their_values(upgraded: Deployment) -> None:
    before = upgraded.facts["secrets"]
    assert len(before) == 3
    secrets = upgraded.emulator.client("secretsmanager", STAGING.writer)
    assert {name: secrets.get_secret_value(SecretId=name)["VersionId"] for name in before} == before


def test_a_clone_without_history_is_told_what_to_do(tmp_path: Path) -> None:
    shallow = tmp_path / "clone"
    clone = ["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", str(shallow)]
    subprocess.run(clone, check=True, capture_output=True)
    with pytest.raises(HistoryMissing, match="git fetch --unshallow"):
        extract(FIRST, tmp_path / "release", shallow)
