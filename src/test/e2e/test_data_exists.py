"""Databases, caches, keys and buckets as AWS reports them."""

import json
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD

NAME = "superset-production"
KEYS = {
    f"alias/{NAME}-{purpose}"
    for purpose in (
        "alarms",
        "backups",
        "cache",
        "database",
        "images",
        "logs",
        "secrets",
        "state",
        "tasks",
    )
}
#: Of the account's trail, which is in the region of bootstrap's state.
AUDIT = f"alias/{NAME}-audit"
EXPECTED_PARAMETERS = {
    "rds.force_ssl": "1",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    "log_min_duration_statement": "1000",
    "hot_standby_feedback": "1",
}


def key_arn(production: Deployment, region: str, purpose: str) -> str:
    client = production.emulator.client("kms", region)
    return client.describe_key(KeyId=f"alias/{NAME}-{purpose}")["KeyMetadata"]["Arn"]


def database(production: Deployment, region: str) -> dict[str, Any]:
    client = production.emulator.client("rds", region)
    (found,) = client.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    return found


def redis(production: Deployment, region: str) -> dict[str, Any]:
    client = production.emulator.client("elasticache", region)
    (found,) = client.describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"]
    return found


def group_names(production: Deployment, region: str, ids: list[str]) -> set[str]:
    client = production.emulator.client("ec2", region)
    found = client.describe_security_groups(GroupIds=ids)["SecurityGroups"]
    return {group["GroupName"] for group in found}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("DBInstanceStatus", "available"),
        ("DBInstanceClass", "db.r6g.large"),
        ("Engine", "postgres"),
        ("MultiAZ", True),
        ("StorageEncrypted", True),
        ("StorageType", "gp3"),
        ("MaxAllocatedStorage", 500),
        ("PubliclyAccessible", False),
        ("DeletionProtection", True),
        ("CopyTagsToSnapshot", True),
        ("AutoMinorVersionUpgrade", True),
        ("PerformanceInsightsEnabled", True),
        ("MonitoringInterval", 60),
        ("CACertificateIdentifier", "rds-ca-rsa2048-g1"),
    ],
)
def test_database_in_each_region(
    production: Deployment, region: str, attribute: str, expected: object
) -> None:
    assert database(production, region)[attribute] == expected


def test_database_exports_its_logs(production: Deployment, region: str) -> None:
    found = database(production, region)["EnabledCloudwatchLogsExports"]
    assert sorted(found) == ["postgresql", "upgrade"]


def test_database_is_monitored_through_a_role_of_its_region(
    production: Deployment, region: str
) -> None:
    role = database(production, region)["MonitoringRoleArn"]
    assert role.endswith(f":role/{NAME}-rds-monitoring-{region}")


def test_database_uses_its_regions_own_key(production: Deployment, region: str) -> None:
    found = database(production, region)
    key = key_arn(production, region, "database")
    assert f":{region}:" in key
    assert (found["KmsKeyId"], found["PerformanceInsightsKMSKeyId"]) == (key, key)


def test_database_lies_in_the_isolated_tier(production: Deployment, region: str) -> None:
    group = database(production, region)["DBSubnetGroup"]
    ids = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    found = production.emulator.client("ec2", region).describe_subnets(SubnetIds=ids)["Subnets"]
    names = {tag["Value"] for subnet in found for tag in subnet["Tags"] if tag["Key"] == "Name"}
    assert names == {f"{NAME}-isolated-a", f"{NAME}-isolated-b"}


def test_database_is_in_its_own_security_group_only(production: Deployment, region: str) -> None:
    groups = database(production, region)["VpcSecurityGroups"]
    ids = [group["VpcSecurityGroupId"] for group in groups]
    assert group_names(production, region, ids) == {f"{NAME}-database"}


def test_database_parameters(production: Deployment, region: str) -> None:
    (group,) = database(production, region)["DBParameterGroups"]
    parameters = production.emulator.pages(
        "rds",
        region,
        "describe_db_parameters",
        "Parameters",
        DBParameterGroupName=group["DBParameterGroupName"],
        Source="user",
    )
    found = {one["ParameterName"]: one["ParameterValue"] for one in parameters}
    assert {name: found.get(name) for name in EXPECTED_PARAMETERS} == EXPECTED_PARAMETERS


def test_primary_keeps_seven_days_of_backups(production: Deployment) -> None:
    assert database(production, "us-east-1")["BackupRetentionPeriod"] == 7


