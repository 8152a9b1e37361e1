"""Load balancers, certificates and DNS as AWS reports them."""

from typing import Any

import pytest
from deployments import Deployment

NAME = "superset-production"
DOMAIN = "analytics.example.com"


def balancer(production: Deployment, region: str) -> dict[str, Any]:
    client = production.emulator.client("elbv2", region)
    (found,) = client.describe_load_balancers(Names=[NAME])["LoadBalancers"]
    return found


def listener(production: Deployment, region: str, port: int) -> dict[str, Any]:
    arn = balancer(production, region)["LoadBalancerArn"]
    client = production.emulator.client("elbv2", region)
    found = client.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    return {one["Port"]: one for one in found}[port]


def target_group(production: Deployment, region: str) -> dict[str, Any]:
    arn = balancer(production, region)["LoadBalancerArn"]
    client = production.emulator.client("elbv2", region)
    (found,) = client.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    return found


def certificate(production: Deployment, region: str) -> dict[str, Any]:
    (used,) = listener(production, region, 443)["Certificates"]
    client = production.emulator.client("acm", region)
    return client.describe_certificate(CertificateArn=used["CertificateArn"])["Certificate"]


def records(production: Deployment) -> list[dict[str, Any]]:
    client = production.emulator.client("route53")
    zones = client.list_hosted_zones()["HostedZones"]
    (zone,) = [one["Id"] for one in zones if one["Name"] == "example.com."]
    return production.emulator.pages(
        "route53", "us-east-1", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
    )


def health_checks(production: Deployment) -> dict[str, dict[str, Any]]:
    found = production.emulator.pages("route53", "us-east-1", "list_health_checks", "HealthChecks")
    return {check["Id"]: check["HealthCheckConfig"] for check in found}


def test_load_balancer_faces_the_internet_in_the_public_tier(
    production: Deployment, region: str
) -> None:
    found = balancer(production, region)
    assert (found["Scheme"], found["Type"]) == ("internet-facing", "application")
    subnets = [zone["SubnetId"] for zone in found["AvailabilityZones"]]
    ec2 = production.emulator.client("ec2", region)
    names = {
        tag["Value"]
        for subnet in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
        for tag in subnet["Tags"]
        if tag["Key"] == "Name"
    }
    assert names == {f"{NAME}-public-a", f"{NAME}-public-b"}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("access_logs.s3.enabled", "true"),
        ("routing.http.drop_invalid_header_fields.enabled", "true"),
        ("deletion_protection.enabled", "true"),
    ],
)
def test_load_balancer_attribute(
    production: Deployment, region: str, attribute: str, expected: str
) -> None:
    arn = balancer(production, region)["LoadBalancerArn"]
    client = production.emulator.client("elbv2", region)
    answer = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {one["Key"]: one["Value"] for one in answer}[attribute] == expected


def test_access_logs_go_to_the_regions_log_bucket(production: Deployment, region: str) -> None:
    arn = balancer(production, region)["LoadBalancerArn"]
    client = production.emulator.client("elbv2", region)
    answer = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    found = {one["Key"]: one["Value"] for one in answer}
    assert found["access_logs.s3.bucket"] == production.environment.bucket("logs", region)


def test_firewall_stands_before_the_load_balancer(production: Deployment, region: str) -> None:
    client = production.emulator.client("wafv2", region)
    arn = balancer(production, region)["LoadBalancerArn"]
    acl = client.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]
    rules = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
    assert (acl["Name"], acl["DefaultAction"]) == (NAME, {"Allow": {}})
    assert (rules[0]["Name"], rules[-1]["Name"]) == ("health", "content")
    groups = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for rule in rules
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert groups == {
        f"AWSManagedRules{name}"
        for name in (
            "AmazonIpReputationList",
            "AnonymousIpList",
            "CommonRuleSet",
            "KnownBadInputsRuleSet",
            "SQLiRuleSet",
        )
    }


def test_log_of_the_firewall_holds_no_session(production: Deployment, region: str) -> None:
    client = production.emulator.client("wafv2", region)
    (acl,) = client.list_web_acls(Scope="REGIONAL")["WebACLs"]
    found = client.get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]
    redacted = {one["SingleHeader"]["Name"] for one in found["RedactedFields"]}
    assert {"authorization", "cookie"} <= redacted
    (destination,) = found["LogDestinationConfigs"]
    assert ":log-group:aws-waf-logs-" in destination


def test_https_has_a_tls_1_3_policy_and_the_certificate(
    production: Deployment, region: str
) -> None:
    found = listener(production, region, 443)
    assert found["Protocol"] == "HTTPS"
    assert found["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert len(found["Certificates"]) == 1


def test_http_is_redirected_to_https(production: Deployment, region: str) -> None:
    (action,) = listener(production, region, 80)["DefaultActions"]
    redirect = action["RedirectConfig"]
    assert action["Type"] == "redirect"
    assert (redirect["Protocol"], redirect["Port"], redirect["StatusCode"]) == (
        "HTTPS",
        "443",
        "HTTP_301",
    )


def test_anything_unknown_is_answered_404(production: Deployment, region: str) -> None:
    (action,) = listener(production, region, 443)["DefaultActions"]
    assert action["Type"] == "fixed-response"
    assert action["FixedResponseConfig"]["StatusCode"] == "404"


def rules(production: Deployment, region: str, kind: str = "forward") -> list[dict[str, Any]]:
    """Those whose action is of a kind."""
    arn = listener(production, region, 443)["ListenerArn"]
    client = production.emulator.client("elbv2", region)
    found = client.describe_rules(ListenerArn=arn)["Rules"]
    return [r for r in found if not r["IsDefault"] and r["Actions"][0]["Type"] == kind]


def values(rule: dict[str, Any], field: str) -> list[str]:
    key = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}[field]
    for condition in rule["Conditions"]:
        if condition["Field"] == field:
            return condition.get("Values") or condition[key]["Values"]
    return []


