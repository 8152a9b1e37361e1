"""What KMS refuses, and what other services refuse of a key (their API references; CloudWatch Logs
User Guide, Encrypt log data using AWS KMS). These rules read the emulator's state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.kms.models import Key, kms_backends

from emulator.account import own_account
from emulator.errors import Refusal
from emulator.strict.rules.policies import as_list, principals
from emulator.wire import Call

#: Where a request names a key, and how the service refuses one it cannot use.
FOREIGN = {
    "ecr": "KmsException",
    "elasticache": "InvalidParameterValue",
    "rds": "KMSKeyNotAccessibleFault",
}


def policy(call: Call) -> Iterator[Refusal]:
    """A key policy (already known to be well-formed) must leave somebody who can change it."""
    given = call.parameters
    if "Policy" not in given or given.get("BypassPolicyLockoutSafetyCheck"):
        return
    document = json.loads(given["Policy"])
    if not any(_can_change(statement) for statement in as_list(document.get("Statement"))):
        yield Refusal(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


def _can_change(statement: dict[str, Any]) -> bool:
    actions = as_list(statement.get("Action"))
    names = principals(statement, "AWS")
    return (
        statement.get("Effect") == "Allow"
        and any(action in ("*", "kms:*", "kms:Put*", "kms:PutKeyPolicy") for action in actions)
        and any(name == "*" or own_account() in name for name in names)
    )


def log_group(call: Call) -> Iterator[Refusal]:
    """A log group's key admits CloudWatch Logs of the region."""
    name = call.parameters.get("kmsKeyId")
    if not name:
        return
    service = f"logs.{call.region}.amazonaws.com"
    key = _key(call.region, name)
    if key is None or service not in _admitted(key):
        yield Refusal(
            "InvalidParameterException",
            f"The specified KMS key does not exist or is not allowed to be used with LogGroup: "
            f"its policy must allow {service}.",
        )


def region(call: Call) -> Iterator[Refusal]:
    """A key is used in its own region only, and exists."""
    given = call.parameters
    configuration = given.get("encryptionConfiguration", {})
    for name in (
        given.get("KmsKeyId"),
        given.get("PerformanceInsightsKMSKeyId"),
        configuration.get("kmsKey"),
    ):
        if name and _key(call.region, name) is None:
            text = f"The specified KMS key [{name}] does not exist, is not enabled or you do not"
            yield Refusal(FOREIGN[call.service], f"{text} have permissions to access it.")


def _key(region: str, name: str) -> Key | None:
    """The usable key behind an ARN, id or alias, in this region."""
    if name.startswith("arn:") and name.split(":")[3] != region:
        return None
    backend = kms_backends[own_account()][region]
    try:
        key = backend.describe_key(name.split(":", 5)[-1].removeprefix("key/"))
    except Exception:  # moto has several ways to say that there is none
        return None
    return key if key.enabled else None


def _admitted(key: Key) -> set[str]:
    """The services a key's policy allows anything to."""
    statements = as_list(json.loads(key.policy).get("Statement"))
    return {
        name
        for statement in statements
        if statement.get("Effect") == "Allow"
        for name in principals(statement, "Service")
    }
