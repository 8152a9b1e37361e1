"""What was really called is what roles allow, and what they allow was called or has its reason.

The emulator records who sent each request; policies are those that its IAM holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from deployments import Deployment
from environments import PROD

from commands.policies import requests, simulation
from commands.policies.checks import UNUSED
from commands.policies.documents import as_list
from emulator.dataplane.permissions import statements

#: Whom commands of a workspace act as.
OPERATOR = "emulator-operator"
PLATFORM = f"{PROD.platform}-"


@dataclass
class Role:
    """A role as IAM holds it, and what was asked in its name."""

    name: str
    statements: list[dict[str, Any]]
    asked: list[tuple[requests.Asked, dict[str, str]]] = field(default_factory=list)

    def allows(self, asked: requests.Asked, context: Mapping[str, str]) -> bool:
        return simulation.allowed(self.statements, asked.action, asked.resource, context)

    @property
    def short(self) -> str:
        """As unused.yaml calls it."""
        name = self.name.removeprefix(PLATFORM)
        for region in PROD.regions:
            name = name.removesuffix(f"-{region}")
        return name


def role(production: Deployment, name: str) -> Role:
    iam = production.emulator.client("iam")
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        if arn.startswith(f"arn:aws:iam::{PROD.account}:"):
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            documents.append(found["PolicyVersion"]["Document"])
    return Role(name, [_lists(one) for document in documents for one in statements(document)])


def _lists(statement: dict[str, Any]) -> dict[str, Any]:
    return {
        **statement,
        "Action": as_list(statement["Action"]),
        "Resource": as_list(statement["Resource"]),
    }


def context(request: Mapping[str, Any]) -> dict[str, str]:
    """The keys of conditions that a request carries."""
    known = {"aws:RequestedRegion": request["region"]}
    if policy := request["parameters"].get("PolicyArn"):
        known["iam:PolicyARN"] = policy
    cluster = request["parameters"].get("cluster")
    if cluster and request["service"] == "ecs":
        at = f"{request['region']}:{PROD.account}"
        name = cluster.rpartition("/")[2]
        known["ecs:cluster"] = f"arn:aws:ecs:{at}:cluster/{name}"
    return known


def questions(
    recorded: list[dict[str, Any]],
) -> Iterator[tuple[requests.Asked, dict[str, str]]]:
    for request in recorded:
        asked = requests.asked(request, PROD.account)
        yield asked, context(request)


@pytest.fixture(scope="module")
def roles(production: Deployment) -> list[Role]:
    """Every role of the deployment, with all that tasks and functions asked for so far."""
    iam = production.emulator.client("iam")
    names = [
        one["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for one in page["Roles"]
        if one["RoleName"].startswith(PLATFORM)
    ]
    by_name = {name: role(production, name) for name in names}
    for request in production.emulator.requests():
        principal = request["principal"]
        if ":assumed-role/" in principal:
            name = principal.split("/")[1]
            asked = (requests.asked(request, PROD.account), context(request))
            by_name[name].asked.append(asked)
    return list(by_name.values())


def test_tasks_and_functions_ask_for_what_their_roles_allow(
    production: Deployment, roles: list[Role]
) -> None:
    refused = {
        (role.name, asked.action, _real(production, asked))
        for role in roles
        for asked, known in role.asked
        if not role.allows(requests.Asked(asked.action, _real(production, asked)), known)
    }
    assert refused == set()
    # It was a system that ran, not one that stood still.
    assert {"init", "init-task", "secrets", "snapshot", "web-task", "worker-task"} <= {
        role.short for role in roles if role.asked
    }


def _real(production: Deployment, asked: requests.Asked) -> str | None:
    """The resource; a secret that was named without its random ending gets it."""
    resource = asked.resource
    if resource is None or not resource.endswith("-AbCdEf"):
        return resource
    region = resource.split(":")[3]
    name = resource.split(":secret:")[1].removesuffix("-AbCdEf")
    client = production.emulator.client("secretsmanager", region)
    return str(client.describe_secret(SecretId=name)["ARN"])


def test_what_roles_allow_was_asked_for_or_has_its_reason(roles: list[Role]) -> None:
    without = {
        (role.short, action)
        for role in roles
        for action in simulation.actions(role.statements) - {one.action for one, _ in role.asked}
        if not any(action in reasons or "*" in reasons for reasons in _reasons(role.short))
    }
    assert without == set()


def test_no_reason_is_for_something_that_is_not_allowed(roles: list[Role]) -> None:
    allowed: dict[str, set[str]] = {}
    for role in roles:
        allowed.setdefault(role.short, set()).update(simulation.actions(role.statements))
    stale = {
        (name, action)
        for name, actions in allowed.items()
        for reasons in _reasons(name)
        for action in reasons - {"*"} - actions
    }
    assert stale == set()


def _reasons(role: str) -> list[set[str]]:
    return [
        set(as_list(entry["what"]))
        for entry in yaml.safe_load(UNUSED.read_text())
        if role in as_list(entry["of"])
    ]


#: A person makes these: who deploys decides neither what deploys may do (docs/identity.md) nor what
#: is known of them (docs/audit.md).
BY_A_PERSON = (
    "cloudtrail:CreateTrail",
    "cloudtrail:StartLogging",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:TagPolicy",
)
KEPT_FROM_CI = (
    f":role/{PLATFORM}ci-",
    f":role/{PLATFORM}break-glass",
    f"{PLATFORM}trail",
    f"{PLATFORM}audit",
)


def test_ci_may_deploy_everything_but_the_roles_of_ci(production: Deployment) -> None:
    deploy = role(production, f"{PLATFORM}ci-deploy")
    recorded = [
        request
        for request in production.emulator.requests(principal=OPERATOR)
        if request["n"] < production.facts["requests"] and not request["error"]
    ]
    refused = {
        (asked.action, asked.resource)
        for asked, known in questions(recorded)
        if not deploy.allows(asked, known)
    }
    ours = {
        (action, resource)
        for action, resource in refused
        if action not in BY_A_PERSON and not any(own in str(resource) for own in KEPT_FROM_CI)
    }
    assert ours == set()
    assert ("iam:CreateRole", f"arn:aws:iam::{PROD.account}:role/{PLATFORM}ci-deploy") in refused


@pytest.mark.parametrize("stack", PROD.stacks)
def test_ci_may_plan(production: Deployment, stack: str) -> None:
    plan = role(production, f"{PLATFORM}ci-plan")
    since = production.emulator.next_request()
    production.workspace.plan(stack)
    recorded = production.emulator.requests(since, principal=OPERATOR)
    refused = {
        (asked.action, asked.resource)
        for asked, known in questions(recorded)
        if not plan.allows(asked, known)
    }
    assert len(recorded) > 10
    assert refused == set()
