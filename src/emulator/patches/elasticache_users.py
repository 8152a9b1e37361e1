"""ElastiCache users: moto lacks ModifyUser, and words the authentication type as it was asked for.

AWS asks for ``no-password-required`` and describes ``no-password``.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.models import User
from moto.elasticache.responses import ElastiCacheResponse

from emulator.patches.tools import Fault, add


def install() -> None:
    """Add the action and describe the authentication in AWS's words."""
    add(ElastiCacheResponse, modify_user)
    User.authentication = property(_authentication)  # type: ignore[assignment, method-assign]


def _authentication(user: User) -> dict[str, Any]:
    kind = str(user.authentication_type)
    if user.no_password_required or kind.startswith("no-password"):
        return {"Type": "no-password"}
    if kind == "iam":
        return {"Type": "iam"}
    return {"Type": "password", "PasswordCount": len(user.passwords)}


def modify_user(self: ElastiCacheResponse) -> ActionResult:
    users = self.elasticache_backend.users
    user = users.get(self._get_param("UserId"))
    if user is None:
        raise Fault("UserNotFound", f"User {self._get_param('UserId')} not found.")
    if (access := self._get_param("AccessString")) is not None:
        user.access_string = access
    if (more := self._get_param("AppendAccessString")) is not None:
        user.access_string = f"{user.access_string} {more}"
    if (engine := self._get_param("Engine")) is not None:
        user.engine = engine
    if (mode := self._get_param("AuthenticationMode")) is not None:
        user.authentication_type = mode["Type"]
        user.passwords = mode.get("Passwords", [])
        user.no_password_required = mode["Type"] == "no-password-required"
    return ActionResult(user)
