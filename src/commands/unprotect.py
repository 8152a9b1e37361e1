"""Switches off what keeps an environment from being destroyed: `python -m commands.unprotect`

The step before `cdktf destroy`. It works on the stacks of the last synthesis, region by region,
prints what it does, and then what will remain after the destroy:

- deletion protection of databases and load balancers is switched off;
- buckets that hold objects stop a destroy: `--empty-buckets` deletes all that is in them, every
  version, for good. The state buckets are not touched;
- the bootstrap stack (state buckets, hosted zone, image repositories, CI roles) is not destroyed.

The environment's name has to be typed, or given as `--yes ENVIRONMENT`.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.confirm import NotConfirmed, confirm
from commands.synthesized import OUTPUT, Resource, Stack, SynthesisMissing, stack_names

BOOTSTRAP = "-bootstrap"
"""Ending of the name of the stack that is never destroyed."""


@dataclass(frozen=True)
class Remain:
    """Something that is still there after the destroy."""

    kind: str
    region: str
    name: str
    """A name, or the beginning of one followed by `*`."""
    why: str


class Unprotect:
    """The API calls; with `dry_run` it only prints."""

    def __init__(self, dry_run: bool, empty_buckets: bool) -> None:
        self._dry_run = dry_run
        self._empty_buckets = empty_buckets
        self.obstacles: list[str] = []
        """What will still stop the destroy."""

    def database(self, resource: Resource) -> None:
        """Deletion protection of a database instance."""
        client = boto3.client("rds", region_name=resource.region)
        name = resource.attributes["identifier"]
        try:
            answer = client.describe_db_instances(DBInstanceIdentifier=name)
        except client.exceptions.DBInstanceNotFoundFault:
            return
        if answer["DBInstances"][0].get("DeletionProtection"):
            self._say(resource, f"database {name}: deletion protection off")
            if not self._dry_run:
                client.modify_db_instance(
                    DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True
                )

    def vault(self, resource: Resource) -> None:
        """A vault of backups goes when it is empty; its lock, where there is one, decides when."""
        client = boto3.client("backup", region_name=resource.region)
        name = resource.attributes["name"]
        try:
            answer = client.describe_backup_vault(BackupVaultName=name)
        except client.exceptions.ResourceNotFoundException:
            return
        if kept := answer.get("NumberOfRecoveryPoints"):
            self.obstacles.append(
                f"backup vault {name} holds {kept} backups: delete them, or wait for their time"
            )

    def load_balancer(self, resource: Resource) -> None:
        """Deletion protection of a load balancer."""
        client = boto3.client("elbv2", region_name=resource.region)
        name = resource.attributes["name"]
        try:
            answer = client.describe_load_balancers(Names=[name])
        except client.exceptions.LoadBalancerNotFoundException:
            return
        arn = answer["LoadBalancers"][0]["LoadBalancerArn"]
        attributes = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        if {"Key": "deletion_protection.enabled", "Value": "true"} in attributes:
            self._say(resource, f"load balancer {name}: deletion protection off")
            if not self._dry_run:
                client.modify_load_balancer_attributes(
                    LoadBalancerArn=arn,
                    Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
                )

    def bucket(self, resource: Resource) -> None:
        """All versions of all objects of a bucket, if that was asked for."""
        if resource.attributes.get("force_destroy"):
            return
        client = boto3.client("s3", region_name=resource.region)
        name = resource.attributes["bucket"]
        try:
            first = next(_batches(client, name), None)
        except client.exceptions.NoSuchBucket:
            return
        if first is None:
            return
        if not self._empty_buckets:
            self.obstacles.append(
                f"bucket {name} is not empty: --empty-buckets deletes its objects"
            )
            return
        deleted = 0
        if not self._dry_run:
            for batch in _batches(client, name):
                answer = client.delete_objects(
                    Bucket=name, Delete={"Objects": batch, "Quiet": True}
                )
                for error in answer.get("Errors", []):
                    raise RuntimeError(f"{name}/{error['Key']}: {error['Code']}")
                deleted += len(batch)
        self._say(resource, f"bucket {name}: {deleted or 'all'} object versions deleted")

    def _say(self, resource: Resource, what: str) -> None:
        print(f"{resource.region}: {'would be done: ' if self._dry_run else ''}{what}")


ROWS = {
    "aws_backup_vault": Unprotect.vault,
    "aws_db_instance": Unprotect.database,
    "aws_lb": Unprotect.load_balancer,
    "aws_s3_bucket": Unprotect.bucket,
}
"""What is done for a resource type before it can be destroyed."""


def _batches(client: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """Every version and delete marker, as many at a time as one DeleteObjects takes."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        batch = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in page.get("Versions", []) + page.get("DeleteMarkers", [])
        ]
        if batch:
            yield batch


def remains(stacks: Iterable[Stack]) -> list[Remain]:
    """What is still there when the stacks have been destroyed, bootstrap not."""
    found = []
    for stack in stacks:
        for resource in stack.resources:
            if stack.name.endswith(BOOTSTRAP):
                found += _of_bootstrap(resource)
            else:
                found += _after_destroy(resource)
    return sorted(set(found), key=lambda remain: (remain.region, remain.kind, remain.name))


