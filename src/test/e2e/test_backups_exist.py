"""What is kept of production lies in another region too."""

import json
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD

from commands.waiting import until

HERE, THERE = PROD.regions
SECONDS = 600


def contents(production: Deployment, bucket: str, region: str) -> dict[str, bytes]:
    """Every object of a bucket, by key."""
    objects = production.emulator.pages("s3", region, "list_objects_v2", "Contents", Bucket=bucket)
    s3 = production.emulator.client("s3", region)
    return {
        one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in objects
    }


@pytest.mark.parametrize("part", ["bootstrap", "global"])
def test_a_state_that_is_no_regions_is_copied(production: Deployment, part: str) -> None:
    key = f"{PROD.stack(part)}.tfstate"
    copies = contents(production, PROD.bucket("tfstate", THERE), THERE)
    assert copies[key] == contents(production, PROD.bucket("tfstate", HERE), HERE)[key]
    assert f"{key}.tflock" not in copies


def test_a_regions_state_stays_in_it(production: Deployment) -> None:
    copies = contents(production, PROD.bucket("tfstate", THERE), THERE)
    assert f"{PROD.stack(HERE)}.tfstate" not in copies


def test_the_database_is_backed_up_into_a_vault_there(production: Deployment, region: str) -> None:
    other = THERE if region == HERE else HERE
    backup = production.emulator.client("backup", region)
    (listed,) = backup.list_backup_plans()["BackupPlansList"]
    plan = backup.get_backup_plan(BackupPlanId=listed["BackupPlanId"])["BackupPlan"]
    (copy,) = plan["Rules"][0]["CopyActions"]
    (vault,) = production.emulator.pages("backup", other, "list_backup_vaults", "BackupVaultList")
    assert copy["DestinationBackupVaultArn"] == vault["BackupVaultArn"]
    (selection,) = backup.list_backup_selections(BackupPlanId=listed["BackupPlanId"])[
        "BackupSelectionsList"
    ]
    chosen = backup.get_backup_selection(
        BackupPlanId=listed["BackupPlanId"], SelectionId=selection["SelectionId"]
    )["BackupSelection"]["Resources"]
    assert chosen == [f"arn:aws:rds:{region}:{PROD.account}:db:{PROD.platform}"]


def scheduled(production: Deployment, region: str) -> dict[str, Any]:
    """Run what the schedule runs; the task at its end."""
    target = production.emulator.client("scheduler", region).get_schedule(Name="superset-export")[
        "Target"
    ]
    parameters = target["EcsParameters"]
    network = parameters["NetworkConfiguration"]["awsvpcConfiguration"]
    ecs = production.emulator.client("ecs", region)
    task = ecs.run_task(
        cluster=target["Arn"],
        taskDefinition=parameters["TaskDefinitionArn"],
        capacityProviderStrategy=parameters["CapacityProviderStrategy"],
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["Subnets"],
                "securityGroups": network["SecurityGroups"],
                "assignPublicIp": network["AssignPublicIp"],
            }
        },
        overrides=json.loads(target["Input"]),
    )["tasks"][0]["taskArn"]

    def ended() -> dict[str, Any] | None:
        (found,) = ecs.describe_tasks(cluster=target["Arn"], tasks=[task])["tasks"]
        return dict(found) if found["lastStatus"] == "STOPPED" else None

    return until("the export has ended", ended, SECONDS)


def test_the_weekly_export_lies_in_both_regions(production: Deployment) -> None:
    ended = scheduled(production, HERE)
    assert ended["containers"][0]["exitCode"] == 0
    here, there = (
        contents(production, PROD.bucket("exports", region), region) for region in PROD.regions
    )
    assert here == there
    assert {key.split("/")[1] for key in here} == {"access.json", "assets.zip"}


def test_elsewhere_than_at_the_writer_the_schedule_exports_nothing(
    production: Deployment,
) -> None:
    before = contents(production, PROD.bucket("exports", THERE), THERE)
    assert scheduled(production, THERE)["containers"][0]["exitCode"] == 0
    assert contents(production, PROD.bucket("exports", THERE), THERE) == before
