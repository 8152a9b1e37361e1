"""Who can connect to whom in the deployed account, computed from what AWS says of it."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from deployments import Deployment
from test_network_exists import CIDRS, ISOLATED_TIER, PEER, PRIVATE_TIER, vpc_id

from commands.reachability import INTERNET, Ports, Region, Thing, reachable, region_of, through

Of = Callable[[str], Region]


@pytest.fixture(scope="module")
def region_as_deployed(production: Deployment) -> Of:
    def read(region: str) -> Region:
        def listing(service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
            return production.emulator.pages(service, region, operation, key, **arguments)

        peer = CIDRS[PEER[region]]
        tiers = {"tasks": PRIVATE_TIER, "databases": ISOLATED_TIER}
        elsewhere = {f"peer {n}": ip_network(f"{peer}.{tier}") for n, tier in tiers.items()}
        return region_of(listing, vpc_id(production, region), elsewhere)

    return read


def pairs(of: Region) -> dict[tuple[str, str], list[Ports]]:
    """By kinds of things: web and worker tasks stand for what they are, endpoints for all."""
    found: dict[tuple[str, str], list[Ports]] = {}
    for (source, target), ports in reachable(of).items():
        found[_kind(source), _kind(target)] = ports
    return found


def _kind(name: str) -> str:
    first, _, rest = name.partition(" ")
    if first == "service":
        return {"superset-web": "web"}.get(rest, "worker")
    return name if first == "peer" else ("s3" if name.startswith("pl-") else first)


def test_reachability(production: Deployment, region: str, region_as_deployed: Of) -> None:
    https, sql, redis = [(443, 443)], [(5432, 5432)], [(6379, 6379)]
    tasks = {
        (kind, target): ports
        for kind in ("web", "worker")
        for target, ports in {
            "database": sql,
            "cache": redis,
            "endpoint": https,
            "s3": https,
            "peer databases": sql,
            "balancer": https,
        }.items()
    }
    found = pairs(region_as_deployed(region))
    # A region sees only its own side of a link.
    there = pairs(region_as_deployed(PEER[region]))["peer tasks", "database"]
    for kind in ("web", "worker"):
        found[kind, "peer databases"] = through(found[kind, "peer databases"], there)
    outside = {pair: ports for pair, ports in found.items() if INTERNET in pair}
    inside = {pair: ports for pair, ports in found.items() if INTERNET not in pair}
    assert inside == {
        ("balancer", "web"): [(8088, 8088)],
        ("peer tasks", "database"): sql,
        **tasks,
    }
    assert outside.pop((INTERNET, "balancer")) == [(80, 80), (443, 443)]
    # 5439: the Redshift that only us-east-1 has, which may be anywhere.
    source = [(443, 443), (5439, 5439)] if region == production.environment.regions[0] else https
    assert {source for source, _ in outside} == {"web", "worker"}
    assert all(ports in (https, source) for ports in outside.values())


def test_nothing_but_the_load_balancer_has_a_public_address(
    production: Deployment, region: str, region_as_deployed: Of
) -> None:
    things: list[Thing] = list(region_as_deployed(region).things)
    assert {one.name.partition(" ")[0] for one in things} == {
        "balancer",
        "service",
        "database",
        "cache",
        "endpoint",
    }
    assert [one.name for one in things if one.public] == ["balancer superset-production"]


def test_isolated_subnets_have_no_route_out(
    production: Deployment, region: str, region_as_deployed: Of
) -> None:
    of = region_as_deployed(region)
    stores = [one for one in of.things if one.name.startswith(("database", "cache"))]
    for one in stores:
        for subnet in one.subnets:
            assert set(of.subnets[subnet].routes.values()) <= {"local", "pcx"}
