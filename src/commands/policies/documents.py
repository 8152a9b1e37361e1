"""Every policy document in the Terraform JSON of the stacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from commands.environment import ROOT

SNAPSHOTS = ROOT / "main.tf.json-snapshots"
SUFFIX = ".tf.json"

#: Attribute by type of resource: what a role may do.
IDENTITY = {"aws_iam_role_policy": "policy", "aws_iam_policy": "policy"}
#: Who may assume a role.
TRUST = {"aws_iam_role": "assume_role_policy"}

_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z_.]+)\}")
#: Logical ids end in eight characters of CDKTF's.
_HASH = re.compile(r"_[0-9A-F]{8}$")

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """One document."""

    stack: str
    #: identity, trust or resource
    kind: str
    #: the role's name without environment and region, or the address of the resource
    owner: str
    address: str
    document: Mapping[str, Any]

    @cached_property
    def statements(self) -> list[Statement]:
        """The statements, each with lists for its actions and resources."""
        return [
            {
                **statement,
                **{
                    name: as_list(statement[name])
                    for name in ("Action", "Resource")
                    if name in statement
                },
            }
            for statement in as_list(self.document["Statement"])
        ]


@dataclass(frozen=True)
class Attachment:
    """A policy that a role has by its ARN."""

    stack: str
    owner: str
    arn: str


class Stack:
    """The policies of one stack."""

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self.name = name
        self._resources: Mapping[str, Any] = document.get("resource", {})
        providers = document["provider"]["aws"]
        self._region = str(providers[0]["region"])
        self.account = str(providers[0]["allowed_account_ids"][0])
        self.environment = str(providers[0]["default_tags"][0]["tags"]["environment"])

    def roles(self) -> dict[str, Mapping[str, Any]]:
        """Every role by its short name."""
        return {
            self.short(role["name"]): role
            for role in self._resources.get("aws_iam_role", {}).values()
        }

    def policies(self) -> Iterator[Policy]:
        """Every document of every resource, references replaced by what they stand for."""
        for kind, resources in self._resources.items():
            for name, attributes in resources.items():
                for attribute, value in attributes.items():
                    document = _document(value)
                    if document is not None:
                        yield self._policy(kind, name, attribute, self.resolve(document))

    def attachments(self) -> Iterator[Attachment]:
        """What roles have by ARN."""
        found = self._resources.get("aws_iam_role_policy_attachment", {})
        for attributes in found.values():
            owner = self._owner(attributes["role"])
            yield Attachment(self.name, owner, self.resolve(attributes["policy_arn"]))

    def granted(self, role: str) -> list[Policy]:
        """What a role of the stack may do: its own policies and the account's that it has."""
        attached = {one.arn for one in self.attachments() if one.owner == role}
        return [
            policy
            for policy in self.policies()
            if policy.kind == "identity"
            and (self._arn_of(policy) in attached or policy.owner == role)
        ]

    def short(self, name: str) -> str:
        """A role's name without the environment and the region."""
        return name.removeprefix(f"superset-{self.environment}-").removesuffix(f"-{self._region}")

    def resolve(self, value: Any) -> Any:
        """References to other resources, replaced by ARNs of the same form."""
        if isinstance(value, Mapping):
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, str):
            return _REFERENCE.sub(lambda match: self._stands_for(*match.groups()), value)
        return value

    def _policy(self, kind: str, name: str, attribute: str, document: Any) -> Policy:
        address = f"{kind}.{name}"
        if TRUST.get(kind) == attribute:
            owner = self.short(self._resources[kind][name]["name"])
            return Policy(self.name, "trust", owner, address, document)
        if IDENTITY.get(kind) == attribute:
            attributes = self._resources[kind][name]
            role = attributes.get("role")
            owner = self._owner(role) if role else self.short(attributes["name"])
            return Policy(self.name, "identity", owner, address, document)
        return Policy(self.name, "resource", _HASH.sub("", address), address, document)

    def _owner(self, reference: str) -> str:
        match = _REFERENCE.fullmatch(reference)
        assert match, reference
        return self.short(self._resources[match[1]][match[2]]["name"])

    def _arn_of(self, policy: Policy) -> str | None:
        kind, _, name = policy.address.partition(".")
        return self._stands_for(kind, name, "arn") if kind == "aws_iam_policy" else None

    def _stands_for(self, kind: str, name: str, attribute: str) -> str:
        """What AWS will put there: a real name where the stack gives it one."""
        attributes = self._resources[kind][name]
        if attribute != "arn":
            named = attributes.get(attribute)
            return str(named) if named else _HASH.sub("", name)
        region = self._provider_region(attributes)
        form = _ARNS[kind]
        return form.format(
            region=region, account=self.account, name=_name(attributes) or _HASH.sub("", name)
        )

    def _provider_region(self, attributes: Mapping[str, Any]) -> str:
        return str(attributes.get("provider", "aws." + self._region)).rpartition(".")[2]


#: ARNs of what policies refer to (Service Authorization Reference).
_ARNS = {
    "aws_appautoscaling_target": (
        "arn:aws:application-autoscaling:{region}:{account}:scalable-target/{name}"
    ),
    "aws_backup_vault": "arn:aws:backup:{region}:{account}:backup-vault:{name}",
    "aws_cloudwatch_log_group": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws_db_instance": "arn:aws:rds:{region}:{account}:db:{name}",
    "aws_ecs_cluster": "arn:aws:ecs:{region}:{account}:cluster/{name}",
    "aws_elasticache_replication_group": (
        "arn:aws:elasticache:{region}:{account}:replicationgroup:{name}"
    ),
    "aws_elasticache_user": "arn:aws:elasticache:{region}:{account}:user:{name}",
    "aws_iam_openid_connect_provider": (
        "arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    ),
    "aws_iam_policy": "arn:aws:iam::{account}:policy/{name}",
    "aws_iam_role": "arn:aws:iam::{account}:role/{name}",
    "aws_kms_key": "arn:aws:kms:{region}:{account}:key/{name}",
    "aws_lambda_function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "aws_lb_listener_rule": (
        "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/app/superset/0/0/{name}"
    ),
    "aws_s3_bucket": "arn:aws:s3:::{name}",
    "aws_secretsmanager_secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "aws_sns_topic": "arn:aws:sns:{region}:{account}:{name}",
    "aws_ssm_parameter": "arn:aws:ssm:{region}:{account}:parameter{name}",
}

_NAMES = ("bucket", "function_name", "name", "replication_group_id", "user_id")


def _name(attributes: Mapping[str, Any]) -> str | None:
    return next((str(attributes[key]) for key in _NAMES if key in attributes), None)


def _document(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("{") or '"Statement"' not in value:
        return None
    return json.loads(value)


def as_list(value: Any) -> list[Any]:
    """One value or several, as several."""
    return list(value) if isinstance(value, list | tuple) else [value]


def snapshots() -> list[Path]:
    """The committed JSON of every stack of every environment."""
    return sorted(SNAPSHOTS.glob(f"*{SUFFIX}"))


def stacks(files: Iterable[Path] | None = None) -> list[Stack]:
    """The stacks of some files, or of the snapshots."""
    found = []
    for path in snapshots() if files is None else files:
        name = path.name.removesuffix(SUFFIX)
        # cdktf's own output has a folder for each stack.
        name = path.parent.name if name == "cdk" else name
        found.append(Stack(name, json.loads(path.read_text())))
    return found
