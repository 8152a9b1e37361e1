"""ElastiCache parameter groups: moto has none.

AWS keeps the parameters a user changed and describes them with ``Source=user``.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from emulator.patches.tools import Fault, add


def install() -> None:
    """Add the actions."""
    add(
        ElastiCacheResponse,
        create_cache_parameter_group,
        describe_cache_parameter_groups,
        modify_cache_parameter_group,
        reset_cache_parameter_group,
        describe_cache_parameters,
        delete_cache_parameter_group,
    )


def groups(backend: ElastiCacheBackend) -> dict[str, dict[str, Any]]:
    """The parameter groups of a region by name, as AWS describes them."""
    found: dict[str, dict[str, Any]] = backend.__dict__.setdefault("parameter_groups", {})
    return found


def _parameters(backend: ElastiCacheBackend, name: str) -> dict[str, str]:
    stored: dict[str, dict[str, str]] = backend.__dict__.setdefault("parameter_values", {})
    return stored.setdefault(name, {})


def _group(response: ElastiCacheResponse) -> dict[str, Any]:
    name = response._get_param("CacheParameterGroupName")
    found = groups(response.elasticache_backend).get(name)
    if found is None:
        raise Fault("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return found


def create_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    name = self._get_param("CacheParameterGroupName").lower()
    if name in groups(backend):
        text = f"Cache parameter group {name} already exists."
        raise Fault("CacheParameterGroupAlreadyExists", text)
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": f"arn:{self.partition}:elasticache:{self.region}:{self.current_account}"
        f":parametergroup:{name}",
    }
    groups(backend)[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


def describe_cache_parameter_groups(self: ElastiCacheResponse) -> ActionResult:
    if self._get_param("CacheParameterGroupName"):
        return ActionResult({"CacheParameterGroups": [_group(self)]})
    return ActionResult({"CacheParameterGroups": list(groups(self.elasticache_backend).values())})


def modify_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    name = _group(self)["CacheParameterGroupName"]
    for item in self._get_param("ParameterNameValues", []):
        value = item.get("ParameterValue", "")
        _parameters(self.elasticache_backend, name)[item["ParameterName"]] = value
    return ActionResult({"CacheParameterGroupName": name})


def reset_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    name = _group(self)["CacheParameterGroupName"]
    stored = _parameters(self.elasticache_backend, name)
    if self._get_bool_param("ResetAllParameters"):
        stored.clear()
    for item in self._get_param("ParameterNameValues", []):
        stored.pop(item["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": name})


def describe_cache_parameters(self: ElastiCacheResponse) -> ActionResult:
    name = _group(self)["CacheParameterGroupName"]
    described = [
        {
            "ParameterName": parameter,
            "ParameterValue": value,
            "Source": "user",
            "DataType": "string",
            "IsModifiable": True,
            "ChangeType": "immediate",
        }
        for parameter, value in _parameters(self.elasticache_backend, name).items()
    ]
    if self._get_param("Source") not in (None, "user"):
        described = []
    return ActionResult({"Parameters": described})


def delete_cache_parameter_group(self: ElastiCacheResponse) -> EmptyResult:
    backend = self.elasticache_backend
    name = _group(self)["CacheParameterGroupName"]
    users = backend.replication_groups.values()
    if any(group.cache_parameter_group_name == name for group in users):
        raise Fault(
            "InvalidCacheParameterGroupState",
            f"One or more cache clusters are still members of this parameter group {name}, "
            "so the group cannot be deleted.",
        )
    del groups(backend)[name]
    _parameters(backend, name).clear()
    return EmptyResult()
