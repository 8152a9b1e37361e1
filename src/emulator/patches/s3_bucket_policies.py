"""S3: moto applies a bucket policy's statements whatever their conditions.

A policy that refuses plain HTTP would so refuse everybody. What matters here is that condition:
the emulator's callers stand for callers over TLS, so statements against plain HTTP do not apply.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from emulator.patches.tools import around


def install() -> None:
    """Judge a request by the statements that apply to a caller over TLS."""
    around(FakeBucket, "get_permission")(_permission)


def _permission(original: Any, self: FakeBucket, action: str, resource: str) -> Any:
    if self.policy is None:
        return original(self, action, resource)
    policy = json.loads(self.policy)
    statements = [s for s in policy["Statement"] if not _only_plain_http(s)]
    if not statements:
        return PermissionResult.NEUTRAL
    applicable = IAMPolicy(json.dumps({**policy, "Statement": statements}))
    return applicable.is_action_permitted(action, resource)


def _only_plain_http(statement: dict[str, Any]) -> bool:
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return secure in ("false", False)
