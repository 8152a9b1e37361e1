"""ElastiCache replication groups.

moto ignores NumCacheClusters, has no member clusters, keeps few fields, changes fewer, never fails
over and never finishes a delete. AWS describes network, engine and windows on the member clusters.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.elasticache.exceptions import ReplicationGroupNotFound
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from emulator.patches import elasticache_parameter_groups, elasticache_user_groups
from emulator.patches.tools import Fault, add, around

#: Attributes that ModifyReplicationGroup takes over as they are.
CHANGED = {
    "CacheParameterGroupName": "cache_parameter_group_name",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotWindow": "snapshot_window",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "NotificationTopicArn": "notification_topic_arn",
    "EngineVersion": "engine_version",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}


def install() -> None:
    """Complete the life of a replication group."""
    backend = ElastiCacheBackend
    around(backend, "create_replication_group")(_create)
    around(backend, "delete_cache_cluster")(_delete_cluster)
    around(ElastiCacheResponse, "modify_replication_group")(_modify)
    around(ElastiCacheResponse, "delete_replication_group")(_delete)
    around(ElastiCacheResponse, "describe_cache_clusters")(_describe_clusters)
    add(ElastiCacheResponse, increase_replica_count, decrease_replica_count, test_failover)
    around(backend, "__init__")(_init)


def _init(original: Any, self: ElastiCacheBackend, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    kinds = "cluster|snapshot|subnetgroup|replicationgroup|user|usergroup|parametergroup"
    self.arn_regex = re.compile(rf"^arn:aws:elasticache:.*:[0-9]*:({kinds}):.*$")


def _create(original: Any, self: ElastiCacheBackend, **given: Any) -> ReplicationGroup:
    _check(self, given)
    if given.get("num_cache_clusters") and not given.get("num_node_groups"):
        given["replicas_per_node_group"] = given["num_cache_clusters"] - 1
    group: ReplicationGroup = original(self, **given)
    zones = _zones(self, group)
    for index, member in enumerate(group.node_groups[0]["node_group_members"]):
        member["preferred_availability_zone"] = zones[index % len(zones)]
    group.engine_version = _whole_version(group.engine_version)
    group.preferred_maintenance_window = group.preferred_maintenance_window or "sun:05:00-sun:06:00"
    if group.auto_minor_version_upgrade is None:
        group.auto_minor_version_upgrade = True
    if group.transit_encryption_enabled and not group.transit_encryption_mode:
        group.transit_encryption_mode = "required"
    return group


def _check(backend: ElastiCacheBackend, given: dict[str, Any]) -> None:
    name = given.get("cache_parameter_group_name")
    known = elasticache_parameter_groups.groups(backend)
    if name and not name.startswith("default.") and name not in known:
        raise Fault("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    subnets = given.get("cache_subnet_group_name")
    if subnets and subnets not in backend.cache_subnet_groups:
        text = f"Cache Subnet Group {subnets} does not exist."
        raise Fault("CacheSubnetGroupNotFoundFault", text)
    for user_group in given.get("user_group_ids") or []:
        if user_group not in elasticache_user_groups.groups(backend):
            raise Fault("UserGroupNotFound", f"User group {user_group} not found.")
    if given.get("user_group_ids") and not given.get("transit_encryption_enabled"):
        raise Fault(
            "InvalidParameterCombination",
            "User group based access control requires encryption-in-transit to be enabled.",
        )
    count = given.get("num_cache_clusters") or 1
    replicas = given.get("replicas_per_node_group") or 0
    if given.get("automatic_failover_enabled") and count < 2 and not replicas:
        raise Fault(
            "InvalidParameterCombination",
            "Replication group with automatic failover needs at least one replica.",
        )


def _zones(backend: ElastiCacheBackend, group: ReplicationGroup) -> list[str]:
    subnets = backend.cache_subnet_groups.get(group.cache_subnet_group_name or "")
    if subnets is None:
        return [f"{backend.region_name}a", f"{backend.region_name}b"]
    return sorted({item["subnet_availability_zone"] for item in subnets.subnets})


def _whole_version(version: str | None) -> str:
    """AWS describes all three parts of the engine's version."""
    parts = (version or "7.1").split(".")
    return ".".join(parts + ["0"] * (3 - len(parts)))


def _cluster(group: ReplicationGroup, member: dict[str, Any]) -> dict[str, Any]:
    """A member as DescribeCacheClusters tells it."""
    arn = group.arn.replace(":replicationgroup:", ":cluster:")
    name = member["cache_cluster_id"]
    return {
        "CacheClusterId": name,
        "ARN": arn.rpartition(":")[0] + f":{name}",
        "ReplicationGroupId": group.replication_group_id,
        "CacheClusterStatus": group.status,
        "CacheNodeType": group.cache_node_type,
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": member["preferred_availability_zone"],
        "CacheClusterCreateTime": group.replication_group_create_time,
        "PreferredMaintenanceWindow": group.preferred_maintenance_window,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name,
            "ParameterApplyStatus": "in-sync",
        },
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "SecurityGroups": [
            {"SecurityGroupId": item, "Status": "active"} for item in group.security_group_ids or []
        ],
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "ReplicationGroupLogDeliveryEnabled": bool(group.log_delivery_configurations),
        "NetworkType": group.network_type,
        "IpDiscovery": group.ip_discovery,
        "NotificationConfiguration": (
            {"TopicArn": group.notification_topic_arn, "TopicStatus": "active"}
            if group.notification_topic_arn
            else None
        ),
        "CacheNodes": [
            {
                "CacheNodeId": "0001",
                "CacheNodeStatus": group.status,
                "CustomerAvailabilityZone": member["preferred_availability_zone"],
                "Endpoint": {
                    "Address": member.get("read_endpoint", {}).get("address"),
                    "Port": group.port,
                },
            }
        ],
    }


