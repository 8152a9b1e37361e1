"""Gaps of moto's ElastiCache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Aws

Closes = Callable[[Callable[[Aws], None]], None]
Network = Callable[..., dict[str, Any]]


def code(call: Callable[..., Any], **arguments: Any) -> str:
    """The code a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def parameter_group(aws: Aws, name: str) -> str:
    created = aws.client("elasticache").create_cache_parameter_group(
        CacheParameterGroupName=name,
        CacheParameterGroupFamily="redis7",
        Description="d",
        Tags=[{"Key": "owner", "Value": "data"}],
    )
    return str(created["CacheParameterGroup"]["ARN"])


def users(aws: Aws, name: str) -> list[str]:
    cache = aws.client("elasticache")
    cache.create_user(
        UserId=f"{name}-default",
        UserName="default",
        Engine="redis",
        AccessString="off -@all",
        AuthenticationMode={"Type": "no-password-required"},
    )
    cache.create_user(
        UserId=name,
        UserName=name,
        Engine="redis",
        AccessString="on ~superset:* +@all",
        AuthenticationMode={"Type": "iam"},
    )
    return [f"{name}-default", name]


def replication_group(aws: Aws, name: str, network: Network, **more: Any) -> Any:
    cache = aws.client("elasticache")
    made = network(aws)
    parameter_group(aws, f"{name}-parameters")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName=name,
        CacheSubnetGroupDescription="d",
        SubnetIds=made["subnets"],
    )
    return cache.create_replication_group(
        **{
            "ReplicationGroupId": name,
            "ReplicationGroupDescription": "d",
            "Engine": "redis",
            "EngineVersion": "7.1",
            "CacheNodeType": "cache.r6g.large",
            "NumCacheClusters": 2,
            "AutomaticFailoverEnabled": True,
            "MultiAZEnabled": True,
            "CacheParameterGroupName": f"{name}-parameters",
            "CacheSubnetGroupName": name,
            "SecurityGroupIds": [made["group"]],
            "TransitEncryptionEnabled": True,
            "AtRestEncryptionEnabled": True,
            "PreferredMaintenanceWindow": "sun:06:00-sun:07:00",
            "SnapshotWindow": "02:00-03:00",
            "SnapshotRetentionLimit": 7,
            **more,
        }
    )["ReplicationGroup"]


