"""The network as AWS reports it."""

from typing import Any

from deployments import Deployment

CIDRS = {"us-east-1": "10.10", "eu-west-1": "10.20"}
PEER = {"us-east-1": "eu-west-1", "eu-west-1": "us-east-1"}
PRIVATE_TIER = "4.0/22"
ISOLATED_TIER = "8.0/22"
TIERS = {"public": 0, "private": 4, "isolated": 8}
ZONES = ("a", "b")

ENDPOINT_SERVICES = {
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
}


def named(things: list[dict[str, Any]], key: str) -> dict[str, str]:
    """Id to the part of the Name tag that follows the platform's name."""
    return {
        thing[key]: tag["Value"].removeprefix("superset-production-")
        for thing in things
        for tag in thing.get("Tags", [])
        if tag["Key"] == "Name"
    }


def subnets(production: Deployment, region: str) -> dict[str, dict[str, Any]]:
    found = production.emulator.pages("ec2", region, "describe_subnets", "Subnets")
    names = named(found, "SubnetId")
    return {names[subnet["SubnetId"]]: subnet for subnet in found if subnet["SubnetId"] in names}


def vpc_id(production: Deployment, region: str) -> str:
    (found,) = production.emulator.pages(
        "ec2",
        region,
        "describe_vpcs",
        "Vpcs",
        Filters=[{"Name": "tag:Name", "Values": ["superset-production-vpc"]}],
    )
    return found["VpcId"]


def routes(production: Deployment, region: str, tier: str, zone: str) -> dict[str, str]:
    """Destination to target of the one table that a tier's subnet in a zone uses."""
    subnet = subnets(production, region)[f"{tier}-{zone}"]["SubnetId"]
    (table,) = production.emulator.pages(
        "ec2",
        region,
        "describe_route_tables",
        "RouteTables",
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}],
    )
    targets = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId")
    return {
        route.get("DestinationCidrBlock") or route["DestinationPrefixListId"]: next(
            route[target] for target in targets if route.get(target)
        )
        for route in table["Routes"]
    }


def test_three_tiers_of_24s_lie_in_two_zones(production: Deployment, region: str) -> None:
    found = {
        name: (subnet["CidrBlock"], subnet["AvailabilityZone"])
        for name, subnet in subnets(production, region).items()
    }
    assert found == {
        f"{tier}-{zone}": (f"{CIDRS[region]}.{first + offset}.0/24", region + zone)
        for tier, first in TIERS.items()
        for offset, zone in enumerate(ZONES)
    }


def test_no_subnet_gives_out_public_addresses(production: Deployment, region: str) -> None:
    found = subnets(production, region).values()
    assert {subnet["MapPublicIpOnLaunch"] for subnet in found} == {False}


def test_vpc_resolves_names_of_interface_endpoints(production: Deployment, region: str) -> None:
    client = production.emulator.client("ec2", region)
    vpc = vpc_id(production, region)
    for attribute, key in (
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
    ):
        answer = client.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)
        assert answer[key] == {"Value": True}


def test_public_tier_reaches_the_internet_directly(production: Deployment, region: str) -> None:
    for zone in ZONES:
        target = routes(production, region, "public", zone)["0.0.0.0/0"]
        assert target.startswith("igw-")


def test_each_zone_goes_out_through_its_own_nat_gateway(
    production: Deployment, region: str
) -> None:
    gateways = {
        gateway["NatGatewayId"]: gateway["SubnetId"]
        for gateway in production.emulator.pages(
            "ec2", region, "describe_nat_gateways", "NatGateways"
        )
        if gateway["State"] == "available"
    }
    used = {
        zone: gateways[routes(production, region, "private", zone)["0.0.0.0/0"]] for zone in ZONES
    }
    assert used == {
        zone: subnets(production, region)[f"public-{zone}"]["SubnetId"] for zone in ZONES
    }


def test_isolated_tier_has_no_route_but_to_the_other_region(
    production: Deployment, region: str
) -> None:
    for zone in ZONES:
        found = routes(production, region, "isolated", zone)
        peering = found.pop(f"{CIDRS[PEER[region]]}.{PRIVATE_TIER}")
        assert peering.startswith("pcx-")
        assert found == {f"{CIDRS[region]}.0.0/16": "local"}


def test_tasks_reach_the_other_regions_database(production: Deployment, region: str) -> None:
    for zone in ZONES:
        found = routes(production, region, "private", zone)
        assert found[f"{CIDRS[PEER[region]]}.{ISOLATED_TIER}"].startswith("pcx-")


def test_link_between_the_regions_is_active(production: Deployment, region: str) -> None:
    (link,) = production.emulator.pages(
        "ec2", region, "describe_vpc_peering_connections", "VpcPeeringConnections"
    )
    assert link["Status"]["Code"] == "active"
    ends = {
        link[end]["Region"]: link[end]["VpcId"] for end in ("RequesterVpcInfo", "AccepterVpcInfo")
    }
    assert ends == {end: vpc_id(production, end) for end in CIDRS}


