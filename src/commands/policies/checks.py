"""What is wrong with a policy: each check yields what it finds, as (owner, subject) and a sentence.

A finding that ``exceptions.yaml`` names is no problem; an exception that nothing needs is one.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from commands.policies import knowledge
from commands.policies.documents import Policy, Stack, as_list

with warnings.catch_warnings():
    # parliament imports pkg_resources, which warns of its own end.
    warnings.simplefilter("ignore")
    import parliament

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
#: What is allowed and was never called, and why.
UNUSED = Path(__file__).with_name("unused.yaml")

#: Reason that is checked, not believed.
NO_RESOURCE_LEVEL = "no resource level"


@dataclass(frozen=True, order=True)
class Finding:
    """Something that must be mended or excepted."""

    #: section of exceptions.yaml
    kind: str
    owner: str
    subject: str
    stack: str = ""


def findings(stack: Stack) -> Iterator[Finding]:
    """Everything that the checks find in a stack."""
    for policy in stack.policies():
        for check in (unknown_actions, wildcard_actions, wildcard_resources, lint, trust):
            for kind, subject in check(policy):
                yield Finding(kind, policy.owner, subject, stack.name)
    for attachment in stack.attachments():
        if attachment.arn.startswith("arn:aws:iam::aws:"):
            yield Finding("managed_policies", attachment.owner, attachment.arn, stack.name)


def unknown_actions(policy: Policy) -> Iterator[tuple[str, str]]:
    """Actions that AWS does not have allow or refuse nothing."""
    for statement in policy.statements:
        for action in statement.get("Action", []):
            if "*" not in action and not knowledge.exists(action):
                yield "unknown_actions", action


def wildcard_actions(policy: Policy) -> Iterator[tuple[str, str]]:
    """What is allowed is named, action by action; a denial may be as wide as it likes."""
    for statement in policy.statements:
        if statement["Effect"] != "Allow":
            continue
        for action in statement.get("Action", ["NotAction"]):
            if "*" in action or "?" in action or action == "NotAction":
                yield "wildcard_actions", action


def wildcard_resources(policy: Policy) -> Iterator[tuple[str, str]]:
    """What is allowed is allowed on something. In a key's own policy ``*`` is the key."""
    if policy.kind == "trust" or policy.address.startswith("aws_kms_key."):
        return
    for statement in policy.statements:
        if statement["Effect"] == "Allow" and "*" in statement.get("Resource", ["*"]):
            for action in statement.get("Action", []):
                yield "wildcard_resources", action


#: What the checks above say, and with exceptions of their own.
_SAID_OTHERWISE = {"RESOURCE_STAR", "UNKNOWN_ACTION"}


def lint(policy: Policy) -> Iterator[tuple[str, str]]:
    """What parliament says of actions, resources and conditions that do not go together."""
    document = dict(policy.document)
    if policy.kind == "trust":
        # parliament knows no trust policies: without a resource it stops.
        document["Statement"] = [{**one, "Resource": "*"} for one in policy.statements]
    yield from (("lint", subject) for subject in _parliament(json.dumps(document)))


@cache
def _parliament(document: str) -> tuple[str, ...]:
    subjects = []
    for one in parliament.analyze_policy_string(document, ignore_private_auditors=True).findings:
        if one.issue == "RESOURCE_MISMATCH":
            subjects += [f"{each['action']} on {each['required_format']}" for each in one.detail]
        elif one.issue not in _SAID_OTHERWISE:
            subjects.append(str(one.detail))
    return tuple(dict.fromkeys(subjects))


def trust(policy: Policy) -> Iterator[tuple[str, str]]:
    """A service may assume a role for this account and for its own resource only."""
    if policy.kind != "trust":
        return
    for statement in policy.statements:
        if "Service" not in statement["Principal"]:
            continue
        conditions = {
            key.lower() for keys in statement.get("Condition", {}).values() for key in keys
        }
        for key in ("aws:SourceAccount", "aws:SourceArn"):
            if key.lower() not in conditions:
                yield "trust", f"{statement['Principal']['Service']} without {key}"


@dataclass(frozen=True)
class Excepted:
    """One entry of the file, once for each of its owners and subjects."""

    kind: str
    owner: str
    subject: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this is the entry of a finding."""
        return (
            self.kind == finding.kind
            and self.owner in (finding.owner, "*")
            and self.subject == finding.subject
        )


def exceptions(path: Path = EXCEPTIONS) -> list[Excepted]:
    """What the file lists."""
    return [
        Excepted(kind, owner, subject, entry["reason"])
        for kind, entries in yaml.safe_load(path.read_text()).items()
        for entry in entries
        for owner in as_list(entry["of"])
        for subject in as_list(entry["what"])
    ]


def untrue(excepted: Iterable[Excepted]) -> list[str]:
    """Exceptions whose reason is that AWS has no resource level, where it has one."""
    return [
        f"{one.owner}: {one.subject}"
        for one in excepted
        if one.reason == NO_RESOURCE_LEVEL and knowledge.resource_level(one.subject)
    ]
