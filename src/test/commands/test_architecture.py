"""The pictures of the architecture show what may reach what, and nothing else."""

import json
from typing import Any

import pytest

from commands import snapshots
from commands.architecture import Region, Stack, dot, flows, regions_of


def titles(regions: list[Region]) -> dict[str, str]:
    return {
        thing.key: f"{region.name} {thing.title}" for region in regions for thing in region.things
    }


def reached(regions: list[Region], links: Stack | None) -> set[tuple[str, str, int]]:
    named = titles(regions)
    return {
        (named.get(flow.source, flow.source), named.get(flow.target, flow.target), port)
        for flow in flows(regions, links)
        for ports in flow.ports
        for port in ports
    }


@pytest.fixture
def documents() -> dict[str, Any]:
    names = ("superset-us-east-1", "superset-eu-west-1", "superset-global")
    return {name: json.loads(snapshots.committed()[name]) for name in names}


def of(documents: dict[str, Any]) -> set[tuple[str, str, int]]:
    stacks = {name: Stack.parsed(name, json.dumps(text)) for name, text in documents.items()}
    links = stacks.pop("superset-global")
    return reached([Region(stack) for stack in stacks.values()], links)


def test_people_reach_load_balancers_alone(documents: dict[str, Any]) -> None:
    assert {flow[1:] for flow in of(documents) if flow[0] == "people"} == {
        ("us-east-1 Load balancer", 80),
        ("us-east-1 Load balancer", 443),
        ("eu-west-1 Load balancer", 80),
        ("eu-west-1 Load balancer", 443),
    }


def test_tasks_of_each_region_reach_the_database_of_the_other(documents: dict[str, Any]) -> None:
    assert {
        ("us-east-1 Web tasks", "eu-west-1 PostgreSQL", 5432),
        ("eu-west-1 Web tasks", "us-east-1 PostgreSQL 15", 5432),
    } <= of(documents)


def test_what_the_other_end_does_not_let_in_is_not_drawn(documents: dict[str, Any]) -> None:
    before = of(documents)
    rules = documents["superset-us-east-1"]["resource"]["aws_vpc_security_group_ingress_rule"]
    for name in list(rules):
        if "web-to-database" in name or "tasks-eu-west-1-to-database" in name:
            del rules[name]
    after = of(documents)
    assert before - after == {
        ("us-east-1 Web tasks", "us-east-1 PostgreSQL 15", 5432),
        ("eu-west-1 Web tasks", "us-east-1 PostgreSQL 15", 5432),
        ("eu-west-1 Worker, beat and init tasks", "us-east-1 PostgreSQL 15", 5432),
    }
    assert not after - before


def test_regions_without_a_link_reach_nothing_of_each_other(documents: dict[str, Any]) -> None:
    del documents["superset-global"]["resource"]["aws_vpc_peering_connection"]
    crossing = {
        flow
        for flow in of(documents)
        if flow[0].split(" ")[0] != flow[1].split(" ")[0] != "internet"
    }
    assert all(source == "people" for source, _, _ in crossing)


@pytest.mark.parametrize("environment", ["prod", "staging", "dev"])
def test_every_tier_and_every_service_is_drawn(environment: str) -> None:
    texts = snapshots.committed()
    text = dot(environment, texts)
    for region in regions_of(environment, texts):
        services = region.stack.of("aws_ecs_service")
        assert services
        for service in services:
            assert service.attributes["name"] in text
        for subnet in region.stack.of("aws_subnet"):
            assert subnet.attributes["cidr_block"] in text


def test_a_range_of_ports_is_open_as_far_as_both_ends_say(documents: dict[str, Any]) -> None:
    resources = documents["superset-us-east-1"]["resource"]
    [inwards], [outwards] = (
        [
            rule
            for name, rule in resources[f"aws_vpc_security_group_{direction}_rule"].items()
            if name.startswith("groups_web-to-database-5432-")
        ]
        for direction in ("ingress", "egress")
    )
    before = of(documents)
    inwards["to_port"] = 5440
    assert of(documents) == before
    outwards["to_port"] = 5433
    assert of(documents) - before == {("us-east-1 Web tasks", "us-east-1 PostgreSQL 15", 5433)}


def test_what_changes_says_so() -> None:
    texts = snapshots.committed()
    database = "aws_db_instance.database_instance_D7FC2283"
    marks = {
        ("superset-us-east-1", database): "replace",
        ("superset-us-east-1", "aws_ecs_service.services_web_service_D814BFBB"): "update",
    }
    graph = dot("prod", texts, marks)
    marked = [line for line in graph.splitlines() if "is-" in line]
    assert "<b>Web tasks: update</b>" in graph
    assert "<b>PostgreSQL 15: replace</b>" in graph
    assert len(marked) == 2