def test_primary_starts_with_the_configured_storage(production: Deployment) -> None:
    assert database(production, "us-east-1")["AllocatedStorage"] == 100


def test_primary_is_no_replica_and_eu_west_1_is_its_replica(production: Deployment) -> None:
    source = "ReadReplicaSourceDBInstanceIdentifier"
    primary = database(production, "us-east-1")
    assert primary.get(source) in (None, "")
    assert database(production, "eu-west-1")[source] == primary["DBInstanceArn"]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("Status", "available"),
        ("TransitEncryptionEnabled", True),
        ("AtRestEncryptionEnabled", True),
        ("AutomaticFailover", "enabled"),
        ("MultiAZ", "enabled"),
        ("CacheNodeType", "cache.r6g.large"),
        ("ClusterEnabled", False),
        ("UserGroupIds", [NAME]),
    ],
)
def test_cache_in_each_region(
    production: Deployment, region: str, attribute: str, expected: object
) -> None:
    assert redis(production, region)[attribute] == expected


def test_cache_has_two_nodes(production: Deployment, region: str) -> None:
    assert len(redis(production, region)["MemberClusters"]) == 2


def test_cache_uses_its_regions_own_key(production: Deployment, region: str) -> None:
    assert redis(production, region)["KmsKeyId"] == key_arn(production, region, "cache")


def test_cache_keeps_snapshots(production: Deployment, region: str) -> None:
    assert redis(production, region)["SnapshotRetentionLimit"] > 0


def test_the_only_user_that_may_log_in_to_the_cache_uses_iam(
    production: Deployment, region: str
) -> None:
    client = production.emulator.client("elasticache", region)
    (group,) = client.describe_user_groups(UserGroupId=NAME)["UserGroups"]
    users = {
        user["UserName"]: user
        for user in production.emulator.pages("elasticache", region, "describe_users", "Users")
        if user["UserId"] in group["UserIds"]
    }
    assert users.keys() == {NAME, "default"}
    assert users[NAME]["Authentication"]["Type"] == "iam"
    assert users[NAME]["UserId"] == NAME
    assert users["default"]["AccessString"].split()[0] == "off"


def test_each_purpose_has_a_key_that_rotates(production: Deployment, region: str) -> None:
    client = production.emulator.client("kms", region)
    aliases = production.emulator.pages("kms", region, "list_aliases", "Aliases")
    own = {one["AliasName"]: one["TargetKeyId"] for one in aliases if NAME in one["AliasName"]}
    assert own.keys() - {AUDIT} == KEYS
    assert (AUDIT in own) == (region == PROD.writer)
    assert len(set(own.values())) == len(own)
    for key in own.values():
        assert client.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


@pytest.fixture(params=["tfstate", "logs", "exports"])
def bucket(request: pytest.FixtureRequest, production: Deployment, region: str) -> str:
    return production.environment.bucket(request.param, region)


def test_bucket_is_private(production: Deployment, region: str, bucket: str) -> None:
    client = production.emulator.client("s3", region)
    block = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}


def test_bucket_keeps_versions(production: Deployment, region: str, bucket: str) -> None:
    client = production.emulator.client("s3", region)
    assert client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_bucket_refuses_connections_without_tls(
    production: Deployment, region: str, bucket: str
) -> None:
    client = production.emulator.client("s3", region)
    policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
    (statement,) = [one for one in policy["Statement"] if one["Effect"] == "Deny"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Action"] in ("s3:*", ["s3:*"])


def test_bucket_lies_in_its_region(production: Deployment, region: str, bucket: str) -> None:
    client = production.emulator.client("s3", region)
    location = client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    assert (location or "us-east-1") == region


def test_state_is_encrypted_with_its_own_key(production: Deployment, region: str) -> None:
    client = production.emulator.client("s3", region)
    bucket = production.environment.bucket("tfstate", region)
    answer = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    default = answer["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert default == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": key_arn(production, region, "state"),
    }


def test_images_are_scanned_immutable_and_expire(production: Deployment, region: str) -> None:
    client = production.emulator.client("ecr", region)
    (repository,) = client.describe_repositories(repositoryNames=[NAME])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"] == {
        "encryptionType": "KMS",
        "kmsKey": key_arn(production, region, "images"),
    }
    policy = client.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]
    assert json.loads(policy)["rules"][0]["action"] == {"type": "expire"}