def test_endpoints_of_the_services_that_tasks_use(production: Deployment, region: str) -> None:
    found = production.emulator.pages("ec2", region, "describe_vpc_endpoints", "VpcEndpoints")
    prefix = f"com.amazonaws.{region}."
    interfaces = [one for one in found if one["VpcEndpointType"] == "Interface"]
    assert {one["ServiceName"] for one in interfaces} == {
        prefix + service for service in ENDPOINT_SERVICES
    }
    private = {subnets(production, region)[f"private-{zone}"]["SubnetId"] for zone in ZONES}
    for endpoint in interfaces:
        assert endpoint["PrivateDnsEnabled"] is True
        assert set(endpoint["SubnetIds"]) == private


def test_s3_is_reached_through_its_gateway(production: Deployment, region: str) -> None:
    found = production.emulator.pages("ec2", region, "describe_vpc_endpoints", "VpcEndpoints")
    (gateway,) = [one for one in found if one["VpcEndpointType"] == "Gateway"]
    assert gateway["ServiceName"] == f"com.amazonaws.{region}.s3"
    assert len(gateway["RouteTableIds"]) == len(ZONES)


def test_all_traffic_is_logged(production: Deployment, region: str) -> None:
    (log,) = production.emulator.pages("ec2", region, "describe_flow_logs", "FlowLogs")
    assert log["ResourceId"] == vpc_id(production, region)
    assert log["TrafficType"] == "ALL"
    bucket = f"superset-production-logs-{production.environment.account}-{region}"
    assert log["LogDestination"] == f"arn:aws:s3:::{bucket}/flow-logs"


def test_isolated_tier_admits_only_clients_of_the_database_and_the_cache(
    production: Deployment, region: str
) -> None:
    subnet = subnets(production, region)["isolated-a"]["SubnetId"]
    (acl,) = production.emulator.pages(
        "ec2",
        region,
        "describe_network_acls",
        "NetworkAcls",
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}],
    )
    own, peer = (f"{CIDRS[place]}.{PRIVATE_TIER}" for place in (region, PEER[region]))
    allowed = {
        (
            "out" if entry["Egress"] else "in",
            entry["CidrBlock"],
            entry["PortRange"]["From"],
            entry["PortRange"]["To"],
        )
        for entry in acl["Entries"]
        if entry["RuleAction"] == "allow"
    }
    assert allowed == {
        ("in", own, 5432, 5432),
        ("in", own, 6379, 6379),
        ("in", peer, 5432, 5432),
        ("out", own, 1024, 65535),
        ("out", peer, 1024, 65535),
    }


def test_default_security_group_allows_nothing(production: Deployment, region: str) -> None:
    (group,) = production.emulator.pages(
        "ec2",
        region,
        "describe_security_groups",
        "SecurityGroups",
        Filters=[
            {"Name": "vpc-id", "Values": [vpc_id(production, region)]},
            {"Name": "group-name", "Values": ["default"]},
        ],
    )
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


def flows(production: Deployment, region: str) -> set[tuple[str, str, str, int]]:
    """(group, in or out, other end, port) of every rule in the VPC."""
    vpc = [{"Name": "vpc-id", "Values": [vpc_id(production, region)]}]
    groups = production.emulator.pages(
        "ec2", region, "describe_security_groups", "SecurityGroups", Filters=vpc
    )
    names = {
        group["GroupId"]: group["GroupName"].removeprefix("superset-production-")
        for group in groups
    }
    found = set()
    for rule in production.emulator.pages(
        "ec2", region, "describe_security_group_rules", "SecurityGroupRules"
    ):
        if rule["GroupId"] not in names:
            continue
        assert (rule["IpProtocol"], rule["FromPort"]) == ("tcp", rule["ToPort"])
        referenced = rule.get("ReferencedGroupInfo", {}).get("GroupId")
        other = names.get(referenced) or rule.get("CidrIpv4") or rule["PrefixListId"][:3]
        way = "out" if rule["IsEgress"] else "in"
        found.add((names[rule["GroupId"]], way, other, rule["FromPort"]))
    return found


def test_security_groups_allow_exactly_the_table_of_flows(
    production: Deployment, region: str
) -> None:
    peer_tasks = f"{CIDRS[PEER[region]]}.{PRIVATE_TIER}"
    peer_databases = f"{CIDRS[PEER[region]]}.{ISOLATED_TIER}"
    expected = {
        ("load-balancer", "in", "0.0.0.0/0", 443),
        ("load-balancer", "in", "0.0.0.0/0", 80),
        ("load-balancer", "out", "web", 8088),
        ("web", "in", "load-balancer", 8088),
        ("database", "in", peer_tasks, 5432),
    }
    for tasks in ("web", "worker"):
        expected |= {
            (tasks, "out", "database", 5432),
            ("database", "in", tasks, 5432),
            (tasks, "out", "cache", 6379),
            ("cache", "in", tasks, 6379),
            (tasks, "out", "endpoints", 443),
            ("endpoints", "in", tasks, 443),
            (tasks, "out", "pl-", 443),
            (tasks, "out", "0.0.0.0/0", 443),
            (tasks, "out", peer_databases, 5432),
        }
        if region == "us-east-1":
            expected.add((tasks, "out", "0.0.0.0/0", 5439))
    assert flows(production, region) == expected
