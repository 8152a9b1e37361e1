"""What ElastiCache refuses (Amazon ElastiCache API Reference; User Guide, RBAC)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.errors import Refusal


def _invalid(text: str) -> Refusal:
    return Refusal("InvalidParameterValue", text)


def replication_group(given: dict[str, Any]) -> Iterator[Refusal]:
    """The identifier and combinations that exclude each other."""
    name = given["ReplicationGroupId"]
    if not re.fullmatch(r"[a-zA-Z](?:-?[a-zA-Z0-9])*", name) or len(name) > 40:
        yield _invalid(
            "The parameter ReplicationGroupId is not a valid identifier: 1 to 40 letters, digits "
            "and single hyphens, a letter first, no hyphen last."
        )
    if not given.get("ReplicationGroupDescription"):
        yield _invalid("Parameter ReplicationGroupDescription must be provided.")
    if given.get("MultiAZEnabled") and not given.get("AutomaticFailoverEnabled"):
        yield Refusal("InvalidParameterCombination", "Multi-AZ needs automatic failover.")
    if given.get("AuthToken") and given.get("UserGroupIds"):
        text = "AuthToken and UserGroupIds cannot be used together."
        yield Refusal("InvalidParameterCombination", text)


def user(given: dict[str, Any]) -> Iterator[Refusal]:
    """Names of users with IAM authentication, and the access string's shape."""
    mode = given.get("AuthenticationMode", {}).get("Type")
    if mode == "iam" and given["UserId"] != given["UserName"]:
        yield _invalid("When using iam authentication, user id and user name must be identical.")
    if given["UserId"] != given["UserId"].lower():
        yield _invalid("The user id must be lower case.")
    if given["AccessString"].split()[:1] not in (["on"], ["off"]):
        yield _invalid("The access string must begin with on or off.")
