"""Who can connect to whom, computed from what AWS says of a deployed region.

    python -m commands.reachability us-east-1

A connection needs the source's security groups, the network ACLs of both subnets, a route, and the
target's security groups; from the internet also a public address. Whether the network ACLs let the
answers back is not looked at: a pair that is not here is safe, one that is may still not work.
Nothing here knows what is meant to be: that is in the tests, and in the reader's head.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

INTERNET = "internet"
EVERYWHERE = ip_network("0.0.0.0/0")
#: First and last port.
Ports = tuple[int, int]
ALL_PORTS: Ports = (0, 65535)
#: Calls a listing operation: service, operation, key of the answer.
Listing = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Rule:
    """One rule of a security group: what is at its other end, and which TCP ports."""

    ports: Ports
    group: str = ""
    block: IPv4Network | None = None
    prefix_list: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of a network ACL, for TCP."""

    number: int
    allows: bool
    block: IPv4Network
    ports: Ports


@dataclass(frozen=True)
class Subnet:
    """A subnet with what its route table and its ACL say."""

    block: IPv4Network
    #: destination to the kind of target: igw, nat, pcx, tgw, local
    routes: Mapping[IPv4Network, str]
    acl_in: Sequence[Entry] = ()
    acl_out: Sequence[Entry] = ()


@dataclass(frozen=True)
class Thing:
    """Something with addresses in subnets: a service, a database, a load balancer."""

    name: str
    subnets: Sequence[str]
    groups: Sequence[str]
    #: whether it has, or may get, a public address
    public: bool = False


@dataclass(frozen=True)
class Region:
    """All that matters of a deployed region."""

    things: Sequence[Thing]
    subnets: Mapping[str, Subnet]
    ingress: Mapping[str, Sequence[Rule]]
    egress: Mapping[str, Sequence[Rule]]
    #: blocks of elsewhere that are asked about by name, such as the tiers of other regions
    elsewhere: Mapping[str, IPv4Network] = field(default_factory=dict)


#: Source and target to port ranges.
Table = dict[tuple[str, str], list[Ports]]


def reachable(region: Region) -> Table:
    """Every pair between which a TCP connection can be opened."""
    table: Table = {}
    blocks = {INTERNET: EVERYWHERE, **region.elsewhere}
    for target in region.things:
        for source in region.things:
            if source is not target:
                _put(table, source.name, target.name, _inside(region, source, target))
        for name, block in blocks.items():
            _put(table, name, target.name, _into(region, block, target))
    for source in region.things:
        for name, block in blocks.items():
            _put(table, source.name, name, _out(region, source, block))
        for name, ports in _to_prefix_lists(region, source):
            _put(table, source.name, name, [ports])
    return table


def through(out: Iterable[Ports], into: Iterable[Ports]) -> list[Ports]:
    """What one region lets out and another one lets in."""
    pairs = [_both(one, other) for one in out for other in into]
    return sorted({ports for ports in pairs if ports})


def _put(table: Table, source: str, target: str, ports: Iterable[Ports]) -> None:
    found = sorted(set(ports) | set(table.get((source, target), [])))
    if found:
        table[source, target] = found


def _inside(region: Region, source: Thing, target: Thing) -> Iterator[Ports]:
    """Within the VPC, which is routed everywhere in it."""
    for out in _rules(region.egress, source):
        if not _names(region, out, target):
            continue
        for into in _rules(region.ingress, target):
            ports = _both(out.ports, into.ports)
            if ports and _names(region, into, source) and _acls(region, source, target, ports):
                yield ports


def _into(region: Region, block: IPv4Network, target: Thing) -> Iterator[Ports]:
    """From outside of the VPC."""
    if block == EVERYWHERE and not target.public:
        return
    for into in _rules(region.ingress, target):
        if into.block is None or not _covers(into.block, block):
            continue
        for name in target.subnets:
            subnet = region.subnets[name]
            if _routed(subnet, block) and _first(subnet.acl_in, block, into.ports[0]):
                yield into.ports


def _out(region: Region, source: Thing, block: IPv4Network) -> Iterator[Ports]:
    """To outside of the VPC."""
    for out in _rules(region.egress, source):
        if out.block is None or not _covers(out.block, block):
            continue
        for name in source.subnets:
            subnet = region.subnets[name]
            if _routed(subnet, block) and _first(subnet.acl_out, block, out.ports[0]):
                yield out.ports


def _to_prefix_lists(region: Region, source: Thing) -> Iterator[tuple[str, Ports]]:
    for out in _rules(region.egress, source):
        if out.prefix_list:
            yield out.prefix_list, out.ports


def _rules(of: Mapping[str, Sequence[Rule]], thing: Thing) -> Iterator[Rule]:
    for group in thing.groups:
        yield from of.get(group, ())


