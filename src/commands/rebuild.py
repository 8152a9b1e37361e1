"""Makes a region's database a replica of the writer again: `python -m commands.rebuild REGION`

After a promotion, and after `writer:` was changed in platform.yaml. RDS cannot point a database at
another source, so it is replaced: a primary that has come back is kept as a final snapshot (what it
had and the new writer has not is in there, and nowhere else), the instance is deleted, and the
deploy of the region's stack makes the replica. Deleted is only what is no replica of the writer,
and only in a region that is not the writer; run again after any failure it goes on.

The region's own /superset/writer is set to what the writer's region says. The region stays fenced
until `make admit`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.confirm import NotConfirmed, confirm
from commands.environment import ROOT, tools
from commands.synthesized import OUTPUT, Stack, SynthesisMissing, stack_names

PARAMETER = "/superset/writer"
POLL_SECONDS = 10
Say = Callable[[str], None]


class CannotRebuild(Exception):
    """Something has to be done first."""


class Rebuild:
    """One region's database."""

    def __init__(self, stack: Stack, say: Say = print) -> None:
        (self._database,) = stack.of("aws_db_instance")
        self._region = stack.region
        self._source = str(self._database.attributes.get("replicate_source_db", ""))
        if not self._source.startswith("arn:"):
            raise CannotRebuild(
                f"{self._region} is the writer by the configuration: change writer in platform.yaml"
            )
        self._writer = self._source.split(":")[3]
        self._identifier = str(self._database.attributes["identifier"])
        self._rds = boto3.client("rds", region_name=self._region)
        self._say = say

    def tell(self) -> None:
        """Set the region's /superset/writer to the writer's own."""
        there = boto3.client("ssm", region_name=self._writer)
        value = there.get_parameter(Name=PARAMETER)["Parameter"]["Value"]
        if json.loads(value)["region"] != self._writer:
            raise CannotRebuild(f"{PARAMETER} in {self._writer} is {value}: promote that region")
        here = boto3.client("ssm", region_name=self._region)
        if here.get_parameter(Name=PARAMETER)["Parameter"]["Value"] != value:
            here.put_parameter(Name=PARAMETER, Value=value, Type="String", Overwrite=True)
            self._say(f"{self._region}: {PARAMETER} names {self._writer}")

    def is_due(self) -> bool:
        """Whether there is a database that is no replica of the writer."""
        instance = self._instance()
        if instance is None:
            self._say(f"{self._region}: there is no database {self._identifier}")
        elif _source(instance) == self._source:
            self._say(f"{self._region}: {self._identifier} is a replica of {self._writer} already")
        else:
            return True
        return False

    def remove(self) -> None:
        """Delete it; a primary leaves a final snapshot. Returns when it is gone."""
        instance = self._instance()
        if instance and instance["DBInstanceStatus"] != "deleting":
            if instance.get("DeletionProtection"):
                self._rds.modify_db_instance(
                    DBInstanceIdentifier=self._identifier,
                    DeletionProtection=False,
                    ApplyImmediately=True,
                )
                self._say(f"{self._region}: deletion protection of {self._identifier} is off")
            self._rds.delete_db_instance(
                DBInstanceIdentifier=self._identifier,
                DeleteAutomatedBackups=False,
                **self._last_snapshot(instance),
            )
        while self._instance() is not None:
            time.sleep(POLL_SECONDS)
        self._say(f"{self._region}: {self._identifier} is deleted")

    def _last_snapshot(self, instance: dict[str, Any]) -> dict[str, Any]:
        """RDS takes none of a replica, which has nothing of its own."""
        if _source(instance):
            return {"SkipFinalSnapshot": True}
        name = f"{self._identifier}-returned-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}"
        self._say(f"{self._region}: its data is kept as the snapshot {name}")
        return {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name}

    def _instance(self) -> dict[str, Any] | None:
        try:
            answer = self._rds.describe_db_instances(DBInstanceIdentifier=self._identifier)
        except self._rds.exceptions.DBInstanceNotFoundFault:
            return None
        instance: dict[str, Any] = answer["DBInstances"][0]
        return instance


def _source(instance: dict[str, Any]) -> str | None:
    return instance.get("ReadReplicaSourceDBInstanceIdentifier") or None


def _stack(region: str, output: Path) -> Stack:
    """The stack of a region."""
    found = [Stack(name, output) for name in stack_names(output) if name.endswith(f"-{region}")]
    if len(found) != 1:
        raise SynthesisMissing(f"{output} has no stack of {region}: synthesize first")
    return found[0]


def _synthesize() -> None:
    """What was synthesized last may be older than the change of the writer."""
    done = subprocess.run(["cdktf", "synth"], cwd=ROOT, env=tools(), capture_output=True, text=True)
    if done.returncode:
        raise SynthesisMissing(done.stdout + done.stderr)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="rebuild", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("region", metavar="REGION", help="the region whose database is replaced")
    parser.add_argument("--yes", metavar="REGION", help="the region's name again: do not ask")
    parser.add_argument("--no-deploy", action="store_true", help="do not make the replica")
    parser.add_argument(
        "--output", type=Path, help=f"folder of a synthesis to use; default: a new one in {OUTPUT}"
    )
    options = parser.parse_args(arguments)
    try:
        if options.output is None:
            _synthesize()
        stack = _stack(options.region, options.output or ROOT / OUTPUT)
        rebuild = Rebuild(stack)
        rebuild.tell()
        if rebuild.is_due():
            confirm(options.region, options.yes, "replace its database by a replica")
            rebuild.remove()
    except (
        SynthesisMissing,
        CannotRebuild,
        NotConfirmed,
        BotoCoreError,
        ClientError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    if options.no_deploy:
        print(f"The deploy of {stack.name} makes the replica.")
        return 0
    os.chdir(ROOT)
    return subprocess.call(["cdktf", "deploy", stack.name, "--auto-approve"], env=tools())


if __name__ == "__main__":
    sys.exit(main())