def _after_destroy(resource: Resource) -> Iterator[Remain]:
    attributes, region = resource.attributes, resource.region
    match resource.type:
        case "aws_db_instance":
            name = attributes["identifier"]
            # RDS takes no final snapshot of a replica.
            replica = "replicate_source_db" in attributes
            if not replica and not attributes.get("skip_final_snapshot"):
                snapshot = str(attributes.get("final_snapshot_identifier")).split("${")[0]
                why = "taken by the destroy, kept until somebody deletes it"
                yield Remain("database snapshot", region, snapshot + "*", why)
            if attributes.get("delete_automated_backups") is False:
                why = "kept for the backup retention period"
                yield Remain("automated database backups", region, name, why)
        case "aws_kms_key":
            days = attributes.get("deletion_window_in_days", 30)
            why = f"its waiting period of {days} days"
            yield Remain("KMS key", region, resource.tags.get("Name", resource.name), why)
        case "aws_secretsmanager_secret":
            days = attributes.get("recovery_window_in_days", 30)
            if days:
                why = f"its recovery window of {days} days, in which the name cannot be used again"
                yield Remain("secret", region, attributes["name"], why)
        case "aws_ecs_task_definition":
            why = "revisions are only marked inactive"
            yield Remain("inactive task definition", region, attributes["family"], why)


_OF_BOOTSTRAP = {
    "aws_acm_certificate": ("certificate", "domain_name"),
    "aws_cloudtrail": ("trail", "name"),
    "aws_cloudwatch_log_group": ("log group", "name"),
    "aws_cloudwatch_metric_alarm": ("alarm", "alarm_name"),
    "aws_ecr_repository": ("image repository", "name"),
    "aws_iam_openid_connect_provider": ("identity provider of CI", "url"),
    "aws_iam_policy": ("IAM policy", "name"),
    "aws_iam_role": ("IAM role", "name"),
    "aws_kms_alias": ("KMS key", "name"),
    "aws_route53_record": ("DNS record", "name"),
    "aws_route53_zone": ("hosted zone", "name"),
    "aws_s3_bucket": ("bucket", "bucket"),
    "aws_sns_topic": ("topic", "name"),
}


def _of_bootstrap(resource: Resource) -> Iterator[Remain]:
    if resource.type in _OF_BOOTSTRAP:
        kind, attribute = _OF_BOOTSTRAP[resource.type]
        name = str(resource.attributes[attribute])
        # What only Terraform knows, such as the name of a validation record, goes by its address.
        shown = resource.address if "${" in name else name
        yield Remain(kind, resource.region, shown, "part of bootstrap, which stays")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code: 2 where something still stops a destroy."""
    parser = argparse.ArgumentParser(prog="unprotect", description=(__doc__ or "").split("\n\n")[0])
    environment = os.environ.get("SUPERSET_ENVIRONMENT") or "prod"
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="default: all of them")
    parser.add_argument("--yes", metavar="ENVIRONMENT", help="its name: do not ask")
    parser.add_argument(
        "--empty-buckets", action="store_true", help="delete the objects in buckets"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the remains into a file")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of the synthesis")
    options = parser.parse_args(arguments)
    try:
        names = options.stacks or stack_names(options.output)
        chosen = [Stack(name, options.output) for name in names]
        if not chosen:
            raise SynthesisMissing(f"{options.output} has no stacks: synthesize first")
        _check_environment(chosen, environment)
        if not options.dry_run:
            confirm(environment, options.yes, "make it possible to destroy it")
        unprotect = Unprotect(options.dry_run, options.empty_buckets)
        for stack in chosen:
            if not stack.name.endswith(BOOTSTRAP):
                for resource in stack.of(*ROWS):
                    ROWS[resource.type](unprotect, resource)
    except (
        SynthesisMissing,
        NotConfirmed,
        RuntimeError,
        BotoCoreError,
        ClientError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    listed = remains(chosen)
    print("What remains after the destroy:")
    for remain in listed:
        print(f"  {remain.region}: {remain.kind} {remain.name} ({remain.why})")
    if options.json:
        options.json.write_text(json.dumps([asdict(remain) for remain in listed], indent=2))
    for obstacle in unprotect.obstacles:
        print(f"still stops the destroy: {obstacle}", file=sys.stderr)
    return 2 if unprotect.obstacles else 0


def _check_environment(stacks: Iterable[Stack], environment: str) -> None:
    """The output folder may be of another environment than the one whose name is typed."""
    for stack in stacks:
        tagged = {resource.default_tags.get("environment") for resource in stack.resources}
        if tagged - {environment, "production" if environment == "prod" else environment, None}:
            raise RuntimeError(f"{stack.name} is not of {environment}: synthesize {environment}")
    account = next((stack.account for stack in stacks if stack.account), None)
    actual = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"]
    if account and actual != account:
        raise RuntimeError(f"the credentials are of account {actual}, {environment} is {account}")


if __name__ == "__main__":
    sys.exit(main())
