"""Staging and development, each on the emulator of its own account."""

from pathlib import Path

import pytest
from deployments import Deployment
from environments import DEV, PROD, STAGING, Environment
from workspaces import Result, Workspace


def service_names(deployment: Deployment) -> set[str]:
    environment = deployment.environment
    arns = deployment.emulator.pages(
        "ecs", environment.writer, "list_services", "serviceArns", cluster=environment.platform
    )
    return {arn.rpartition("/")[2] for arn in arns}


def caches(deployment: Deployment) -> list[str]:
    found = deployment.emulator.pages(
        "elasticache",
        deployment.environment.writer,
        "describe_replication_groups",
        "ReplicationGroups",
    )
    return [group["ReplicationGroupId"] for group in found]


def latency_records(deployment: Deployment) -> list[str]:
    environment, emulator = deployment.environment, deployment.emulator
    zones = emulator.client("route53").list_hosted_zones()["HostedZones"]
    (zone,) = [one["Id"] for one in zones if one["Name"] == f"{environment.zone}."]
    found = emulator.pages(
        "route53", "us-east-1", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
    )
    return [one["Region"] for one in found if one["Name"] == f"{environment.domain}."]


def test_staging_has_productions_shape(staging: Deployment) -> None:
    assert service_names(staging) == {"superset-web", "superset-worker", "superset-beat"}
    assert caches(staging) == [STAGING.platform]


def test_staging_answers_at_its_domain(staging: Deployment) -> None:
    assert latency_records(staging) == ["us-east-1"]


def test_synthesized_json_deploys_with_plain_terraform(staging: Deployment) -> None:
    """The scenario of staging never ran cdktf; its states are where cdktf would put them."""
    objects = staging.emulator.pages(
        "s3",
        STAGING.writer,
        "list_objects_v2",
        "Contents",
        Bucket=STAGING.bucket("tfstate", STAGING.writer),
    )
    assert {one["Key"] for one in objects} == {f"{stack}.tfstate" for stack in STAGING.stacks}


@pytest.mark.parametrize("stack", STAGING.stacks)
def test_second_plan_of_staging_is_empty(staging: Deployment, stack: str) -> None:
    assert staging.workspace.plan(stack).changes() == {}


def test_dev_has_no_cache_and_so_neither_worker_nor_beat(killed: Deployment) -> None:
    assert service_names(killed) == {"superset-web"}
    assert caches(killed) == []


def test_dev_goes_out_through_a_single_nat_gateway(killed: Deployment) -> None:
    gateways = killed.emulator.pages("ec2", DEV.writer, "describe_nat_gateways", "NatGateways")
    assert len([one for one in gateways if one["State"] == "available"]) == 1


def test_dev_is_disposable(killed: Deployment) -> None:
    client = killed.emulator.client("rds", DEV.writer)
    (database,) = client.describe_db_instances(DBInstanceIdentifier=DEV.platform)["DBInstances"]
    assert database["DeletionProtection"] is False


@pytest.fixture(scope="module")
def misdirected(production: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Staging's bootstrap applied with credentials of production's account."""
    workspace = Workspace.create(
        tmp_path_factory.mktemp("misdirected"), STAGING, production.emulator
    )
    stack = STAGING.stack("bootstrap")
    workspace.synthesize(variables={"SUPERSET_BOOTSTRAP_STATE": "local"})
    workspace.initialize(stack)
    return workspace.apply(stack)


def test_deploy_into_the_wrong_account_is_refused(misdirected: Result) -> None:
    assert misdirected.code == 1
    assert f"AWS account ID not allowed: {PROD.account}" in misdirected.output


def test_refused_deploy_leaves_nothing(production: Deployment, misdirected: Result) -> None:
    assert misdirected.code == 1
    buckets = production.emulator.client("s3").list_buckets()["Buckets"]
    assert not [one["Name"] for one in buckets if "staging" in one["Name"]]


def test_environments_share_no_stack(production: Deployment, staging: Deployment) -> None:
    def stacks(deployment: Deployment) -> set[str]:
        folder: Path = deployment.workspace.output / "stacks"
        return {path.name for path in folder.iterdir()}

    environments: tuple[Environment, ...] = (PROD, STAGING)
    found = [stacks(production), stacks(staging)]
    assert found == [set(environment.stacks) for environment in environments]
