"""The real Terraform, through the guard: a database whose identifier changes is not replaced."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import served
from synthesis import tags, write

from commands import environment
from commands.environment import ROOT

GUARDED = str(ROOT / "src" / "commands" / "guarded-terraform")
NAME = "superset-production"
STACK = "superset-us-east-1"
DATABASE = "aws_db_instance.database_instance_D7FC2283"
TOPIC = "aws_sns_topic.alarms_topic_40496ABE"


class World:
    """A stack with a database and a topic, and the guarded Terraform in its folder."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.database = {
            "identifier": NAME,
            "engine": "postgres",
            "instance_class": "db.r6g.large",
            "allocated_storage": 100,
            "username": "superset_admin",
            "skip_final_snapshot": True,
        }
        boto3.client("rds", region_name="us-east-1").create_db_instance(
            DBInstanceIdentifier=NAME,
            DBInstanceClass="db.r6g.large",
            Engine="postgres",
            MasterUsername="superset_admin",
            MasterUserPassword="of-the-local-account",
            AllocatedStorage=100,
        )
        self.folder = self.write(self.database)
        self.run("init", "-input=false")
        # The provider waits minutes for a database that it makes.
        self.run("import", "-input=false", DATABASE, NAME)

    def write(self, database: dict[str, Any] | None) -> Path:
        """The stack, with another database or none."""
        resources: dict[str, dict[str, Any]] = {
            "aws_sns_topic": {TOPIC.split(".")[1]: {"name": "alarms", "tags": tags("alarms")}}
        }
        if database:
            resources["aws_db_instance"] = {DATABASE.split(".")[1]: database}
        return write(self.output, resources).directory

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Exit status, and all that was said."""
        done = subprocess.run(
            [GUARDED, *arguments],
            cwd=self.folder,
            env={**environment.tools(), "SUPERSET_ENVIRONMENT": "dev"},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served.aws():
        yield World(tmp_path_factory.mktemp("guard"))


def cdktf(output: Path, *arguments: str) -> tuple[int, str]:
    """The real cdktf on what was synthesized."""
    stack: dict[str, Any] = {
        "name": STACK,
        "constructPath": STACK,
        "workingDirectory": f"stacks/{STACK}",
        "synthesizedStackPath": f"stacks/{STACK}/cdk.tf.json",
        "annotations": [],
        "dependencies": [],
    }
    document = output / stack["synthesizedStackPath"]
    metadata = {"metadata": {"backend": "local", "stackName": STACK, "version": "0.19.2"}}
    document.write_text(json.dumps({"//": metadata, **json.loads(document.read_text())}))
    manifest = {"version": "0.19.2", "stacks": {STACK: stack}}
    (output / "manifest.json").write_text(json.dumps(manifest))
    done = subprocess.run(
        [
            "cdktf",
            *arguments,
            STACK,
            "--skip-synth",
            "--no-color",
            "--app=true",
            f"--output={output}",
        ],
        cwd=ROOT,
        env={**environment.tools(), **environment.GUARDED, "SUPERSET_ENVIRONMENT": "dev"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def databases() -> list[str]:
    found = boto3.client("rds", region_name="us-east-1").describe_db_instances()["DBInstances"]
    return [one["DBInstanceIdentifier"] for one in found]


def topics() -> list[str]:
    found = boto3.client("sns", region_name="us-east-1").list_topics()["Topics"]
    return [one["TopicArn"].rpartition(":")[2] for one in found]


@pytest.mark.parametrize(
    ("database", "word"),
    [
        ({"identifier": "superset-prod"}, "renamed"),
        ({"username": "admin_of_superset"}, "replaced because of username"),
    ],
    ids=["identifier", "username"],
)
def test_a_change_that_loses_the_database_is_stopped_before_anything_is_applied(
    world: World, database: dict[str, str], word: str
) -> None:
    world.write({**world.database, **database})
    status, said = world.run("apply", "-auto-approve", "-no-color", "-parallelism=10")
    assert status == 1
    assert f"Error: {STACK}: {DATABASE} would be {word}" in said
    assert databases() == [NAME]
    assert topics() == []


def test_cdktf_is_stopped_as_well(world: World) -> None:
    world.write(None)
    status, said = cdktf(world.output, "diff")
    assert status == 1
    assert f"{DATABASE} would be destroyed" in said
    assert (world.folder / "plan").is_file()


def test_what_loses_nothing_is_asked_about(world: World) -> None:
    world.write(world.database)
    assert world.run("apply", "-no-color", stdin="no\n")[0] == 1
    assert topics() == []


def test_cdktf_applies_the_plan_that_was_judged(world: World) -> None:
    # Without changes of the database, for whose end the provider would wait.
    world.write({**world.database, "lifecycle": {"ignore_changes": "all"}})
    status, said = cdktf(world.output, "deploy", "--auto-approve", "--terraform-parallelism=10")
    assert status == 0, said
    assert "Apply complete! Resources: 1 added" in said
    assert topics() == ["alarms"]
