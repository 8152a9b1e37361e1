"""What services refuse of a policy document (IAM User Guide, Grammar of the IAM JSON policy
language; Amazon S3 User Guide, Bucket policies). These rules read the emulator's state: a policy of
a resource may only name roles and users that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from emulator.account import own_account
from emulator.errors import Refusal
from emulator.wire import Call

VERSIONS = ("2012-10-17", "2008-10-17")

KEYS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


@dataclass(frozen=True)
class Document:
    """Where a request carries a policy, and how the service refuses a bad one."""

    parameter: str
    code: str
    #: whether statements say whom they are about (policies of a resource do)
    principals: bool = True
    #: whether statements say what they are about (trust policies do not)
    resources: bool = True


DOCUMENTS: dict[tuple[str, str], Document] = {
    ("ec2", "CreateVpcEndpoint"): Document("PolicyDocument", "InvalidParameter"),
    ("ecr", "SetRepositoryPolicy"): Document(
        "policyText", "InvalidParameterException", resources=False
    ),
    ("iam", "CreatePolicy"): Document(
        "PolicyDocument", "MalformedPolicyDocument", principals=False
    ),
    ("iam", "CreateRole"): Document(
        "AssumeRolePolicyDocument", "MalformedPolicyDocument", resources=False
    ),
    ("iam", "PutRolePolicy"): Document(
        "PolicyDocument", "MalformedPolicyDocument", principals=False
    ),
    ("iam", "UpdateAssumeRolePolicy"): Document(
        "PolicyDocument", "MalformedPolicyDocument", resources=False
    ),
    ("kms", "CreateKey"): Document("Policy", "MalformedPolicyDocumentException"),
    ("kms", "PutKeyPolicy"): Document("Policy", "MalformedPolicyDocumentException"),
    ("s3", "PutBucketPolicy"): Document("Policy", "MalformedPolicy"),
    ("secretsmanager", "PutResourcePolicy"): Document(
        "ResourcePolicy", "MalformedPolicyDocumentException"
    ),
}


def document(call: Call) -> Iterator[Refusal]:
    """The grammar of the policy, and that whom it names exists."""
    place = DOCUMENTS[call.service, call.operation]
    text = call.parameters.get(place.parameter)
    if text is None:
        return
    for problem in _problems(text, place):
        yield Refusal(place.code, problem)
    if (call.service, call.operation) == ("s3", "PutBucketPolicy"):
        for problem in _foreign_resources(text, call.parameters["Bucket"]):
            yield Refusal(place.code, problem)


def _problems(text: str, place: Document) -> Iterator[str]:
    try:
        policy = json.loads(text)
    except ValueError as problem:
        yield f"Policies must be valid JSON: {problem}"
        return
    if policy.get("Version", VERSIONS[1]) not in VERSIONS:
        yield "The policy must contain a valid version string."
    statements = as_list(policy.get("Statement"))
    if not statements:
        yield "Syntax errors in policy: no statement."
    for statement in statements:
        yield from _statement(statement, place)


def _statement(statement: dict[str, Any], place: Document) -> Iterator[str]:
    if unknown := set(statement) - KEYS:
        yield f"Syntax errors in policy: unknown element {', '.join(sorted(unknown))}."
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield "Syntax errors in policy: Effect must be Allow or Deny."
    actions = as_list(statement.get("Action")) + as_list(statement.get("NotAction"))
    if not actions:
        yield "Policy statement must contain actions."
    for action in actions:
        if action != "*" and ":" not in action:
            yield f"Actions/Conditions must be prefaced by a vendor: {action}"
    said = "Principal" in statement or "NotPrincipal" in statement
    if place.principals and not said:
        yield "Missing required field Principal."
    if not place.principals and said:
        yield "Policy document should not specify a principal."
    about = "Resource" in statement or "NotResource" in statement
    if place.resources and not about:
        yield "Policy statement must contain resources."
    yield from _missing(statement)


def _missing(statement: dict[str, Any]) -> Iterator[str]:
    backend = iam_backends[own_account()]["aws"]
    existing = {role.arn for role in backend.roles.values()}
    existing |= {user.arn for user in backend.users.values()}
    own = f"arn:aws:iam::{own_account()}:"
    for name in principals(statement, "AWS"):
        named = name.startswith((f"{own}role/", f"{own}user/"))
        if named and name not in existing:
            yield f'Invalid principal in policy: "AWS":"{name}"'


def _foreign_resources(text: str, bucket: str) -> Iterator[str]:
    own = f"arn:aws:s3:::{bucket}"
    for statement in as_list(json.loads(text)["Statement"]):
        for resource in as_list(statement.get("Resource")):
            if resource != own and not resource.startswith(f"{own}/"):
                yield f"Policy has invalid resource: {resource}"


def principals(statement: dict[str, Any], kind: str) -> list[str]:
    """Whom a statement is about, of one kind (AWS, Service, Federated)."""
    principal = statement.get("Principal", {})
    return [principal] if isinstance(principal, str) else as_list(principal.get(kind))


def as_list(value: Any) -> list[Any]:
    """One value or several, as several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
