"""The alarms of a region, as CloudWatch has them."""

import re
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD

PREFIX = f"{PROD.platform}-alarm-"


@pytest.fixture
def alarms(production: Deployment, region: str) -> list[dict[str, Any]]:
    return production.emulator.pages(
        "cloudwatch", region, "describe_alarms", "MetricAlarms", AlarmNamePrefix=PREFIX
    )


@pytest.fixture
def composites(production: Deployment, region: str) -> list[dict[str, Any]]:
    return production.emulator.pages(
        "cloudwatch",
        region,
        "describe_alarms",
        "CompositeAlarms",
        AlarmNamePrefix=PREFIX,
        AlarmTypes=["CompositeAlarm"],
    )


def things(production: Deployment, region: str) -> dict[str, set[str]]:
    """What dimensions may name, by the dimension."""
    pages = production.emulator.pages
    balancers = pages("elbv2", region, "describe_load_balancers", "LoadBalancers")
    groups = pages("elbv2", region, "describe_target_groups", "TargetGroups")
    databases = pages("rds", region, "describe_db_instances", "DBInstances")
    caches = pages("elasticache", region, "describe_cache_clusters", "CacheClusters")
    gateways = pages("ec2", region, "describe_nat_gateways", "NatGateways")
    certificates = pages("acm", region, "list_certificates", "CertificateSummaryList")
    services = production.emulator.client("ecs", region).list_services(cluster=PROD.platform)
    return {
        "LoadBalancer": {one["LoadBalancerArn"].partition("loadbalancer/")[2] for one in balancers},
        "TargetGroup": {one["TargetGroupArn"].rpartition(":")[2] for one in groups},
        "DBInstanceIdentifier": {one["DBInstanceIdentifier"] for one in databases},
        "CacheClusterId": {one["CacheClusterId"] for one in caches},
        "CertificateArn": {one["CertificateArn"] for one in certificates},
        "NatGatewayId": {one["NatGatewayId"] for one in gateways if one["State"] == "available"},
        "ClusterName": {PROD.platform},
        "ScheduleGroup": {"default"},
        "ServiceName": {arn.rpartition("/")[2] for arn in services["serviceArns"]},
    }


def test_every_alarm_watches_something_that_exists(
    production: Deployment, region: str, alarms: list[dict[str, Any]]
) -> None:
    known = things(production, region)
    lost = [
        (alarm["AlarmName"], dimension)
        for alarm in alarms
        for dimension in alarm["Dimensions"]
        if dimension["Value"] not in known[dimension["Name"]]
    ]
    assert len(alarms) > 15
    assert lost == []


def test_every_cache_node_and_every_nat_gateway_is_watched(
    production: Deployment, region: str, alarms: list[dict[str, Any]]
) -> None:
    watched = {one["Value"] for alarm in alarms for one in alarm["Dimensions"]}
    known = things(production, region)
    assert known["CacheClusterId"] | known["NatGatewayId"] <= watched


def test_every_alarm_is_told_once_itself_or_with_others(
    alarms: list[dict[str, Any]], composites: list[dict[str, Any]]
) -> None:
    told = [one["AlarmName"] for one in alarms if one["AlarmActions"]]
    for one in composites:
        assert one["AlarmActions"]
        told += re.findall(r'ALARM\("([^"]+)"\)', one["AlarmRule"])
    assert sorted(told) == sorted(one["AlarmName"] for one in alarms)


def test_an_outage_keeps_what_it_explains_quiet(composites: list[dict[str, Any]]) -> None:
    suppressors = {
        one["AlarmName"].removeprefix(PREFIX): one.get("ActionsSuppressor") for one in composites
    }
    outage = f"{PREFIX}outage"
    assert suppressors == {
        "outage": None,
        "jobs": outage,
        "slow": outage,
        "error-lines": outage,
        "redis": None,
    }


def test_alarms_reach_a_person_through_an_encrypted_topic_of_the_region(
    production: Deployment,
    region: str,
    alarms: list[dict[str, Any]],
    composites: list[dict[str, Any]],
) -> None:
    (topic,) = {
        action
        for one in (*alarms, *composites)
        for action in (*one["AlarmActions"], *one["OKActions"])
    }
    sns = production.emulator.client("sns", region)
    told = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(one["Protocol"], one["Endpoint"]) for one in told] == [
        ("email", "ops-team@example.com")
    ]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]


def test_events_are_sent_where_alarms_are(
    production: Deployment, region: str, composites: list[dict[str, Any]]
) -> None:
    events = production.emulator.client("events", region)
    rules = events.list_rules(NamePrefix=PREFIX)["Rules"]
    assert {one["Name"] for one in rules} == {f"{PREFIX}export", f"{PREFIX}out-of-memory"}
    targets = [
        target["Arn"]
        for one in rules
        for target in events.list_targets_by_rule(Rule=one["Name"])["Targets"]
    ]
    assert targets == composites[0]["AlarmActions"] * 2


def test_saved_queries_and_filters_of_error_lines_read_log_groups_that_exist(
    production: Deployment, region: str
) -> None:
    pages = production.emulator.pages
    groups = {
        one["logGroupName"] for one in pages("logs", region, "describe_log_groups", "logGroups")
    }
    queries = pages("logs", region, "describe_query_definitions", "queryDefinitions")
    filters = pages("logs", region, "describe_metric_filters", "metricFilters")
    errors = [one for one in filters if "error-lines" in one["filterName"]]
    assert len(queries) == 7
    assert len(errors) == 3
    assert {name for one in queries for name in one["logGroupNames"]} <= groups
    assert {one["logGroupName"] for one in errors} <= groups
