"""What people and their tools find a deployment by."""

import json
import re

import pytest
from deployments import Deployment

OUTPUTS = {
    "url",
    "region_url",
    "alb_dns_name",
    "alb_zone_id",
    "vpc_id",
    "private_route_table_ids",
    "cluster_name",
    "web_service_name",
    "worker_service_name",
    "beat_service_name",
    "database_endpoint",
    "database_arn",
    "redis_endpoint",
    "secret_arns",
    "dashboard_url",
    "exec_command",
}


def expected_tags(region: str) -> dict[str, str]:
    return {
        "environment": "production",
        "region": region,
        "service": "superset",
        "owner": "data-platform",
        "cost-center": "analytics",
        "managed-by": "cdktf",
    }


def recorded_tags(production: Deployment, region: str) -> dict[str, dict[str, str]]:
    """Address to the tags that AWS reported, of everything that can have tags."""
    found = {}
    stack = production.environment.stack(region)
    key = f"{stack}.tfstate"
    client = production.emulator.client("s3", region)
    body = client.get_object(Bucket=production.environment.state_bucket(stack), Key=key)["Body"]
    for resource in json.load(body)["resources"]:
        for instance in resource["instances"]:
            if resource["mode"] == "managed" and "tags_all" in instance["attributes"]:
                address = f"{resource['type']}.{resource['name']}"
                found[address] = instance["attributes"]["tags_all"] or {}
    return found


def test_everything_in_a_region_carries_the_six_default_tags(
    production: Deployment, region: str
) -> None:
    expected = expected_tags(region)
    found = recorded_tags(production, region)
    assert len(found) > 50
    wrong = {
        address: tags for address, tags in found.items() if not expected.items() <= tags.items()
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("service", "operation", "key", "identifier", "kind"),
    [
        ("ec2", "describe_vpcs", "Vpcs", "VpcId", "vpc"),
        ("ec2", "describe_subnets", "Subnets", "SubnetId", "subnet"),
        ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId", "natgateway"),
        ("ec2", "describe_security_groups", "SecurityGroups", "GroupId", "group"),
        ("rds", "describe_db_instances", "DBInstances", "DBInstanceArn", "database"),
    ],
)
def test_aws_itself_reports_the_default_tags(
    production: Deployment,
    region: str,
    service: str,
    operation: str,
    key: str,
    identifier: str,
    kind: str,
) -> None:
    expected = expected_tags(region)
    own = []
    for thing in production.emulator.pages(service, region, operation, key):
        tags = {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or thing.get("TagList") or []}
        if "Name" in tags:
            own.append(thing[identifier])
            assert expected.items() <= tags.items(), thing[identifier]
    assert own, f"no {kind} found"


def test_every_output_of_a_region_is_there(production: Deployment, region: str) -> None:
    outputs = production.workspace.outputs(production.environment.stack(region))
    assert outputs.keys() >= OUTPUTS
    empty = {name for name in OUTPUTS if outputs[name] in ("", [], None)}
    assert empty == set()


def test_outputs_name_what_exists(production: Deployment, region: str) -> None:
    outputs = production.workspace.outputs(production.environment.stack(region))
    emulator = production.emulator
    ecs = emulator.client("ecs", region)
    services = [outputs[f"{name}_service_name"] for name in ("web", "worker", "beat")]
    answer = ecs.describe_services(cluster=outputs["cluster_name"], services=services)
    assert [one["status"] for one in answer["services"]] == ["ACTIVE"] * 3
    rds = emulator.client("rds", region)
    (database,) = rds.describe_db_instances(DBInstanceIdentifier="superset-production")[
        "DBInstances"
    ]
    assert outputs["database_arn"] == database["DBInstanceArn"]
    assert outputs["database_endpoint"] == database["Endpoint"]["Address"]
    assert emulator.client("ec2", region).describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]


def test_urls_are_the_hosts_of_the_domain(production: Deployment, region: str) -> None:
    outputs = production.workspace.outputs(production.environment.stack(region))
    assert outputs["url"] == "https://analytics.example.com"
    assert outputs["region_url"] == f"https://{region}.analytics.example.com"


def test_dashboard_exists_under_its_address(production: Deployment, region: str) -> None:
    outputs = production.workspace.outputs(production.environment.stack(region))
    match = re.search(r"dashboards/dashboard/([\w-]+)$", outputs["dashboard_url"])
    assert match
    client = production.emulator.client("cloudwatch", region)
    body = json.loads(client.get_dashboard(DashboardName=match[1])["DashboardBody"])
    assert body["widgets"]


def test_one_dashboard_shows_all_regions_side_by_side(production: Deployment) -> None:
    client = production.emulator.client("cloudwatch", "us-east-1")
    found = client.get_dashboard(DashboardName="Superset-Production-Metrics")
    requests = json.loads(found["DashboardBody"])["widgets"][0]["properties"]["metrics"]
    shown = {metric[-1]["region"]: metric[3] for metric in requests}
    for region, balancer in shown.items():
        elbv2 = production.emulator.client("elbv2", region)
        (exists,) = elbv2.describe_load_balancers()["LoadBalancers"]
        assert exists["LoadBalancerArn"].endswith(f"loadbalancer/{balancer}")
    assert set(shown) == {"us-east-1", "eu-west-1"}