def test_only_the_domain_and_the_regions_own_host_are_forwarded(
    production: Deployment, region: str
) -> None:
    found = rules(production, region)
    assert found
    for rule in found:
        assert set(values(rule, "host-header")) == {DOMAIN, f"{region}.{DOMAIN}"}
        arn = rule["Actions"][0].get("TargetGroupArn")
        assert arn == target_group(production, region)["TargetGroupArn"]


def test_every_region_has_a_fence_that_is_lowered_and_comes_first(
    production: Deployment, region: str
) -> None:
    found = rules(production, region, "fixed-response")
    paths = [values(rule, "path-pattern") for rule in found]
    assert sorted(paths) == sorted([f"/fence/{one}"] for one in production.environment.regions)
    first = min(int(rule["Priority"]) for rule in rules(production, region))
    for rule in found:
        assert values(rule, "host-header") == [f"{region}.{DOMAIN}"]
        answer = rule["Actions"][0]["FixedResponseConfig"]
        assert (answer["StatusCode"], answer["MessageBody"]) == ("404", "not fenced")
        assert int(rule["Priority"]) < first


def test_every_forwarding_rule_names_paths(production: Deployment, region: str) -> None:
    paths = [path for rule in rules(production, region) for path in values(rule, "path-pattern")]
    assert all(values(rule, "path-pattern") for rule in rules(production, region))
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("Protocol", "HTTP"),
        ("Port", 8088),
        ("TargetType", "ip"),
        ("HealthCheckPath", "/health"),
        ("HealthCheckIntervalSeconds", 30),
        ("HealthCheckTimeoutSeconds", 5),
        ("HealthyThresholdCount", 2),
        ("UnhealthyThresholdCount", 3),
        ("Matcher", {"HttpCode": "200"}),
    ],
)
def test_target_group(
    production: Deployment, region: str, attribute: str, expected: object
) -> None:
    assert target_group(production, region)[attribute] == expected


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("stickiness.enabled", "true"),
        ("stickiness.type", "lb_cookie"),
        ("stickiness.lb_cookie.duration_seconds", "3600"),
    ],
)
def test_users_stay_with_their_task(
    production: Deployment, region: str, attribute: str, expected: str
) -> None:
    assert target_group_attributes(production, region)[attribute] == expected


def test_targets_are_drained_before_a_task_is_stopped(production: Deployment, region: str) -> None:
    found = target_group_attributes(production, region)
    assert int(found["deregistration_delay.timeout_seconds"]) > 0


def target_group_attributes(production: Deployment, region: str) -> dict[str, str]:
    arn = target_group(production, region)["TargetGroupArn"]
    client = production.emulator.client("elbv2", region)
    answer = client.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {one["Key"]: one["Value"] for one in answer}


def test_certificate_of_the_region_is_issued_for_all_hosts(
    production: Deployment, region: str
) -> None:
    found = certificate(production, region)
    assert f":{region}:" in found["CertificateArn"]
    assert found["Status"] == "ISSUED"
    assert set(found["SubjectAlternativeNames"]) == {DOMAIN, f"*.{DOMAIN}"}


def test_certificate_is_validated_by_one_record(production: Deployment) -> None:
    found = [record for record in records(production) if record["Type"] == "CNAME"]
    assert len(found) == 1
    for region in production.environment.regions:
        for option in certificate(production, region)["DomainValidationOptions"]:
            assert option["ResourceRecord"]["Name"].rstrip(".") == found[0]["Name"].rstrip(".")


def test_each_region_has_a_host_name_of_its_own(production: Deployment, region: str) -> None:
    (record,) = [one for one in records(production) if one["Name"] == f"{region}.{DOMAIN}."]
    assert record["Type"] == "A"
    target = record["AliasTarget"]["DNSName"].rstrip(".")
    assert target.endswith(balancer(production, region)["DNSName"])


def latency_records(production: Deployment) -> dict[str, dict[str, Any]]:
    found = [one for one in records(production) if one["Name"] == f"{DOMAIN}."]
    return {one["Region"]: one for one in found if one["Type"] == "A"}


def test_domain_has_a_latency_record_per_region(production: Deployment) -> None:
    found = latency_records(production)
    assert found.keys() == set(production.environment.regions)
    for region, record in found.items():
        assert record["AliasTarget"]["EvaluateTargetHealth"] is True
        target = record["AliasTarget"]["DNSName"].rstrip(".")
        assert target.endswith(balancer(production, region)["DNSName"])


def test_latency_record_hangs_on_the_health_of_its_own_region(
    production: Deployment, region: str
) -> None:
    checks = health_checks(production)
    calculated = checks[latency_records(production)[region]["HealthCheckId"]]
    assert calculated["Type"] == "CALCULATED"
    assert calculated["HealthThreshold"] == len(calculated["ChildHealthChecks"])
    children = [checks[child] for child in calculated["ChildHealthChecks"]]
    asked = {
        (one["FullyQualifiedDomainName"], one["ResourcePath"], one.get("Inverted", False))
        for one in children
    }
    others = [other for other in production.environment.regions if other != region]
    assert asked == {
        (f"{region}.{DOMAIN}", "/health", False),
        *((f"{other}.{DOMAIN}", f"/fence/{region}", True) for other in others),
    }
    assert {child["Type"] for child in children} == {"HTTPS"}
