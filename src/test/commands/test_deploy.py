"""The order of a deploy, its first run and its failures; cdktf is a stand-in here."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from commands import deploy
from commands.bake import AlarmRaised
from commands.console import Console
from commands.environment import GUARDED
from commands.synthesized import Stack

CDKTF = r"""#!/usr/bin/env python3
import json, os, pathlib, sys, time
arguments = sys.argv[1:]
root = pathlib.Path.cwd()
state = os.environ.get("SUPERSET_BOOTSTRAP_STATE", "s3")
with (root / "calls").open("a") as calls:
    migrate = ["--migrate-state"] if "--migrate-state" in arguments else []
    words = arguments[:1] if arguments[0] == "synth" else arguments[:2]
    calls.write(" ".join([*words, *migrate, *([state] if arguments[0] == "synth" else [])]) + "\n")
if arguments[0] == "synth":
    (root / "synthesized-for").write_text(state)
    sys.exit()
stack = arguments[1]
with (root / "terraforms").open("a") as terraforms:
    terraforms.write(os.environ.get("TERRAFORM_BINARY_NAME", "terraform") + "\n")
if stack in os.environ.get("FAILS", ""):
    print(f"{stack}  Error: {os.environ.get('WORDS', 'no such luck')}")
    sys.exit(3)
print(f"{stack}  Plan: 2 to add, 0 to change, 0 to destroy.")
if stack.endswith("bootstrap"):
    local = root / f"terraform.{stack}.tfstate"
    if (root / "synthesized-for").read_text() == "local":
        local.write_text("{}")
    else:
        (root / "bucket").touch()
for kind in ("aws_db_instance", "aws_lambda_invocation"):
    print(f"{stack}  {kind}.x_1 (a/{kind}): Creation complete after 2s [id=1]", flush=True)
time.sleep(float(os.environ.get("REST", "0")) if stack.endswith("us-east-1") else 0)
with (root / "calls").open("a") as calls:
    calls.write(f"end {stack}\n")
print(f"{stack}  Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
target = pathlib.Path(arguments[arguments.index("--outputs-file") + 1])
target.write_text(json.dumps({stack: {"url": f"https://{stack}.example.com"}}))
"""


def stack_json(name: str, region: str, database: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "provider": {"aws": [{"region": region, "allowed_account_ids": ["123456789012"]}]},
        "terraform": {
            "backend": {"s3": {"bucket": "b", "key": f"{name}.tfstate", "region": region}}
        },
        "resource": {"aws_db_instance": {"x_1": database}} if database is not None else {},
    }


class Account:
    """A project folder and an account whose state bucket may exist."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        for name, region, database in (
            ("superset-bootstrap", "us-east-1", None),
            ("superset-eu-west-1", "eu-west-1", {"replicate_source_db": "arn"}),
            ("superset-us-east-1", "us-east-1", {}),
            ("superset-global", "us-east-1", None),
        ):
            folder = root / "cdktf.out" / "stacks" / name
            folder.mkdir(parents=True)
            (folder / "cdk.tf.json").write_text(json.dumps(stack_json(name, region, database)))
        programs = root / "bin"
        programs.mkdir()
        (programs / "cdktf").write_text(CDKTF)
        (programs / "cdktf").chmod(0o755)
        monkeypatch.setattr(deploy, "ROOT", root)
        monkeypatch.setattr(deploy, "OUTPUT", root / "cdktf.out")
        monkeypatch.setattr(deploy, "RESULT", root / "deploy.json")
        monkeypatch.setattr(deploy.Deployment, "_has_state", lambda *_: (root / "bucket").exists())
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def deploy(self, bake: float | None = None, **variables: str) -> deploy.Deployment:
        environment = {**self.environment, **variables}
        return deploy.deploy(environment, Console(), self.root / "logs", bake)

    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()

    @property
    def local_state(self) -> Path:
        return self.root / "terraform.superset-bootstrap.tfstate"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(tmp_path, monkeypatch)


def deploys(calls: list[str]) -> list[str]:
    return [call.removeprefix("deploy ") for call in calls if call.startswith("deploy ")]


def test_every_stack_is_applied_by_the_terraform_that_judges_plans(account: Account) -> None:
    account.deploy()
    terraforms = (account.root / "terraforms").read_text().splitlines()
    assert len(terraforms) == len(deploys(account.calls()))
    assert set(terraforms) == {GUARDED["TERRAFORM_BINARY_NAME"]}


def test_the_first_run_moves_the_state_of_bootstrap_into_its_bucket(account: Account) -> None:
    account.deploy()
    assert account.calls()[:6] == [
        "synth s3",
        "synth local",
        "deploy superset-bootstrap",
        "end superset-bootstrap",
        "synth s3",
        "deploy superset-bootstrap --migrate-state",
    ]
    assert not account.local_state.exists()


