"""Reachability, computed of small networks in which one thing differs, and of a deployed one."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from commands import reachability
from commands.reachability import (
    ALL_PORTS,
    EVERYWHERE,
    INTERNET,
    Entry,
    Region,
    Rule,
    Subnet,
    Thing,
    described,
    listing_in,
    reachable,
    region_of,
    through,
)

VPC = ip_network("10.10.0.0/16")
PEER = ip_network("10.20.4.0/22")
HTTPS, APP, SQL = (443, 443), (8088, 8088), (5432, 5432)
OPEN = (Entry(100, True, EVERYWHERE, ALL_PORTS),)

PUBLIC = Subnet(ip_network("10.10.0.0/24"), {VPC: "local", EVERYWHERE: "igw"}, OPEN, OPEN)
PRIVATE = Subnet(ip_network("10.10.4.0/24"), {VPC: "local", EVERYWHERE: "nat"}, OPEN, OPEN)
ISOLATED = Subnet(
    ip_network("10.10.8.0/24"),
    {VPC: "local", ip_network("10.20.0.0/16"): "pcx"},
    (Entry(100, True, ip_network("10.10.4.0/22"), SQL), Entry(110, True, PEER, SQL)),
    (Entry(100, True, VPC, ALL_PORTS),),
)
GOOD = Region(
    things=[
        Thing("balancer", ["public"], ["alb"], public=True),
        Thing("web", ["private"], ["web"]),
        Thing("database", ["isolated"], ["db"]),
    ],
    subnets={"public": PUBLIC, "private": PRIVATE, "isolated": ISOLATED},
    ingress={
        "alb": [Rule(HTTPS, block=EVERYWHERE)],
        "web": [Rule(APP, group="alb")],
        "db": [Rule(SQL, group="web"), Rule(SQL, block=PEER)],
    },
    egress={
        "alb": [Rule(APP, group="web")],
        "web": [
            Rule(SQL, group="db"),
            Rule(HTTPS, block=EVERYWHERE),
            Rule(HTTPS, prefix_list="pl-1"),
        ],
    },
    elsewhere={"peer": PEER},
)


def test_what_is_meant_is_what_there_is() -> None:
    assert reachable(GOOD) == {
        (INTERNET, "balancer"): [HTTPS],
        ("balancer", "web"): [APP],
        ("web", "database"): [SQL],
        ("web", INTERNET): [HTTPS],
        ("web", "balancer"): [HTTPS],  # its private addresses are addresses, too
        ("web", "pl-1"): [HTTPS],
        ("peer", "database"): [SQL],
    }


def changed(**parts: object) -> set[tuple[str, str]]:
    """Pairs that differ from those of the good network."""
    table, good = reachable(replace(GOOD, **parts)), reachable(GOOD)  # type: ignore[arg-type]
    return {pair for pair in table.keys() | good.keys() if table.get(pair) != good.get(pair)}


def test_a_public_address_is_not_enough_without_a_rule() -> None:
    things = [*GOOD.things[:1], replace(GOOD.things[1], public=True), GOOD.things[2]]
    assert changed(things=things) == set()


def test_a_public_task_with_an_open_rule_is_reached_only_through_a_gateway() -> None:
    things = [*GOOD.things[:1], replace(GOOD.things[1], public=True), GOOD.things[2]]
    opened = {**GOOD.ingress, "web": [Rule(APP, block=EVERYWHERE)]}
    nat_removed = {**GOOD.subnets, "private": replace(PRIVATE, routes={VPC: "local"})}
    assert (INTERNET, "web") in changed(things=things, ingress=opened)
    assert (INTERNET, "web") not in changed(things=things, ingress=opened, subnets=nat_removed)


def test_a_private_task_with_an_open_rule_is_not_reached_from_the_internet() -> None:
    opened = {**GOOD.ingress, "web": [Rule(APP, block=EVERYWHERE)]}
    assert (INTERNET, "web") not in changed(ingress=opened)


def test_both_ends_must_allow_a_connection() -> None:
    assert changed(egress={**GOOD.egress, "alb": []}) == {("balancer", "web")}
    assert changed(ingress={**GOOD.ingress, "web": []}) == {("balancer", "web")}
    wide = {**GOOD.ingress, "web": [Rule(ALL_PORTS, group="alb")]}
    assert changed(ingress=wide) == set()


def test_the_network_acl_has_a_say() -> None:
    shut = replace(ISOLATED, acl_in=(Entry(50, False, EVERYWHERE, ALL_PORTS), *ISOLATED.acl_in))
    assert changed(subnets={**GOOD.subnets, "isolated": shut}) == {
        ("web", "database"),
        ("peer", "database"),
    }


def test_an_isolated_tier_with_a_way_out_shows() -> None:
    routes = {**ISOLATED.routes, EVERYWHERE: "nat"}
    out = {**GOOD.egress, "db": [Rule(HTTPS, block=EVERYWHERE)]}
    leaky = replace(ISOLATED, routes=routes, acl_out=OPEN)
    assert ("database", INTERNET) not in changed(egress=out)
    assert ("database", INTERNET) in changed(
        egress=out, subnets={**GOOD.subnets, "isolated": leaky}
    )


def test_egress_to_named_blocks_is_no_egress_to_the_internet() -> None:
    listed = {**GOOD.egress, "web": [Rule(HTTPS, block=ip_network("10.30.0.0/16"))]}
    assert ("web", INTERNET) in changed(egress=listed)
    assert ("web", INTERNET) not in reachable(replace(GOOD, egress=listed))


def test_between_regions_both_have_a_say() -> None:
    assert through([HTTPS, SQL], [SQL]) == [SQL]
    assert through([ALL_PORTS], [SQL, HTTPS]) == [HTTPS, SQL]
    assert through([HTTPS], [SQL]) == []


def test_the_table_is_for_people() -> None:
    shown = described({("web", "database"): [SQL], ("a", "b"): [ALL_PORTS, (1, 2)]})
    assert shown == "a    ->  b         all, 1-2\nweb  ->  database  5432"


def test_a_region_is_read_from_what_aws_says(aws: None) -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.10.{number}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "RouteTables"
    ]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway,
    )
    group = ec2.create_security_group(VpcId=vpc, GroupName="alb", Description="alb")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
    )
    boto3.client("elbv2", region_name="us-east-1").create_load_balancer(
        Name="edge", Subnets=subnets, SecurityGroups=[group], Scheme="internet-facing"
    )

    _open_with_a_range(ec2, vpc)

    table = reachable(region_of(listing_in("us-east-1"), vpc))

    assert table[INTERNET, "balancer edge"] == [HTTPS]
    # AWS's default rule, which the platform's groups do not have.
    assert table["balancer edge", INTERNET] == [ALL_PORTS]


def _open_with_a_range(ec2: Any, vpc: str) -> None:
    """An ACL for every protocol, with the ports 0 to 0 that Terraform sends then."""
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=100,
            Protocol="-1",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="0.0.0.0/0",
            PortRange={"From": 0, "To": 0},
        )
    (old,) = ec2.describe_network_acls(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    )["NetworkAcls"]
    for association in old["Associations"]:
        ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
        )


@pytest.mark.parametrize("target", ["igw", "nat", "tgw"])
def test_any_kind_of_way_out_is_one(target: str) -> None:
    routed = replace(PRIVATE, routes={VPC: "local", EVERYWHERE: target})
    subnets = {**GOOD.subnets, "private": routed}
    assert reachable(replace(GOOD, subnets=subnets))["web", INTERNET] == [HTTPS]


def test_an_account_that_cannot_be_reached_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def listing(*_: str) -> list[dict[str, Any]]:
        raise NoCredentialsError

    monkeypatch.setattr(reachability, "listing_in", lambda region: listing)
    assert reachability.main(["us-east-1"]) == 1
    assert capsys.readouterr().err == "Unable to locate credentials\n"
