"""Gaps of moto's RDS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, Aws

Closes = Callable[[Callable[[Aws], None]], None]
Network = Callable[..., dict[str, Any]]


def instance(aws: Aws, name: str, **more: Any) -> dict[str, Any]:
    settings = {
        "DBInstanceIdentifier": name,
        "Engine": "postgres",
        "EngineVersion": "15",
        "DBInstanceClass": "db.r6g.large",
        "AllocatedStorage": 100,
        "StorageType": "gp3",
        "MasterUsername": "superset_admin",
        "MasterUserPassword": "a-long-password",
        "BackupRetentionPeriod": 7,
        **more,
    }
    created: dict[str, Any] = aws.client("rds").create_db_instance(**settings)["DBInstance"]
    return created


def described(aws: Aws, name: str, region: str = "us-east-1") -> dict[str, Any]:
    rds = aws.client("rds", region)
    found: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return found


def key(aws: Aws, region: str) -> str:
    return str(aws.client("kms", region).create_key()["KeyMetadata"]["Arn"])


def replica(aws: Aws, name: str, network: Network, **more: Any) -> dict[str, Any]:
    """An encrypted instance in us-east-1 and its replica in eu-west-1."""
    instance(aws, name, StorageEncrypted=True, KmsKeyId=key(aws, "us-east-1"))
    rds = aws.client("rds", "eu-west-1")
    made = network(aws, "eu-west-1")
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=made["subnets"]
    )
    settings = {
        "DBInstanceIdentifier": name,
        "SourceDBInstanceIdentifier": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:{name}",
        "DBSubnetGroupName": name,
        "VpcSecurityGroupIds": [made["group"]],
        "KmsKeyId": key(aws, "eu-west-1"),
        **more,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    created: dict[str, Any] = rds.create_db_instance_read_replica(**given)["DBInstance"]
    return created


def test_insights_are_kept(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        instance(
            aws,
            name,
            EnablePerformanceInsights=True,
            PerformanceInsightsRetentionPeriod=31,
            DatabaseInsightsMode="standard",
        )
        found = described(aws, name)
        assert found["PerformanceInsightsEnabled"] is True
        assert found["PerformanceInsightsRetentionPeriod"] == 31
        assert found["DatabaseInsightsMode"] == "standard"
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=name, EnablePerformanceInsights=False, ApplyImmediately=True
        )
        found = described(aws, name)
        assert found["PerformanceInsightsEnabled"] is False
        assert "PerformanceInsightsRetentionPeriod" not in found

    closes(check)


def test_every_instance_has_an_id_and_a_whole_version(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        first, second = instance(aws, name), instance(aws, f"{name}-2")
        assert first["DbiResourceId"] != second["DbiResourceId"]
        assert first["EngineVersion"].startswith("15.")
        rds = aws.client("rds")
        rds.modify_db_instance(DBInstanceIdentifier=name, EngineVersion="15", ApplyImmediately=True)
        assert described(aws, name)["EngineVersion"] == first["EngineVersion"]
        assert first["OptionGroupMemberships"][0]["OptionGroupName"] == "default:postgres-15"

    closes(check)


def test_a_change_waits_for_the_window(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        instance(aws, name)
        rds = aws.client("rds")
        rds.modify_db_instance(DBInstanceIdentifier=name, DBInstanceClass="db.r6g.xlarge")
        found = described(aws, name)
        assert found["DBInstanceClass"] == "db.r6g.large"
        assert found["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.xlarge"}
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True)
        found = described(aws, name)
        assert found["DBInstanceClass"] == "db.r6g.xlarge"
        assert not found.get("PendingModifiedValues")

    closes(check)


def test_a_delete_needs_a_decision_about_the_snapshot(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        instance(aws, name)
        with pytest.raises(ClientError) as caught:
            aws.client("rds").delete_db_instance(DBInstanceIdentifier=name)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"
        described(aws, name)

    closes(check)


def test_parameters_have_a_source(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        rds = aws.client("rds")
        rds.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="d"
        )
        force = {"ParameterName": "rds.force_ssl", "ParameterValue": "1"}
        rds.modify_db_parameter_group(
            DBParameterGroupName=name, Parameters=[{**force, "ApplyMethod": "immediate"}]
        )
        found = rds.describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
        assert [(item["ParameterName"], item["Source"]) for item in found] == [
            ("rds.force_ssl", "user")
        ]
        assert not rds.describe_db_parameters(DBParameterGroupName=name, Source="engine-default")[
            "Parameters"
        ]
        rds.reset_db_parameter_group(DBParameterGroupName=name, ResetAllParameters=True)
        assert not rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]

    closes(check)


def test_a_parameter_group_in_use_stays(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        rds = aws.client("rds")
        rds.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="postgres15", Description="d"
        )
        instance(aws, name, DBParameterGroupName=name)
        with pytest.raises(ClientError) as caught:
            rds.delete_db_parameter_group(DBParameterGroupName=name)
        assert caught.value.response["Error"]["Code"] == "InvalidDBParameterGroupState"

    closes(check)


def test_a_replica_has_its_own_settings(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        replica(
            aws,
            name,
            network,
            EnableCloudwatchLogsExports=["postgresql"],
            MultiAZ=True,
            EnablePerformanceInsights=True,
        )
        source, copy = described(aws, name), described(aws, name, "eu-west-1")
        assert copy["KmsKeyId"].split(":")[3] == "eu-west-1"
        assert copy["AvailabilityZone"].startswith("eu-west-1")
        assert copy["DBInstanceArn"].split(":")[3] == "eu-west-1"
        assert copy["EnabledCloudwatchLogsExports"] == ["postgresql"]
        assert not source.get("EnabledCloudwatchLogsExports")
        assert source["MultiAZ"] is False
        assert copy["DbiResourceId"] != source["DbiResourceId"]
        assert copy["BackupRetentionPeriod"] == 0
        assert copy["MasterUsername"] == "superset_admin"
        assert source["ReadReplicaDBInstanceIdentifiers"] == [copy["DBInstanceArn"]]

    closes(check)


def test_a_promoted_replica_is_no_replica(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        replica(aws, name, network)
        rds = aws.client("rds", "eu-west-1")
        rds.promote_read_replica(DBInstanceIdentifier=name)
        promoted = described(aws, name, "eu-west-1")
        assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
        assert promoted["BackupRetentionPeriod"] == 1
        assert not described(aws, name)["ReadReplicaDBInstanceIdentifiers"]
        with pytest.raises(ClientError) as caught:
            rds.promote_read_replica(DBInstanceIdentifier=name)
        assert caught.value.response["Error"]["Code"] == "InvalidDBInstanceState"

    closes(check)


def test_a_promotion_works_without_the_source(emulator: Aws, name: str, network: Network) -> None:
    replica(emulator, name, network)
    emulator.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    rds = emulator.client("rds", "eu-west-1")
    rds.promote_read_replica(DBInstanceIdentifier=name, BackupRetentionPeriod=14)
    assert described(emulator, name, "eu-west-1")["BackupRetentionPeriod"] == 14


def test_an_encrypted_source_needs_a_key_elsewhere(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        with pytest.raises(ClientError) as caught:
            replica(aws, name, network, KmsKeyId=None)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"

    closes(check)


def test_a_replica_whose_source_is_gone_can_be_deleted(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        replica(aws, name, network)
        aws.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        rds = aws.client("rds", "eu-west-1")
        rds.delete_db_instance(DBInstanceIdentifier=name)
        found = rds.describe_db_instances()["DBInstances"]
        assert name not in [one["DBInstanceIdentifier"] for one in found]

    closes(check)


def test_a_replica_can_be_deleted(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        replica(aws, name, network)
        aws.client("rds", "eu-west-1").delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True
        )
        assert not described(aws, name)["ReadReplicaDBInstanceIdentifiers"]

    closes(check)


def test_an_instance_that_was_restored_to_a_time_follows_nobody(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        instance(aws, name)
        aws.client("rds").restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=name,
            TargetDBInstanceIdentifier=f"{name}-restored",
            UseLatestRestorableTime=True,
        )
        restored = described(aws, f"{name}-restored")
        assert not restored.get("ReadReplicaSourceDBInstanceIdentifier")
        assert restored["ReadReplicaDBInstanceIdentifiers"] == []

    closes(check)
