"""What is changed past Terraform shows in the next plan, except what a table says is ignored."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from changes import CHANGES, NAME, REGION, Aws, Change, change_what_terraform_ignores
from deployments import Deployment
from environments import PROD
from workspaces import Plan

PARTS = ("bootstrap", REGION, "global")

#: Resource type to the attributes whose changes Terraform leaves alone; the reasons are beside the
#: table in the platform's own code.
IGNORED = {
    "aws_ecs_service": {"desired_count"},
    "aws_db_instance": {"password_wo_version"},
    "aws_lb_listener_rule": {"action"},
    "aws_ssm_parameter": {"value", "insecure_value"},
}


@dataclass
class Drift:
    """What was changed, what could not be, and the plans afterwards."""

    plans: dict[str, Plan] = field(default_factory=dict)
    errors: dict[Change, Exception] = field(default_factory=dict)
    writer: str = ""

    def attributes(self, change: Change) -> set[str]:
        """All attributes that the plan changes on resources of the change's type."""
        found: set[str] = set()
        for address, attributes in self.plans[change.part].changed_attributes().items():
            if address.startswith(f"{change.type}."):
                found |= attributes
        return found


@pytest.fixture(scope="module")
def drift(production: Deployment) -> Drift:
    """Every change of the table made, and those that are ignored; then one plan per stack."""
    aws = Aws(production.emulator)
    found = Drift()
    for change in CHANGES:
        try:
            change.make(aws)
        except Exception as error:
            found.errors[change] = error
    found.writer = change_what_terraform_ignores(aws)
    for part in PARTS:
        found.plans[part] = production.workspace.plan(PROD.stack(part))
    return found


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_change_shows_in_the_plan(drift: Drift, change: Change) -> None:
    assert drift.errors.get(change) is None
    assert change.attribute in drift.attributes(change)


def test_plan_shows_nothing_else(drift: Drift) -> None:
    for part in PARTS:
        expected = {change.type for change in CHANGES if change.part == part}
        shown = {address.split(".")[0] for address in drift.plans[part].changes()}
        assert shown <= expected, part


def test_number_of_tasks_does_not_show(drift: Drift) -> None:
    for address, attributes in drift.plans[REGION].changed_attributes().items():
        if address.startswith("aws_ecs_service."):
            assert "desired_count" not in attributes


def test_address_of_the_writer_does_not_show(drift: Drift) -> None:
    shown = drift.plans[REGION].changes()
    assert not [address for address in shown if address.startswith("aws_ssm_parameter.")]


@pytest.mark.parametrize("part", ["bootstrap", *PROD.regions, "global"])
def test_nothing_is_ignored_but_what_the_table_lists(production: Deployment, part: str) -> None:
    document: dict[str, Any] = json.loads(
        (production.workspace.folder(PROD.stack(part)) / "cdk.tf.json").read_text()
    )
    ignored = {
        (kind, attribute)
        for kind, blocks in document["resource"].items()
        for block in blocks.values()
        for attribute in block.get("lifecycle", {}).get("ignore_changes", [])
    }
    allowed = {(kind, attribute) for kind, names in IGNORED.items() for attribute in names}
    assert ignored <= allowed
    if part in PROD.regions:
        assert ignored == allowed


@pytest.fixture(scope="module")
def repaired(production: Deployment, drift: Drift) -> dict[str, Plan]:
    """Plans after every stack was applied again."""
    assert drift.plans
    plans = {}
    for part in PARTS:
        stack = PROD.stack(part)
        production.workspace.apply(stack).ok()
        plans[part] = production.workspace.plan(stack)
    return plans


@pytest.mark.parametrize("part", PARTS)
def test_next_deploy_repairs_everything(repaired: dict[str, Plan], part: str) -> None:
    assert repaired[part].changes() == {}


def test_repair_leaves_the_number_of_tasks_alone(
    production: Deployment, repaired: dict[str, Plan]
) -> None:
    assert repaired
    client = production.emulator.client("ecs", REGION)
    answer = client.describe_services(cluster=NAME, services=["superset-web"])
    assert answer["services"][0]["desiredCount"] == 4


def test_repair_leaves_the_writers_address_alone(
    production: Deployment, drift: Drift, repaired: dict[str, Plan]
) -> None:
    assert repaired
    client = production.emulator.client("ssm", REGION)
    value = client.get_parameter(Name="/superset/writer")["Parameter"]["Value"]
    assert value == drift.writer
