"""A region's first deploy, killed four times, is finished by unlock, adopt and deploy."""

import json
from typing import Any

import pytest
from deployments import Deployment
from environments import DEV
from scenarios import KILLS

REGION = DEV.writer
NAME = DEV.platform

#: Service, operation, key of the answer, and how many there must be.
ONCE = {
    "VPC": ("ec2", "describe_vpcs", "Vpcs", 1),
    "subnets": ("ec2", "describe_subnets", "Subnets", 6),
    "internet gateway": ("ec2", "describe_internet_gateways", "InternetGateways", 1),
    "NAT gateway": ("ec2", "describe_nat_gateways", "NatGateways", 1),
    "address": ("ec2", "describe_addresses", "Addresses", 1),
    "endpoints": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", 9),
    "flow log": ("ec2", "describe_flow_logs", "FlowLogs", 1),
    "load balancer": ("elbv2", "describe_load_balancers", "LoadBalancers", 1),
    "target group": ("elbv2", "describe_target_groups", "TargetGroups", 1),
    "database": ("rds", "describe_db_instances", "DBInstances", 1),
    # The region's, and the one with which bootstrap learns the validation record.
    "certificates": ("acm", "list_certificates", "CertificateSummaryList", 2),
    "cluster": ("ecs", "list_clusters", "clusterArns", 1),
    "namespace": ("servicediscovery", "list_namespaces", "Namespaces", 1),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", 3),
    "functions": ("lambda", "list_functions", "Functions", 2),
}


def own(things: list[Any]) -> list[Any]:
    """Without what is deleted and what every account has from the start: the default VPC."""
    return [thing for thing in things if not isinstance(thing, dict) or not _foreign(thing)]


def _foreign(thing: dict[str, Any]) -> bool:
    default = thing.get("IsDefault") or thing.get("DefaultForAz")
    return bool(default) or thing.get("State") == "deleted"


@pytest.mark.parametrize("name", KILLS)
def test_kill_leaves_the_lock(killed: Deployment, name: str) -> None:
    (kill,) = [one for one in killed.facts["kills"] if one["name"] == name]
    assert kill["code"] == -9
    assert "Error acquiring the state lock" in kill["locked"]


def test_adopt_takes_over_the_database_that_was_being_created(killed: Deployment) -> None:
    adopted = {kill["name"]: kill["adopted"] for kill in killed.facts["kills"]}
    assert "took over aws_db_instance." in adopted["database"]


def test_next_deploy_completes(killed: Deployment) -> None:
    assert killed.facts["finished"] == 0, killed.facts["output"][-4000:]


@pytest.mark.parametrize("thing", ONCE)
def test_nothing_exists_twice(killed: Deployment, thing: str) -> None:
    service, operation, key, count = ONCE[thing]
    found = own(killed.emulator.pages(service, REGION, operation, key))
    assert len(found) == count


def test_every_key_is_in_use(killed: Deployment) -> None:
    keys = {key["KeyId"] for key in killed.emulator.pages("kms", REGION, "list_keys", "Keys")}
    client = killed.emulator.client("kms", REGION)
    own_keys = {
        key
        for key in keys
        if client.describe_key(KeyId=key)["KeyMetadata"]["Description"].startswith("Superset")
    }
    aliases = killed.emulator.pages("kms", REGION, "list_aliases", "Aliases")
    used = {one["TargetKeyId"] for one in aliases if one["AliasName"].startswith(f"alias/{NAME}-")}
    assert own_keys == used


@pytest.mark.parametrize("stack", DEV.stacks)
def test_plan_afterwards_is_empty(killed: Deployment, stack: str) -> None:
    assert killed.workspace.plan(stack).changes() == {}


def test_every_lock_is_released(killed: Deployment) -> None:
    objects = killed.emulator.pages(
        "s3", REGION, "list_objects_v2", "Contents", Bucket=DEV.bucket("tfstate", REGION)
    )
    assert [one["Key"] for one in objects if one["Key"].endswith(".tflock")] == []


def test_stored_password_is_the_last_one_that_the_database_was_given(killed: Deployment) -> None:
    given = [
        request["parameters"]["MasterUserPassword"]
        for request in killed.emulator.requests(service="rds")
        if request["parameters"].get("MasterUserPassword") and request["status"] == 200
    ]
    client = killed.emulator.client("secretsmanager", REGION)
    value = client.get_secret_value(SecretId="superset/db-credentials")["SecretString"]
    assert given[-1] == json.loads(value)["password"]


def test_last_kill_came_between_storing_the_secret_and_setting_the_password(
    killed: Deployment,
) -> None:
    """The stored value is older than the request that gave it to the database."""
    client = killed.emulator.client("secretsmanager", REGION)
    value = json.loads(client.get_secret_value(SecretId="superset/db-credentials")["SecretString"])
    requests = [
        request
        for request in killed.emulator.requests()
        if request["operation"] in ("PutSecretValue", "ModifyDBInstance")
    ]
    carried = [value["password"] in json.dumps(request["parameters"]) for request in requests]
    story = [
        (request["operation"], request["status"] == 200)
        for request, ours in zip(requests, carried, strict=True)
        if ours
    ]
    assert story[0] == ("PutSecretValue", True)
    assert ("ModifyDBInstance", False) in story
    assert story[-1] == ("ModifyDBInstance", True) or ("ModifyDBInstance", True) in story