def _names(region: Region, rule: Rule, thing: Thing) -> bool:
    """Whether a thing is at the other end of a rule."""
    if rule.group:
        return rule.group in thing.groups
    return rule.block is not None and any(
        rule.block.overlaps(region.subnets[name].block) for name in thing.subnets
    )


def _acls(region: Region, source: Thing, target: Thing, ports: Ports) -> bool:
    """Whether any pair of subnets lets a connection pass; within a subnet no ACL is asked."""
    for one in source.subnets:
        for other in target.subnets:
            here, there = region.subnets[one], region.subnets[other]
            if one == other or (
                _first(here.acl_out, there.block, ports[0])
                and _first(there.acl_in, here.block, ports[0])
            ):
                return True
    return False


def _covers(rule: IPv4Network, block: IPv4Network) -> bool:
    """Whether a rule lets a part of a block through; of the internet, any public part."""
    return not rule.is_private if block == EVERYWHERE else rule.overlaps(block)


def _routed(subnet: Subnet, block: IPv4Network) -> bool:
    """Whether the longest route that matches leads out of the VPC."""
    found = [one for one in subnet.routes if block.subnet_of(one)]
    if not found:
        return False
    target = subnet.routes[max(found, key=lambda one: one.prefixlen)]
    # Beyond a gateway to the internet there is no private address.
    nowhere = ("local", "blackhole", *(("igw", "nat") if block.is_private else ()))
    return target not in nowhere


def _first(entries: Sequence[Entry], block: IPv4Network, port: int) -> bool:
    """What the first entry says that is about the block and the port; without an ACL, yes."""
    if not entries:
        return True
    for entry in sorted(entries, key=lambda one: one.number):
        low, high = entry.ports
        matches = entry.block.supernet_of(block) or (entry.allows and entry.block.overlaps(block))
        if low <= port <= high and matches:
            return entry.allows
    return False


def _both(one: Ports, other: Ports) -> Ports | None:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def described(table: Table) -> str:
    """The table for people."""
    width = max((len(source) for source, _ in table), default=0)
    further = max((len(target) for _, target in table), default=0)
    lines = []
    for (source, target), ports in sorted(table.items()):
        shown = ", ".join(
            "all" if one == ALL_PORTS else "-".join(map(str, sorted(set(one)))) for one in ports
        )
        lines.append(f"{source:{width}}  ->  {target:{further}}  {shown}")
    return "\n".join(lines)


# --- What AWS says ---------------------------------------------------------------------------


def region_of(
    listing: Listing, vpc: str, elsewhere: Mapping[str, IPv4Network] | None = None
) -> Region:
    """A region as it is deployed.

    :param listing: all elements of a listing operation
    :param vpc: id of the VPC
    """
    rules = listing("ec2", "describe_security_group_rules", "SecurityGroupRules")
    return Region(
        [
            *_balancers(listing, vpc),
            *_services(listing),
            *_stores(listing),
            *_endpoints(listing, vpc),
        ],
        _subnets(listing, vpc),
        _by_group(rules, egress=False),
        _by_group(rules, egress=True),
        dict(elsewhere or {}),
    )


def _balancers(listing: Listing, vpc: str) -> Iterator[Thing]:
    for one in listing("elbv2", "describe_load_balancers", "LoadBalancers"):
        if one["VpcId"] == vpc:
            yield Thing(
                f"balancer {one['LoadBalancerName']}",
                [zone["SubnetId"] for zone in one["AvailabilityZones"]],
                one["SecurityGroups"],
                one["Scheme"] == "internet-facing",
            )


def _services(listing: Listing) -> Iterator[Thing]:
    for cluster in listing("ecs", "list_clusters", "clusterArns"):
        arns = listing("ecs", "list_services", "serviceArns", cluster=cluster)
        if not arns:
            continue
        for one in listing("ecs", "describe_services", "services", cluster=cluster, services=arns):
            of = one["networkConfiguration"]["awsvpcConfiguration"]
            public = of.get("assignPublicIp") == "ENABLED"
            yield Thing(
                f"service {one['serviceName']}", of["subnets"], of["securityGroups"], public
            )


def _stores(listing: Listing) -> Iterator[Thing]:
    for one in listing("rds", "describe_db_instances", "DBInstances"):
        yield Thing(
            f"database {one['DBInstanceIdentifier']}",
            [subnet["SubnetIdentifier"] for subnet in one["DBSubnetGroup"]["Subnets"]],
            [group["VpcSecurityGroupId"] for group in one["VpcSecurityGroups"]],
            bool(one.get("PubliclyAccessible")),
        )
    groups = {
        one["CacheSubnetGroupName"]: [subnet["SubnetIdentifier"] for subnet in one["Subnets"]]
        for one in listing("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups")
    }
    seen = set()
    for one in listing("elasticache", "describe_cache_clusters", "CacheClusters"):
        name = one.get("ReplicationGroupId", one["CacheClusterId"])
        if name not in seen:
            seen.add(name)
            members = [group["SecurityGroupId"] for group in one["SecurityGroups"]]
            yield Thing(f"cache {name}", groups[one["CacheSubnetGroupName"]], members)


