"""What a role may do: its policies, as this AWS's IAM holds them, evaluated as AWS documents it.

IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements". moto evaluates neither
conditions nor key policies, and here nothing else is asked than whether ECS may start a task,
whether a role may log in to Redis, and whether EventBridge may send to a topic. A condition that
this module does not know refuses, and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends


@dataclass(frozen=True)
class Asked:
    """One question; the context's keys are those of conditions, in AWS's own spelling."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def role(account: str, arn: str | None) -> Any:
    """moto's role; None when it does not exist."""
    found = iam_backends[account]["aws"].roles.values()
    return next((one for one in found if one.arn == arn), None)


def trusts(account: str, arn: str, service: str, context: Mapping[str, str]) -> bool:
    """Whether a service may assume a role."""
    found = role(account, arn)
    if found is None:
        return False
    asked = Asked("sts:AssumeRole", arn, context)
    trusting = [
        statement
        for statement in statements(found.assume_role_policy_document)
        if service in _principals(statement, "Service")
    ]
    # A role's own trust policy has no resource.
    return decide([{**statement, "Resource": "*"} for statement in trusting], asked) == "Allow"


def allows(account: str, arn: str, asked: Asked) -> bool:
    """Whether the role's own policies allow it, within its permissions boundary."""
    found = role(account, arn)
    if found is None:
        return False
    documents = [*found.policies.values()]
    documents += [policy.document for policy in found.managed_policies.values()]
    if decide(_all(documents), asked) != "Allow":
        return False
    boundary = found.permissions_boundary_arn
    if boundary is None:
        return True
    policy = iam_backends[account]["aws"].managed_policies[boundary]
    return decide(_all([policy.document]), asked) == "Allow"


def allows_key(account: str, arn: str, key: str, asked: Asked) -> bool:
    """Whether the role may use a KMS key: by the key's policy alone, or by both together.

    KMS Developer Guide, "Key policies in AWS KMS": without a statement for the account, policies
    of roles count for nothing.
    """
    region = key.split(":")[3]
    found = kms_backends[account][region].keys.get(key.split("/")[-1])
    if found is None or found.key_state != "Enabled":
        return False
    of_key = statements(found.policy)
    own = [one for one in of_key if _principals(one, "AWS") & {arn, "*"}]
    root = f"arn:aws:iam::{account}:root"
    shared = [one for one in of_key if _principals(one, "AWS") & {root, account}]
    direct, delegated = decide(own, asked), decide(shared, asked)
    if "Deny" in (direct, delegated):
        return False
    return direct == "Allow" or (delegated == "Allow" and allows(account, arn, asked))


def admits(document: Any, service: str, asked: Asked) -> bool:
    """Whether a resource's own policy lets a service of AWS do it."""
    own = [one for one in statements(document) if _principals(one, "Service") & {service, "*"}]
    return decide(own, asked) == "Allow"


def _all(documents: Iterable[Any]) -> list[dict[str, Any]]:
    return [statement for document in documents for statement in statements(document)]


def statements(document: Any) -> list[dict[str, Any]]:
    """The statements of a document, or of its JSON."""
    content = json.loads(document) if isinstance(document, str) else document
    return list(_list(content["Statement"]))


def decide(among: Iterable[Mapping[str, Any]], asked: Asked) -> str | None:
    """Deny wins; None is no answer, which refuses as well."""
    effects = {one["Effect"] for one in among if _applies(one, asked)}
    return "Deny" if "Deny" in effects else "Allow" if effects else None


def _applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        _names(statement, "Action", asked.action.lower(), str.lower)
        and _names(statement, "Resource", asked.resource, str)
        and all(
            _holds(operator, key, _list(values), asked.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _names(
    statement: Mapping[str, Any], element: str, value: str, spelled: Callable[[str], str]
) -> bool:
    if f"Not{element}" in statement:
        return not any(like(spelled(p), value) for p in _list(statement[f"Not{element}"]))
    return any(like(spelled(p), value) for p in _list(statement.get(element, [])))


def _holds(operator: str, key: str, values: list[Any], context: Mapping[str, str]) -> bool:
    """One line of a condition; a missing key satisfies negated operators and ``IfExists``.

    A key of several values is asked about with one of them, which ``ForAnyValue`` is content with.
    """
    operator = operator.removeprefix("ForAnyValue:")
    given = {name.lower(): value for name, value in context.items()}.get(key.lower())
    optional = operator.endswith("IfExists")
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return (given is None) == (str(values[0]).lower() == "true")
    negated = "Not" in name
    if given is None:
        return negated or optional
    words = [str(value) for value in values]
    match name.replace("Not", ""):
        case "StringEquals":
            found = given in words
        case "StringEqualsIgnoreCase":
            found = given.lower() in [word.lower() for word in words]
        case "Bool":
            found = given.lower() in [word.lower() for word in words]
        case "StringLike" | "ArnLike" | "ArnEquals":
            found = any(like(word, given) for word in words)
        case _:
            raise ValueError(f"the emulator does not know the condition {operator}")
    return found != negated


def _principals(statement: dict[str, Any], kind: str) -> set[str]:
    principal = statement.get("Principal", {})
    return {"*"} if principal == "*" else {str(one) for one in _list(principal.get(kind, []))}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def like(pattern: str, value: str) -> bool:
    """IAM's wildcards: * and ?."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None
