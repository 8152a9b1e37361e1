"""ElastiCache user groups: moto has none.

AWS requires a user named ``default`` in every group of engine redis, and refuses to delete a user
that is in a group or a group that a replication group uses.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from emulator.patches.tools import Fault, add, around


def install() -> None:
    """Add the actions."""
    add(
        ElastiCacheResponse,
        create_user_group,
        describe_user_groups,
        modify_user_group,
        delete_user_group,
    )
    around(ElastiCacheBackend, "delete_user")(_delete_user)
    around(ElastiCacheBackend, "describe_users")(_describe_users)


def groups(backend: ElastiCacheBackend) -> dict[str, dict[str, Any]]:
    """The user groups of a region by id, as AWS describes them."""
    found: dict[str, dict[str, Any]] = backend.__dict__.setdefault("user_groups", {})
    return found


def _check(backend: ElastiCacheBackend, engine: str, users: list[str]) -> None:
    names = []
    for user in users:
        if user not in backend.users:
            raise Fault("UserNotFound", f"User {user} not found.")
        names.append(backend.users[user].name)
    if engine == "redis" and "default" not in names:
        raise Fault("DefaultUserRequired", "You must add default user to a user group.")
    if len(set(names)) < len(names):
        raise Fault("DuplicateUserName", "User group cannot contain two users with the same name.")


def _group(backend: ElastiCacheBackend, name: str) -> dict[str, Any]:
    if name not in groups(backend):
        raise Fault("UserGroupNotFound", f"User group {name} not found.")
    return groups(backend)[name]


def _described(backend: ElastiCacheBackend, group: dict[str, Any]) -> dict[str, Any]:
    using = [
        found.replication_group_id
        for found in backend.replication_groups.values()
        if group["UserGroupId"] in found.user_group_ids
    ]
    return {**group, "ReplicationGroups": using}


def create_user_group(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    name = self._get_param("UserGroupId").lower()
    engine = self._get_param("Engine").lower()
    users = self._get_param("UserIds", [])
    if name in groups(backend):
        raise Fault("UserGroupAlreadyExists", f"User group {name} already exists.")
    _check(backend, engine, users)
    group = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": engine,
        "UserIds": list(users),
        "MinimumEngineVersion": "6.0",
        "ARN": f"arn:{self.partition}:elasticache:{self.region}:{self.current_account}"
        f":usergroup:{name}",
    }
    groups(backend)[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult(_described(backend, group))


def describe_user_groups(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    name = self._get_param("UserGroupId")
    found = [_group(backend, name)] if name else list(groups(backend).values())
    return ActionResult({"UserGroups": [_described(backend, group) for group in found]})


def modify_user_group(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    group = _group(backend, self._get_param("UserGroupId"))
    removed = self._get_param("UserIdsToRemove", [])
    users = [user for user in group["UserIds"] if user not in removed]
    users += [user for user in self._get_param("UserIdsToAdd", []) if user not in users]
    _check(backend, group["Engine"], users)
    group["UserIds"] = users
    return ActionResult(_described(backend, group))


def delete_user_group(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    group = _described(backend, _group(backend, self._get_param("UserGroupId")))
    if group["ReplicationGroups"]:
        text = f"User group {group['UserGroupId']} is still assigned to a replication group."
        raise Fault("InvalidUserGroupState", text)
    del groups(backend)[group["UserGroupId"]]
    return ActionResult({**group, "Status": "deleting"})


def _delete_user(original: Any, backend: ElastiCacheBackend, user_id: str) -> Any:
    members = [name for name, group in groups(backend).items() if user_id in group["UserIds"]]
    if members:
        text = f"User {user_id} is a member of user groups {', '.join(members)}."
        raise Fault("InvalidUserState", text)
    return original(backend, user_id)


def _describe_users(original: Any, backend: ElastiCacheBackend, user_id: str | None) -> Any:
    found = original(backend, user_id)
    for user in found:
        user.user_group_ids = [
            name for name, group in groups(backend).items() if user.id in group["UserIds"]
        ]
    return found
