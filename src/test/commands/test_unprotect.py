"""What `make unprotect` switches off, and what it says will remain."""

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.backup.models import backup_backends
from synthesis import ACCOUNT, tags, write

from commands.synthesized import Stack
from commands.unprotect import main

BUCKET = f"superset-production-logs-{ACCOUNT}-us-east-1"
RESOURCES: dict[str, dict[str, Any]] = {
    "aws_db_instance": {
        "d": {
            "identifier": "superset-production",
            "final_snapshot_identifier": "superset-production-final-${substr(x.id, 0, 8)}",
            "delete_automated_backups": False,
        }
    },
    "aws_lb": {"l": {"name": "superset-production"}},
    "aws_s3_bucket": {"b": {"bucket": BUCKET}},
    "aws_kms_key": {"k": {"tags": tags("superset-production-data"), "deletion_window_in_days": 30}},
    "aws_secretsmanager_secret": {
        "s": {"name": "superset/admin", "recovery_window_in_days": 30},
        "gone": {"name": "superset/gone", "recovery_window_in_days": 0},
    },
    "aws_ecs_task_definition": {"t": {"family": "superset-app"}},
}
STATE_BUCKET = f"superset-production-tfstate-{ACCOUNT}-us-east-1"


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def environment(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployed production environment; returns the folder of its synthesis."""
    monkeypatch.delenv("SUPERSET_ENVIRONMENT", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    client("rds").create_db_instance(
        DBInstanceIdentifier="superset-production",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="superset_admin",
        MasterUserPassword="throw-away",
        DeletionProtection=True,
    )
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.10.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="superset-production", Subnets=subnets)
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
    )
    for bucket in (BUCKET, STATE_BUCKET):
        s3 = client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for _ in range(2):
            s3.put_object(Bucket=bucket, Key="a", Body=b"a")
        s3.delete_object(Bucket=bucket, Key="a")
    write(tmp_path, RESOURCES)
    write(
        tmp_path,
        {
            "aws_s3_bucket": {"state": {"bucket": STATE_BUCKET}},
            "aws_acm_certificate": {"c": {"domain_name": "analytics.example.com"}},
            "aws_route53_record": {"v": {"name": "${tolist(aws_acm_certificate.c.x)[0].name}"}},
        },
        name="superset-bootstrap",
    )
    return tmp_path


def run(output: Path, *arguments: str) -> int:
    return main(["--output", str(output), *arguments])


def protected() -> tuple[bool, bool, int]:
    """Of the database, of the load balancer, and the number of versions in the logs bucket."""
    database = client("rds").describe_db_instances()["DBInstances"][0]["DeletionProtection"]
    elb = client("elbv2")
    arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    on = {"Key": "deletion_protection.enabled", "Value": "true"} in attributes
    return database, on, versions(BUCKET)


def versions(bucket: str) -> int:
    listed = client("s3").list_object_versions(Bucket=bucket)
    return len(listed.get("Versions", [])) + len(listed.get("DeleteMarkers", []))


def test_switches_protection_off_and_keeps_objects(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(environment, "--yes", "prod") == 2
    assert protected() == (False, False, 3)
    output = capsys.readouterr()
    assert "us-east-1: database superset-production: deletion protection off" in output.out
    assert "us-east-1: load balancer superset-production: deletion protection off" in output.out
    assert f"bucket {BUCKET} is not empty: --empty-buckets" in output.err


def test_empties_buckets_when_asked_but_never_the_state(environment: Path) -> None:
    assert run(environment, "--yes", "prod", "--empty-buckets") == 0
    assert protected() == (False, False, 0)
    assert versions(STATE_BUCKET) == 3


def test_a_second_run_has_nothing_to_do(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(environment, "--yes", "prod", "--empty-buckets")
    capsys.readouterr()
    assert run(environment, "--yes", "prod", "--empty-buckets") == 0
    assert capsys.readouterr().out.startswith("What remains")


@pytest.mark.parametrize("arguments", [(), ("--yes", "dev"), ("--yes", "")])
def test_does_nothing_without_the_environment_s_name(
    environment: Path, arguments: tuple[str, ...]
) -> None:
    assert run(environment, *arguments, "--empty-buckets") == 1
    assert protected() == (True, True, 3)


def test_a_dry_run_does_nothing(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(environment, "--dry-run", "--empty-buckets") == 0
    assert protected() == (True, True, 3)
    assert capsys.readouterr().out.count("would be done") == 3


def test_refuses_another_environment_s_stacks(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUPERSET_ENVIRONMENT", "dev")
    assert run(environment, "--yes", "dev") == 1
    assert protected() == (True, True, 3)
    assert "is not of dev" in capsys.readouterr().err


def test_refuses_another_account(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Stack("superset-us-east-1", environment).directory / "cdk.tf.json"
    for stack in ("superset-us-east-1", "superset-bootstrap"):
        path = environment / "stacks" / stack / "cdk.tf.json"
        path.write_text(path.read_text().replace(ACCOUNT, "210987654321"))
    assert run(environment, "--yes", "prod") == 1
    assert protected()[:2] == (True, True)
    assert f"credentials are of account {ACCOUNT}" in capsys.readouterr().err


def test_an_environment_that_is_gone_already_is_fine(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUPERSET_ENVIRONMENT", raising=False)
    write(tmp_path, RESOURCES)
    assert run(tmp_path, "--yes", "prod", "--empty-buckets") == 0


def test_a_vault_with_backups_stops_a_destroy(
    aws: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client("backup").create_backup_vault(BackupVaultName="superset-production")
    write(tmp_path, {"aws_backup_vault": {"v": {"name": "superset-production"}}})
    assert run(tmp_path, "--yes", "prod") == 0
    vault = backup_backends[ACCOUNT]["us-east-1"].vaults["superset-production"]
    vault.number_of_recovery_points = 3
    assert run(tmp_path, "--yes", "prod") == 2
    assert "backup vault superset-production holds 3 backups" in capsys.readouterr().err


def test_a_replica_leaves_no_snapshot(aws: None, tmp_path: Path) -> None:
    block = {**RESOURCES["aws_db_instance"]["d"], "replicate_source_db": "arn:aws:rds:x"}
    file = tmp_path / "remains.json"
    write(tmp_path, {"aws_db_instance": {"d": block}})
    run(tmp_path, "--dry-run", "--json", str(file))
    assert [remain["kind"] for remain in json.loads(file.read_text())] == [
        "automated database backups"
    ]


def test_lists_what_remains(environment: Path, tmp_path: Path) -> None:
    file = tmp_path / "remains.json"
    run(environment, "--dry-run", "--json", str(file))
    remains = [(entry["kind"], entry["name"]) for entry in json.loads(file.read_text())]
    assert sorted(remains) == [
        ("DNS record", "aws_route53_record.v"),
        ("KMS key", "superset-production-data"),
        ("automated database backups", "superset-production"),
        ("bucket", STATE_BUCKET),
        ("certificate", "analytics.example.com"),
        ("database snapshot", "superset-production-final-*"),
        ("inactive task definition", "superset-app"),
        ("secret", "superset/admin"),
    ]
