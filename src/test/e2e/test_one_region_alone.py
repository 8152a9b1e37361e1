"""A region is changed while every regional endpoint of the other one refuses connections."""

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from deployments import Deployment
from environments import PROD
from workspaces import Result

RETENTION_DAYS = {"us-east-1": 14, "eu-west-1": 30}
OTHER = {"us-east-1": "eu-west-1", "eu-west-1": "us-east-1"}


@pytest.fixture(scope="module", params=PROD.regions)
def changed(production: Deployment, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A region's log retention changed in its file and deployed with the other region gone."""
    region = request.param
    days = RETENTION_DAYS[region]
    workspace, stack = production.workspace, PROD.stack(region)
    workspace.edit(
        f"regions/prod/{region}.yaml", lambda text: f"{text}\nlogs: {{retention_days: {days}}}\n"
    )
    output = ("--no-color", "--output", str(workspace.output))
    with production.emulator.refusing([OTHER[region]]):
        diff = workspace.cdktf("diff", stack, *output)
        deploy = workspace.cdktf("deploy", stack, "--auto-approve", "--skip-synth", *output)
    return {"region": region, "diff": diff, "deploy": deploy}


def test_change_of_a_region_plans_while_the_other_is_gone(changed: dict[str, Any]) -> None:
    diff: Result = changed["diff"].ok()
    assert "retention_in_days" in diff.output


def test_change_of_a_region_applies_while_the_other_is_gone(
    production: Deployment, changed: dict[str, Any]
) -> None:
    changed["deploy"].ok()
    region = changed["region"]
    groups = production.emulator.pages(
        "logs", region, "describe_log_groups", "logGroups", logGroupNamePrefix="/superset/web"
    )
    assert [group["retentionInDays"] for group in groups] == [RETENTION_DAYS[region]]


def test_the_other_region_really_was_gone(production: Deployment) -> None:
    with production.emulator.refusing(["eu-west-1"]), pytest.raises(BotoCoreError):
        production.emulator.client("ec2", "eu-west-1").describe_vpcs()
