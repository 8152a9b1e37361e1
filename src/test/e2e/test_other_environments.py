"""Staging and development, each on the emulator of its own account."""

from pathlib import Path

import boto3
import pytest
from deployments import Deployment
from environments import DEV, PROD, STAGING, Environment
from workspaces import Plan, Result, Workspace

from commands.keep_running import PREFIX, call, schedules_of


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


def database_is(deployment: Deployment) -> str:
    client = deployment.emulator.client("rds", deployment.environment.writer)
    return str(client.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"])


def tasks_wanted(deployment: Deployment) -> dict[str, int]:
    environment = deployment.environment
    found = deployment.emulator.client("ecs", environment.writer).describe_services(
        cluster=environment.platform, services=list(service_names(deployment))
    )
    return {one["serviceName"]: one["desiredCount"] for one in found["services"]}


@pytest.fixture(scope="module")
def stopped(staging: Deployment) -> Plan:
    """A plan outside of staging's running hours, after all that its schedules call."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in staging.workspace.variables().items():
            patch.setenv(name, value)
        for name, schedule in schedules_of(STAGING.writer).items():
            if name.startswith(f"{PREFIX}stop-"):
                call(STAGING.writer, schedule["Target"])
    assert database_is(staging) == "stopped"
    assert set(tasks_wanted(staging).values()) == {0}
    return staging.workspace.plan(STAGING.stack(STAGING.writer))


def test_a_stop_by_the_hour_does_not_show_in_a_plan(stopped: Plan) -> None:
    assert stopped.changes() == {}


@pytest.fixture(scope="module")
def kept(staging: Deployment, stopped: Plan) -> Plan:
    """A plan while staging is kept running."""
    region = STAGING.writer
    staging.workspace.command("keep_running", region, "2031-12-01T20:00").ok()
    return staging.workspace.plan(STAGING.stack(region))


def test_keep_running_starts_what_was_stopped(staging: Deployment, kept: Plan) -> None:
    assert database_is(staging) == "available"
    assert tasks_wanted(staging) == {"superset-web": 2, "superset-worker": 1, "superset-beat": 1}


def test_keep_running_shows_until_the_next_deploy(staging: Deployment, kept: Plan) -> None:
    shown = kept.changed_attributes()
    assert {address.split(".")[0] for address in shown} == {"aws_scheduler_schedule"}
    assert all(attributes == {"start_date"} for attributes in shown.values())
    stack = STAGING.stack(STAGING.writer)
    staging.workspace.apply(stack).ok()
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
