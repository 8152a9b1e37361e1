"""Two deployers of one stack: the second is refused and told who the first is."""

import getpass
import socket

import pytest
from deployments import Deployment
from environments import PROD
from locks import hold_lock, is_locked, kill
from workspaces import Result

STACK = PROD.stack("global")


@pytest.fixture(scope="module")
def second(production: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What a second deployer sees; the first is then killed and leaves its lock."""
    workspace = production.workspace
    holder = hold_lock(workspace, STACK, tmp_path_factory.mktemp("lock") / "holder.log")
    try:
        output = str(workspace.output)
        options = ("--auto-approve", "--skip-synth", "--no-color", "--output", output)
        return workspace.cdktf("deploy", STACK, *options)
    finally:
        kill(holder)
        production.emulator.clear_faults()


def test_second_deployer_is_refused(second: Result) -> None:
    assert second.code == 1
    assert "Error acquiring the state lock" in second.output


def test_second_deployer_is_told_who_holds_the_lock(second: Result) -> None:
    assert f"{getpass.getuser()}@{socket.gethostname()}" in second.output


def test_lock_of_a_killed_deploy_is_released_as_documented(
    production: Deployment, second: Result
) -> None:
    assert second.code == 1
    assert is_locked(production.workspace, STACK)
    production.workspace.command("unlock", STACK, "--yes", STACK).ok()
    assert not is_locked(production.workspace, STACK)


def test_stack_deploys_again_once_it_is_unlocked(production: Deployment, second: Result) -> None:
    assert second.code == 1
    assert production.workspace.plan(STACK).changes() == {}