def test_the_order_is_bootstrap_writer_others_global(account: Account) -> None:
    account.deploy()
    assert deploys(account.calls())[2:] == [
        "superset-us-east-1",
        "superset-eu-west-1",
        "superset-global",
    ]


def test_a_later_run_moves_nothing(account: Account) -> None:
    (account.root / "bucket").touch()
    account.deploy()
    assert "synth local" not in account.calls()
    assert deploys(account.calls())[0] == "superset-bootstrap"
    assert not any("--migrate-state" in call for call in account.calls())


def test_killed_before_the_move_it_goes_on_with_the_local_state(account: Account) -> None:
    account.local_state.write_text("{}")
    account.deploy()
    assert "deploy superset-bootstrap --migrate-state" in account.calls()
    assert not account.local_state.exists()


def test_killed_after_the_move_the_bucket_counts(account: Account) -> None:
    (account.root / "bucket").touch()
    account.local_state.write_text("{}")
    record = account.root / "cdktf.out/stacks/superset-bootstrap/.terraform/terraform.tfstate"
    record.parent.mkdir()
    record.write_text(json.dumps({"backend": {"type": "local"}}))
    account.deploy()
    assert not account.local_state.exists()
    assert not record.exists()
    assert not any("--migrate-state" in call for call in account.calls())


def test_other_regions_start_when_the_writers_database_and_secrets_exist(account: Account) -> None:
    account.deploy(REST="1.5")
    calls = account.calls()
    assert calls.index("deploy superset-eu-west-1") < calls.index("end superset-us-east-1")
    assert calls.index("deploy superset-global") > calls.index("end superset-us-east-1")


def test_a_failure_ends_with_its_status_and_shows_the_error(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(deploy.DeployFailed) as failure:
        account.deploy(FAILS="superset-us-east-1")
    assert failure.value.status == 3
    said = capsys.readouterr().out
    assert "Error: no such luck" in said
    assert "logs/superset-us-east-1.log" in said
    assert "superset-eu-west-1" not in " ".join(deploys(account.calls()))
    assert "superset-global" not in deploys(account.calls())


def test_an_error_that_people_meet_is_explained_after_its_own_words(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(deploy.DeployFailed):
        account.deploy(FAILS="superset-us-east-1", WORDS="Error acquiring the state lock")
    own, _, explained = capsys.readouterr().out.partition("Error acquiring the state lock")
    assert "What to do" not in own
    assert "make unlock STACK=superset-us-east-1" in explained


def test_the_first_region_is_announced_before_the_second_is_done(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.deploy()
    said = capsys.readouterr().out
    assert "the first region is usable: https://superset-us-east-1.example.com" in said


def test_the_table_counts_what_was_made(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.deploy()
    table = capsys.readouterr().out.split("stack ", 1)[1]
    rows = {line.split()[0]: line.split()[1] for line in table.splitlines()[2:6]}
    assert rows == {
        "superset-bootstrap": "4",
        "superset-us-east-1": "2",
        "superset-eu-west-1": "2",
        "superset-global": "2",
    }
    recorded = json.loads((account.root / "deploy.json").read_text())
    assert [stack["created"] for stack in recorded["stacks"]] == [4, 2, 2, 2]


class Alarms:
    """Stands for commands.bake: an alarm of one region is raised after its deploy."""

    raised_in = "superset-us-east-1"

    def __init__(self, stack: Stack, client: Any) -> None:
        self.name = stack.name
        self.before = {"alarm-of-before"}
        assert client.meta.region_name == stack.region

    def watch(self, minutes: float) -> None:
        assert minutes == 7
        if self.name == self.raised_in:
            raise AlarmRaised(f"{self.name}: raised after the deploy: errors")


def test_a_raised_alarm_leaves_the_other_regions_as_they_are(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "Bake", Alarms)
    with pytest.raises(deploy.DeployFailed):
        account.deploy(bake=7)
    assert deploys(account.calls())[2:] == ["superset-us-east-1"]
    said = capsys.readouterr().out
    assert "superset-us-east-1: raised before the deploy: alarm-of-before" in said
    assert "raised after the deploy: errors. What follows is not deployed" in said


def test_with_a_bake_regions_follow_one_another(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "Bake", Alarms)
    monkeypatch.setattr(Alarms, "raised_in", "none")
    account.deploy(bake=7, REST="0.5")
    calls = account.calls()
    assert calls.index("end superset-us-east-1") < calls.index("deploy superset-eu-west-1")
    assert deploys(calls)[-1] == "superset-global"


def test_alarms_that_cannot_be_looked_at_end_the_deploy(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")

    monkeypatch.setattr(deploy, "Bake", refused)
    with pytest.raises(deploy.DeployFailed):
        account.deploy(bake=7)
    assert "superset-us-east-1: cannot look at its alarms" in capsys.readouterr().out