def _endpoints(listing: Listing, vpc: str) -> Iterator[Thing]:
    for one in listing("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
        if one["VpcId"] == vpc and one["VpcEndpointType"] == "Interface":
            members = [group["GroupId"] for group in one["Groups"]]
            name = one["ServiceName"].split(".", 3)[-1]
            yield Thing(f"endpoint {name}", one["SubnetIds"], members)


def _subnets(listing: Listing, vpc: str) -> dict[str, Subnet]:
    tables = [
        one for one in listing("ec2", "describe_route_tables", "RouteTables") if one["VpcId"] == vpc
    ]
    acls = [
        one for one in listing("ec2", "describe_network_acls", "NetworkAcls") if one["VpcId"] == vpc
    ]
    found = {}
    for subnet in listing("ec2", "describe_subnets", "Subnets"):
        if subnet["VpcId"] != vpc:
            continue
        name = subnet["SubnetId"]
        table = _of(tables, name, lambda one: bool(one.get("Main")))
        entries = _of(acls, name, lambda _: False)["Entries"]
        found[name] = Subnet(
            IPv4Network(subnet["CidrBlock"]),
            dict(_routes(table)),
            list(_entries(entries, egress=False)),
            list(_entries(entries, egress=True)),
        )
    return found


def _of(
    tables: list[dict[str, Any]], subnet: str, otherwise: Callable[[Mapping[str, Any]], bool]
) -> dict[str, Any]:
    """The table that a subnet is associated with, or the VPC's main one."""
    for wanted in (lambda one: one.get("SubnetId") == subnet, otherwise):
        for table in tables:
            if any(wanted(one) for one in table["Associations"]):
                return table
    raise LookupError(subnet)


def _routes(table: Mapping[str, Any]) -> Iterator[tuple[IPv4Network, str]]:
    for route in table["Routes"]:
        if "DestinationCidrBlock" in route:
            targets = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "TransitGatewayId")
            target = next((route[one] for one in targets if route.get(one)), "blackhole")
            yield IPv4Network(route["DestinationCidrBlock"]), target.split("-")[0]


def _entries(entries: Iterable[Mapping[str, Any]], *, egress: bool) -> Iterator[Entry]:
    for one in entries:
        if one["Egress"] == egress and str(one["Protocol"]) in ("-1", "6") and "CidrBlock" in one:
            # Of a rule for every protocol the range means nothing, whatever it says.
            span = one.get("PortRange") if str(one["Protocol"]) == "6" else None
            yield Entry(
                one["RuleNumber"],
                one["RuleAction"] == "allow",
                IPv4Network(one["CidrBlock"]),
                (span["From"], span["To"]) if span else ALL_PORTS,
            )


def _by_group(rules: Iterable[Mapping[str, Any]], *, egress: bool) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for one in rules:
        if one["IsEgress"] != egress or one["IpProtocol"] not in ("-1", "tcp"):
            continue
        every = one["IpProtocol"] == "-1" or one.get("FromPort", -1) == -1
        block = one.get("CidrIpv4")
        rule = Rule(
            ALL_PORTS if every else (one["FromPort"], one["ToPort"]),
            (one.get("ReferencedGroupInfo") or {}).get("GroupId", ""),
            IPv4Network(block) if block else None,
            one.get("PrefixListId") or "",
        )
        found.setdefault(one["GroupId"], []).append(rule)
    return found


def listing_in(region: str) -> Listing:
    """Of the account that the credentials reach."""

    def listing(service: str, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
        client = boto3.client(service, region_name=region)
        if client.can_paginate(operation):
            pages: Iterable[Mapping[str, Any]] = client.get_paginator(operation).paginate(
                **arguments
            )
        else:
            pages = [getattr(client, operation)(**arguments)]
        return [item for page in pages for item in page.get(key) or []]

    return listing


def main(arguments: list[str] | None = None) -> int:
    """Print the table of every VPC of the platform in a region; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("region")
    listing = listing_in(parser.parse_args(arguments).region)
    try:
        for vpc in listing("ec2", "describe_vpcs", "Vpcs"):
            if not vpc.get("IsDefault"):
                print(described(reachable(region_of(listing, vpc["VpcId"]))))
    except (BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
