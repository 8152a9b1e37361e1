"""The first deploy of production, by what `make deploy` runs."""

import pytest
from deployments import Deployment
from environments import PROD


def state_objects(production: Deployment, region: str) -> set[str]:
    bucket = production.environment.bucket("tfstate", region)
    objects = production.emulator.pages("s3", region, "list_objects_v2", "Contents", Bucket=bucket)
    return {one["Key"] for one in objects}


def test_states_lie_in_the_buckets_of_their_regions(production: Deployment) -> None:
    # Those of no region have a copy in the next one.
    common = {"superset-bootstrap.tfstate", "superset-global.tfstate"}
    assert {region: state_objects(production, region) for region in PROD.regions} == {
        region: {*common, f"superset-{region}.tfstate"} for region in PROD.regions
    }


def test_no_state_stays_on_the_disk(production: Deployment) -> None:
    stacks = production.workspace.output / "stacks"
    left = [
        *production.workspace.root.glob("*.tfstate*"),
        *stacks.glob("*/terraform.tfstate*"),
        *production.workspace.output.glob("*.tfstate*"),
    ]
    assert left == []


def test_stacks_are_deployed_one_after_another_as_they_need_each_other(
    production: Deployment,
) -> None:
    order = []
    for request in production.emulator.requests(service="s3", operation="PutObject"):
        key = request["parameters"].get("Key", "")
        stack = key.removesuffix(".tfstate")
        if key.endswith(".tfstate") and stack not in order:
            order.append(stack)
    assert order == PROD.stacks


def test_every_deploy_took_and_released_the_lock(production: Deployment) -> None:
    def locks(operation: str) -> set[str]:
        found = production.emulator.requests(service="s3", operation=operation)
        keys = {request["parameters"].get("Key", "") for request in found}
        return {key for key in keys if key.endswith(".tflock")}

    expected = {f"{stack}.tfstate.tflock" for stack in PROD.stacks}
    assert (locks("PutObject"), locks("DeleteObject")) == (expected, expected)


def test_no_request_was_refused_as_invalid(production: Deployment) -> None:
    """AWS's own models: what the emulator's checks refuse would fail on AWS."""
    refused = {
        (request["operation"], request["error"])
        for request in production.emulator.requests()
        if request["status"] == 400 and "Validation" in str(request["error"])
    }
    assert refused == set()


@pytest.mark.parametrize("stack", PROD.stacks)
def test_second_diff_shows_no_change(production: Deployment, stack: str) -> None:
    result = production.workspace.cdktf(
        "diff", stack, "--skip-synth", "--no-color", "--output", str(production.workspace.output)
    ).ok()
    changed = [line for line in result.output.splitlines() if "# aws_" in line]
    assert changed == []
    assert "No changes. Your infrastructure matches the configuration." in result.output
