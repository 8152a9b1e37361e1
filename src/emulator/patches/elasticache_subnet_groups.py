"""ElastiCache subnet groups: moto cannot change or delete them."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import CacheSubnetGroup
from moto.elasticache.responses import ElastiCacheResponse

from emulator.patches.tools import Fault, add


def install() -> None:
    """Add the actions."""
    add(ElastiCacheResponse, modify_cache_subnet_group, delete_cache_subnet_group)


def _group(response: ElastiCacheResponse) -> CacheSubnetGroup:
    name = response._get_param("CacheSubnetGroupName")
    groups = response.elasticache_backend.cache_subnet_groups
    if name not in groups:
        raise CacheSubnetGroupNotFound(name)
    return groups[name]


def modify_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    old = _group(self)
    changed = CacheSubnetGroup(
        self.current_account,
        self.region,
        old.cache_subnet_group_name,
        self._get_param("CacheSubnetGroupDescription") or old.cache_subnet_group_description,
        self._get_param("SubnetIds") or old.subnet_ids,
        old.tags,
    )
    self.elasticache_backend.cache_subnet_groups[old.cache_subnet_group_name] = changed
    return ActionResult({"CacheSubnetGroup": changed})


def delete_cache_subnet_group(self: ElastiCacheResponse) -> EmptyResult:
    backend = self.elasticache_backend
    name = _group(self).cache_subnet_group_name
    for group in backend.replication_groups.values():
        if group.cache_subnet_group_name == name:
            text = f"Cache subnet group {name} is currently in use by a cache cluster."
            raise Fault("CacheSubnetGroupInUse", text)
    del backend.cache_subnet_groups[name]
    return EmptyResult()
