"""What superset-promote and superset-admit call is what their roles allow, and nothing is unused.

The policies are those of the snapshots, so what is compared is what is deployed.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from promote_world import ACCOUNT, DATABASE, EAST, TASK, WEST, Call, World

SNAPSHOT = Path(__file__).parents[3] / "main.tf.json-snapshots" / "superset-eu-west-1.tf.json"

IMPLIED = {
    "iam:PassRole",
    "ecs:TagResource",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
"""Checked by AWS within another call, or used by Lambda itself."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    return World(monkeypatch, EAST, WEST)


def test_promoting_needs_exactly_what_its_role_allows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.promote(dry_run=True)
    world.promote(planned=True, limit=45)
    world.promote(planned=True)
    # Somebody's own promotion has reset the backups.
    again = World(monkeypatch, EAST, WEST)
    again.promote(limit=45)
    del again.regions[WEST].database["ReadReplicaSourceDBInstanceIdentifier"]
    again.promote()
    compare("promote", [*world.calls, *again.calls])


def test_admitting_needs_exactly_what_its_role_allows(world: World) -> None:
    world.promote()
    source = f"arn:aws:rds:{WEST}:{ACCOUNT}:db:{DATABASE}"
    world.regions[EAST].database["ReadReplicaSourceDBInstanceIdentifier"] = source
    world.calls.clear()
    world.admit(WEST, EAST)
    compare("admit", world.calls)


def compare(function: str, calls: list[Call]) -> None:
    statements = list(policy(function))
    used = set()
    for call in calls:
        action, resource = asked(call)
        allowing = [
            statement
            for statement in statements
            if action in statement["Action"]
            and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        ]
        assert allowing, f"{action} on {resource} is not allowed"
        used.add(action)
    allowed = {action for statement in statements for action in statement["Action"]}
    assert allowed - used <= IMPLIED


def policy(function: str) -> Iterator[dict[str, Any]]:
    """The role's statements, with what Terraform would fill in."""
    resources = json.loads(SNAPSHOT.read_text())["resource"]
    (document,) = [
        resource["policy"]
        for name, resource in resources["aws_iam_role_policy"].items()
        if f"superset-{function}_permissions" in name
    ]
    for statement in json.loads(document)["Statement"]:
        given = statement["Resource"]
        named = given if isinstance(given, list) else [given]
        yield {**statement, "Resource": [filled(one) for one in named]}


def filled(resource: str) -> str:
    """A reference as the ARN that it stands for in the world of these tests."""
    fence = re.fullmatch(r"\$\{aws_lb_listener_rule\.fences_(.+)_[0-9A-F]{8}\.arn\}", resource)
    if fence:
        rule = f"arn:aws:elasticloadbalancing:{WEST}:{ACCOUNT}:listener-rule/app/x"
        return f"{rule}/{fence[1]}"
    if "aws_cloudwatch_log_group.services_init-log" in resource:
        return f"arn:aws:logs:{WEST}:{ACCOUNT}:log-group:/superset/init:*"
    service = r"\$\{aws_ecs_service\.services_(\w+)_service_[0-9A-F]{8}\.name\}"
    return re.sub(service, r"superset-\1", resource)


def asked(call: Call) -> tuple[str, str]:
    """IAM's action, and the resource that it is checked against."""
    at, given = f"{call.region}:{ACCOUNT}", call.parameters
    ecs = f"arn:aws:ecs:{at}"
    match call.operation:
        case "GetParameter" | "PutParameter":
            return f"ssm:{call.operation}", f"arn:aws:ssm:{at}:parameter{given['Name']}"
        case "ModifyRule":
            return f"elasticloadbalancing:{call.operation}", given["RuleArn"]
        case "DescribeDBInstances" | "PromoteReadReplica" | "ModifyDBInstance":
            name = given["DBInstanceIdentifier"]
            return f"rds:{call.operation}", f"arn:aws:rds:{at}:db:{name}"
        case "UpdateService":
            return "ecs:UpdateService", f"{ecs}:service/superset-production/{given['service']}"
        case "RunTask":
            return "ecs:RunTask", given["taskDefinition"]
        case "DescribeTasks":
            return "ecs:DescribeTasks", TASK
        case "GetLogEvents":
            group = f"arn:aws:logs:{at}:log-group:{given['logGroupName']}"
            return "logs:GetLogEvents", f"{group}:log-stream:{given['logStreamName']}"
        case "ListTasks":
            return "ecs:ListTasks", "*"
        case "GetMetricStatistics":
            return "cloudwatch:GetMetricStatistics", "*"
    raise AssertionError(f"what does {call.operation} need?")