def _describe_clusters(original: Any, self: ElastiCacheResponse) -> ActionResult:
    wanted = self._get_param("CacheClusterId")
    members = [
        _cluster(group, member)
        for group in self.elasticache_backend.replication_groups.values()
        for node_group in group.node_groups
        for member in node_group["node_group_members"]
    ]
    if wanted:
        chosen = [member for member in members if member["CacheClusterId"] == wanted]
        return PaginatedResult({"CacheClusters": chosen}) if chosen else original(self)
    if self._get_bool_param("ShowCacheClustersNotInReplicationGroups"):
        members = []
    alone = list(self.elasticache_backend.cache_clusters.values())
    return PaginatedResult({"CacheClusters": members + alone})


def _modify(original: Any, self: ElastiCacheResponse) -> ActionResult:
    result: ActionResult = original(self)
    group = self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
    for parameter, attribute in CHANGED.items():
        if (value := self._get_param(parameter)) is not None:
            setattr(group, attribute, value)
    group.engine_version = _whole_version(group.engine_version)
    removed = self._get_param("UserGroupIdsToRemove", [])
    added = self._get_param("UserGroupIdsToAdd", [])
    group.user_group_ids = [name for name in group.user_group_ids if name not in removed] + added
    if (logs := self._get_param("LogDeliveryConfigurations")) is not None:
        kept = [item for item in logs if item.get("Enabled", True)]
        group.log_delivery_configurations = group._get_log_delivery_configurations(kept)
    return result


def _resize(self: ElastiCacheResponse) -> ActionResult:
    name = self._get_param("ReplicationGroupId")
    group = self.elasticache_backend.replication_groups.get(name)
    if group is None:
        raise ReplicationGroupNotFound(name)
    members = group.node_groups[0]["node_group_members"]
    wanted = self._get_int_param("NewReplicaCount") + 1
    zones = _zones(self.elasticache_backend, group)
    while len(members) < wanted:
        number = len(members) + 1
        cluster = f"{name}-{number:0>3}"
        domain = members[0]["read_endpoint"]["address"].partition(".")[2]
        endpoint = {"address": f"{cluster}.{domain}", "port": group.port}
        members.append(
            {
                "cache_cluster_id": cluster,
                "cache_node_id": members[0]["cache_node_id"],
                "read_endpoint": endpoint,
                "preferred_availability_zone": zones[(number - 1) % len(zones)],
                "current_role": "replica",
            }
        )
    del members[wanted:]
    group.member_clusters = [member["cache_cluster_id"] for member in members]
    return ActionResult({"ReplicationGroup": group})


def increase_replica_count(self: ElastiCacheResponse) -> ActionResult:
    return _resize(self)


def decrease_replica_count(self: ElastiCacheResponse) -> ActionResult:
    return _resize(self)


def primary(group: ReplicationGroup) -> str:
    """The member cluster that takes writes."""
    members = group.node_groups[0]["node_group_members"]
    return str(next(m["cache_cluster_id"] for m in members if m["current_role"] == "primary"))


def promote(group: ReplicationGroup, chosen: str) -> None:
    """Another member cluster takes writes. The endpoints stay."""
    for member in group.node_groups[0]["node_group_members"]:
        is_chosen = member["cache_cluster_id"] == chosen
        member["current_role"] = "primary" if is_chosen else "replica"


def test_failover(self: ElastiCacheResponse) -> ActionResult:
    name, node_group = self._get_param("ReplicationGroupId"), self._get_param("NodeGroupId")
    group = self.elasticache_backend.replication_groups.get(name)
    if group is None:
        raise ReplicationGroupNotFound(name)
    if node_group not in [one["node_group_id"] for one in group.node_groups]:
        raise Fault("NodeGroupNotFoundFault", f"Node group {node_group} not found.")
    others = [one for one in group.member_clusters if one != primary(group)]
    if group.automatic_failover != "enabled" or not others:
        text = f"Automatic failover is not enabled for replication group {name}."
        raise Fault("InvalidReplicationGroupState", text)
    promote(group, others[0])
    return ActionResult({"ReplicationGroup": group})


def _delete(original: Any, self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    name = self._get_param("ReplicationGroupId")
    if name not in backend.replication_groups:
        raise ReplicationGroupNotFound(name)
    if final := self._get_param("FinalSnapshotIdentifier"):
        backend.create_snapshot(final, name, None, backend.replication_groups[name].kms_key_id, [])
    result: ActionResult = original(self)
    del backend.replication_groups[name]
    return result


def _delete_cluster(original: Any, self: ElastiCacheBackend, cache_cluster_id: str) -> Any:
    cluster = original(self, cache_cluster_id)
    del self.cache_clusters[cache_cluster_id]
    return cluster