def test_a_parameter_group_keeps_its_parameters(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        cache = aws.client("elasticache")
        arn = parameter_group(aws, name)
        cache.modify_cache_parameter_group(
            CacheParameterGroupName=name,
            ParameterNameValues=[
                {"ParameterName": "maxmemory-policy", "ParameterValue": "volatile-lru"},
                {"ParameterName": "timeout", "ParameterValue": "300"},
            ],
        )
        cache.reset_cache_parameter_group(
            CacheParameterGroupName=name, ParameterNameValues=[{"ParameterName": "timeout"}]
        )
        described = cache.describe_cache_parameters(CacheParameterGroupName=name, Source="user")
        values = {item["ParameterName"]: item["ParameterValue"] for item in described["Parameters"]}
        assert values == {"maxmemory-policy": "volatile-lru"}
        tags = cache.list_tags_for_resource(ResourceName=arn)["TagList"]
        assert tags == [{"Key": "owner", "Value": "data"}]
        cache.delete_cache_parameter_group(CacheParameterGroupName=name)
        found = code(cache.describe_cache_parameter_groups, CacheParameterGroupName=name)
        assert found == "CacheParameterGroupNotFound"

    closes(check)


def test_a_user_is_described_in_awss_words(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        users(aws, name)
        cache = aws.client("elasticache")
        kinds = [
            cache.describe_users(UserId=user)["Users"][0]["Authentication"]["Type"]
            for user in (f"{name}-default", name)
        ]
        assert kinds == ["no-password", "iam"]

    closes(check)


def test_a_user_can_be_changed(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        users(aws, name)
        cache = aws.client("elasticache")
        cache.modify_user(UserId=name, AccessString="on ~other:* +@all")
        described = cache.describe_users(UserId=name)["Users"][0]
        assert described["AccessString"] == "on ~other:* +@all"

    closes(check)


def test_a_user_group_has_members(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        cache = aws.client("elasticache")
        members = users(aws, name)
        cache.create_user_group(UserGroupId=name, Engine="redis", UserIds=members[:1])
        cache.modify_user_group(UserGroupId=name, UserIdsToAdd=members[1:])
        group = cache.describe_user_groups(UserGroupId=name)["UserGroups"][0]
        assert group["UserIds"] == members
        assert group["Status"] == "active"
        assert code(cache.delete_user, UserId=name) == "InvalidUserState"
        cache.delete_user_group(UserGroupId=name)
        assert code(cache.describe_user_groups, UserGroupId=name) == "UserGroupNotFound"

    closes(check)


def test_a_user_group_needs_the_default_user(emulator: Aws, name: str) -> None:
    cache = emulator.client("elasticache")
    members = users(emulator, name)
    arguments = {"UserGroupId": name, "Engine": "redis", "UserIds": members[1:]}
    assert code(cache.create_user_group, **arguments) == "DefaultUserRequired"


def test_a_replication_group_has_its_members(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        group = replication_group(aws, name, network)
        assert group["MemberClusters"] == [f"{name}-001", f"{name}-002"]
        cache = aws.client("elasticache")
        member = cache.describe_cache_clusters(CacheClusterId=f"{name}-002")["CacheClusters"][0]
        assert member["EngineVersion"] == "7.1.0"
        assert member["CacheParameterGroup"]["CacheParameterGroupName"] == f"{name}-parameters"
        assert member["CacheSubnetGroupName"] == name
        assert member["PreferredMaintenanceWindow"] == "sun:06:00-sun:07:00"
        assert len(member["SecurityGroups"]) == 1
        zones = {
            node["PreferredAvailabilityZone"] for node in group["NodeGroups"][0]["NodeGroupMembers"]
        }
        assert zones == {"us-east-1a", "us-east-1b"}

    closes(check)


def test_a_replication_group_can_be_changed(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        replication_group(aws, name, network)
        cache = aws.client("elasticache")
        cache.modify_replication_group(
            ReplicationGroupId=name, SnapshotWindow="04:00-05:00", ApplyImmediately=True
        )
        cache.increase_replica_count(
            ReplicationGroupId=name, NewReplicaCount=2, ApplyImmediately=True
        )
        group = cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]
        assert group["SnapshotWindow"] == "04:00-05:00"
        assert len(group["MemberClusters"]) == 3

    closes(check)


def test_a_deleted_replication_group_is_gone_and_leaves_its_snapshot(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        replication_group(aws, name, network)
        cache = aws.client("elasticache")
        cache.delete_replication_group(
            ReplicationGroupId=name, FinalSnapshotIdentifier=f"{name}-final"
        )
        found = code(cache.describe_replication_groups, ReplicationGroupId=name)
        assert found == "ReplicationGroupNotFoundFault"
        cache.describe_snapshots(SnapshotName=f"{name}-final")

    closes(check)


def test_access_control_needs_encryption(emulator: Aws, name: str, network: Network) -> None:
    members = users(emulator, name)
    cache = emulator.client("elasticache")
    cache.create_user_group(UserGroupId=name, Engine="redis", UserIds=members)
    with pytest.raises(ClientError, match="encryption-in-transit"):
        replication_group(
            emulator, name, network, UserGroupIds=[name], TransitEncryptionEnabled=False
        )


def test_a_deleted_cluster_is_gone(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        cache = aws.client("elasticache")
        cache.create_cache_cluster(
            CacheClusterId=name, CacheNodeType="cache.t4g.micro", Engine="redis", NumCacheNodes=1
        )
        cache.delete_cache_cluster(CacheClusterId=name)
        assert code(cache.describe_cache_clusters, CacheClusterId=name) == "CacheClusterNotFound"

    closes(check)


def test_a_subnet_group_can_be_changed_and_deleted(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        cache, made = aws.client("elasticache"), network(aws)
        cache.create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription="d",
            SubnetIds=made["subnets"][:1],
        )
        changed = cache.modify_cache_subnet_group(
            CacheSubnetGroupName=name, SubnetIds=made["subnets"]
        )["CacheSubnetGroup"]
        assert len(changed["Subnets"]) == 2
        cache.delete_cache_subnet_group(CacheSubnetGroupName=name)
        found = code(cache.describe_cache_subnet_groups, CacheSubnetGroupName=name)
        assert found == "CacheSubnetGroupNotFoundFault"

    closes(check)


def test_a_subnet_group_in_use_stays(emulator: Aws, name: str, network: Network) -> None:
    replication_group(emulator, name, network)
    cache = emulator.client("elasticache")
    found = code(cache.delete_cache_subnet_group, CacheSubnetGroupName=name)
    assert found == "CacheSubnetGroupInUse"
