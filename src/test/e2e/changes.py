"""Changes that somebody makes through the API, past Terraform: one row per attribute."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators import Emulator
from environments import PROD

REGION = PROD.writer
NAME = PROD.platform


class Aws:
    """Finds things of production's first region by their names."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def __call__(self, service: str) -> Any:
        return self._emulator.client(service, REGION)

    def named(self, kind: str, purpose: str) -> str:
        """Id of a thing of EC2 by its Name tag."""
        operation, key, identifier = {
            "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
            "subnet": ("describe_subnets", "Subnets", "SubnetId"),
            "acl": ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
            "table": ("describe_route_tables", "RouteTables", "RouteTableId"),
            "nat": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
            "rule": ("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId"),
        }[kind]
        for thing in self._emulator.pages("ec2", REGION, operation, key):
            tags = {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}
            if tags.get("Name") == f"{NAME}-{purpose}":
                return thing[identifier]
        raise LookupError(f"no {kind} {purpose}")

    def balancer(self) -> str:
        return self("elbv2").describe_load_balancers(Names=[NAME])["LoadBalancers"][0][
            "LoadBalancerArn"
        ]

    def listener(self, port: int) -> str:
        found = self("elbv2").describe_listeners(LoadBalancerArn=self.balancer())["Listeners"]
        return next(one["ListenerArn"] for one in found if one["Port"] == port)

    def target_group(self) -> str:
        found = self("elbv2").describe_target_groups(LoadBalancerArn=self.balancer())
        return found["TargetGroups"][0]["TargetGroupArn"]

    def key(self, purpose: str) -> str:
        return self("kms").describe_key(KeyId=f"alias/{NAME}-{purpose}")["KeyMetadata"]["KeyId"]


@dataclass(frozen=True)
class Change:
    """Something changed in AWS, and where a plan must show it."""

    part: str
    type: str
    attribute: str
    make: Callable[[Aws], Any]

    def __str__(self) -> str:
        return f"{self.type}.{self.attribute}"


def _out_through_the_other_zone(aws: Aws) -> None:
    aws("ec2").replace_route(
        RouteTableId=aws.named("table", "private-a-table"),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=aws.named("nat", "nat-b"),
    )


def _users_from_one_network_only(aws: Aws) -> None:
    rule = aws.named("rule", "internet-to-load-balancer-443-in")
    ec2 = aws("ec2")
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    ec2.modify_security_group_rules(
        GroupId=found["GroupId"],
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": rule,
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "CidrIpv4": "198.51.100.0/24",
                    "Description": "Users",
                },
            }
        ],
    )


def _another_rule_of_the_isolated_tier(aws: Aws) -> None:
    aws("ec2").create_network_acl_entry(
        NetworkAclId=aws.named("acl", "isolated-acl"),
        RuleNumber=50,
        Egress=False,
        Protocol="6",
        RuleAction="allow",
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 22, "To": 22},
    )


def _scale_at_half(aws: Aws) -> None:
    scaling = aws("application-autoscaling")
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    policy = next(
        one
        for one in policies
        if (one["PolicyName"], one["ResourceId"]) == ("cpu", f"service/{NAME}/superset-web")
    )
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    scaling.put_scaling_policy(
        PolicyName="cpu",
        ServiceNamespace="ecs",
        ResourceId=policy["ResourceId"],
        ScalableDimension=policy["ScalableDimension"],
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**configuration, "TargetValue": 35.0},
    )


def _another_host(aws: Aws) -> None:
    elbv2 = aws("elbv2")
    rules = elbv2.describe_rules(ListenerArn=aws.listener(443))["Rules"]
    rule = next(one for one in rules if one["Actions"][0]["Type"] == "forward")
    elbv2.modify_rule(
        RuleArn=rule["RuleArn"],
        Conditions=[
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["elsewhere.example.com"]}},
            {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}},
        ],
    )


def _no_rule_of_the_firewall(aws: Aws) -> None:
    waf = aws("wafv2")
    (acl,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    named = {"Name": NAME, "Scope": "REGIONAL", "Id": acl["Id"]}
    found = waf.get_web_acl(**named)
    waf.update_web_acl(
        **named,
        LockToken=found["LockToken"],
        DefaultAction={"Allow": {}},
        Description=found["WebACL"]["Description"],
        Rules=found["WebACL"]["Rules"][:1],
        VisibilityConfig=found["WebACL"]["VisibilityConfig"],
    )


def _health_check(aws: Aws) -> None:
    route53 = aws("route53")
    for check in route53.list_health_checks()["HealthChecks"]:
        if check["HealthCheckConfig"].get("FullyQualifiedDomainName", "").startswith(REGION):
            route53.update_health_check(HealthCheckId=check["Id"], FailureThreshold=9)


def _role_may_do_anything(aws: Aws) -> None:
    iam = aws("iam")
    for role in iam.get_paginator("list_roles").paginate().build_full_result()["Roles"]:
        if role["RoleName"].startswith(f"{NAME}-") and role["RoleName"].endswith(REGION):
            names = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
            if names:
                statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
                policy = {"Version": "2012-10-17", "Statement": [statement]}
                iam.put_role_policy(
                    RoleName=role["RoleName"],
                    PolicyName=names[0],
                    PolicyDocument=json.dumps(policy),
                )
                return
    raise LookupError("no role with a policy of its own")


def _any_cost_will_do(aws: Aws) -> None:
    client, named = aws("budgets"), {"AccountId": PROD.account}
    budget = client.describe_budget(**named, BudgetName="superset-production-month")["Budget"]
    known = client.meta.service_model.shape_for("Budget").members
    kept = {key: value for key, value in budget.items() if key in known}
    limit = {"Amount": "1000000", "Unit": "USD"}
    client.update_budget(**named, NewBudget={**kept, "BudgetLimit": limit})


def _alarm_never(aws: Aws) -> None:
    """As CloudWatch has it, with a bound that nothing reaches."""
    client = aws("cloudwatch")
    (alarm,) = client.describe_alarms(AlarmNames=[f"{NAME}-alarm-errors"])["MetricAlarms"]
    known = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    kept = {key: value for key, value in alarm.items() if key in known}
    client.put_metric_alarm(**{**kept, "Threshold": 1_000_000})


def _nobody_is_paged(aws: Aws) -> None:
    """As CloudWatch has it, without an action."""
    client = aws("cloudwatch")
    (alarm,) = client.describe_alarms(
        AlarmNames=[f"{NAME}-alarm-outage"], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    known = client.meta.service_model.operation_model("PutCompositeAlarm").input_shape.members
    kept = {key: value for key, value in alarm.items() if key in known}
    client.put_composite_alarm(**{**kept, "AlarmActions": []})


CHANGES = (
    Change(
        REGION,
        "aws_vpc",
        "enable_dns_hostnames",
        lambda aws: aws("ec2").modify_vpc_attribute(
            VpcId=aws.named("vpc", "vpc"), EnableDnsHostnames={"Value": False}
        ),
    ),
    Change(
        REGION,
        "aws_subnet",
        "map_public_ip_on_launch",
        lambda aws: aws("ec2").modify_subnet_attribute(
            SubnetId=aws.named("subnet", "private-a"), MapPublicIpOnLaunch={"Value": True}
        ),
    ),
    Change(REGION, "aws_route", "nat_gateway_id", _out_through_the_other_zone),
    Change(REGION, "aws_network_acl", "ingress", _another_rule_of_the_isolated_tier),
    Change(
        REGION,
        "aws_vpc_security_group_ingress_rule",
        "cidr_ipv4",
        _users_from_one_network_only,
    ),
    Change(
        REGION,
        "aws_lb",
        "drop_invalid_header_fields",
        lambda aws: aws("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=aws.balancer(),
            Attributes=[
                {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}
            ],
        ),
    ),
    Change(REGION, "aws_wafv2_web_acl", "rule", _no_rule_of_the_firewall),
    Change(
        REGION,
        "aws_lb_listener",
        "ssl_policy",
        lambda aws: aws("elbv2").modify_listener(
            ListenerArn=aws.listener(443), SslPolicy="ELBSecurityPolicy-2016-08"
        ),
    ),
    Change(REGION, "aws_lb_listener_rule", "condition", _another_host),
    Change(
        REGION,
        "aws_lb_target_group",
        "deregistration_delay",
        lambda aws: aws("elbv2").modify_target_group_attributes(
            TargetGroupArn=aws.target_group(),
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
        ),
    ),
    Change(
        REGION,
        "aws_lb_target_group",
        "health_check",
        lambda aws: aws("elbv2").modify_target_group(
            TargetGroupArn=aws.target_group(), HealthCheckPath="/"
        ),
    ),
    Change(
        REGION,
        "aws_db_instance",
        "backup_retention_period",
        lambda aws: aws("rds").modify_db_instance(
            DBInstanceIdentifier=NAME, BackupRetentionPeriod=1, ApplyImmediately=True
        ),
    ),
    Change(
        REGION,
        "aws_db_instance",
        "deletion_protection",
        lambda aws: aws("rds").modify_db_instance(
            DBInstanceIdentifier=NAME, DeletionProtection=False, ApplyImmediately=True
        ),
    ),
    Change(
        REGION,
        "aws_db_instance",
        "multi_az",
        lambda aws: aws("rds").modify_db_instance(
            DBInstanceIdentifier=NAME, MultiAZ=False, ApplyImmediately=True
        ),
    ),
    Change(
        REGION,
        "aws_db_instance",
        "performance_insights_enabled",
        lambda aws: aws("rds").modify_db_instance(
            DBInstanceIdentifier=NAME, EnablePerformanceInsights=False, ApplyImmediately=True
        ),
    ),
    Change(
        REGION,
        "aws_db_parameter_group",
        "parameter",
        lambda aws: aws("rds").modify_db_parameter_group(
            DBParameterGroupName=f"{NAME}-postgres15",
            Parameters=[
                {
                    "ParameterName": "rds.force_ssl",
                    "ParameterValue": "0",
                    "ApplyMethod": "immediate",
                }
            ],
        ),
    ),
    Change(
        REGION,
        "aws_elasticache_replication_group",
        "snapshot_retention_limit",
        lambda aws: aws("elasticache").modify_replication_group(
            ReplicationGroupId=NAME, SnapshotRetentionLimit=0, ApplyImmediately=True
        ),
    ),
    Change(
        REGION,
        "aws_elasticache_user",
        "access_string",
        lambda aws: aws("elasticache").modify_user(UserId=NAME, AccessString="on ~* +@all"),
    ),
    Change(
        REGION,
        "aws_ecs_cluster",
        "setting",
        lambda aws: aws("ecs").update_cluster(
            cluster=NAME, settings=[{"name": "containerInsights", "value": "disabled"}]
        ),
    ),
    Change(
        REGION,
        "aws_ecs_service",
        "enable_execute_command",
        lambda aws: aws("ecs").update_service(
            cluster=NAME, service="superset-worker", enableExecuteCommand=False
        ),
    ),
    Change(
        REGION,
        "aws_ecs_service",
        "deployment_maximum_percent",
        lambda aws: aws("ecs").update_service(
            cluster=NAME,
            service="superset-beat",
            deploymentConfiguration={
                "minimumHealthyPercent": 0,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
        ),
    ),
    Change(
        REGION,
        "aws_appautoscaling_target",
        "max_capacity",
        lambda aws: aws("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{NAME}/superset-web",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=3,
            MaxCapacity=50,
        ),
    ),
    Change(
        REGION,
        "aws_appautoscaling_policy",
        "target_tracking_scaling_policy_configuration",
        _scale_at_half,
    ),
    Change(
        REGION,
        "aws_cloudwatch_log_group",
        "retention_in_days",
        lambda aws: aws("logs").put_retention_policy(
            logGroupName="/superset/web", retentionInDays=1
        ),
    ),
    Change(
        REGION,
        "aws_cloudwatch_dashboard",
        "dashboard_body",
        lambda aws: aws("cloudwatch").put_dashboard(
            DashboardName=f"Superset-Production-Metrics-{REGION}",
            DashboardBody=json.dumps({"widgets": []}),
        ),
    ),
    Change(
        REGION,
        "aws_cloudwatch_metric_alarm",
        "threshold",
        _alarm_never,
    ),
    Change(
        REGION,
        "aws_cloudwatch_composite_alarm",
        "alarm_actions",
        _nobody_is_paged,
    ),
    Change(
        REGION,
        "aws_kms_key",
        "enable_key_rotation",
        lambda aws: aws("kms").disable_key_rotation(KeyId=aws.key("database")),
    ),
    Change(
        REGION,
        "aws_secretsmanager_secret",
        "description",
        lambda aws: aws("secretsmanager").update_secret(
            SecretId="superset/admin", Description="changed by hand"
        ),
    ),
    Change(REGION, "aws_iam_role_policy", "policy", _role_may_do_anything),
    Change(
        REGION,
        "aws_lambda_function",
        "timeout",
        lambda aws: aws("lambda").update_function_configuration(
            FunctionName="superset-secrets", Timeout=3
        ),
    ),
    Change(
        REGION,
        "aws_s3_bucket_versioning",
        "versioning_configuration",
        lambda aws: aws("s3").put_bucket_versioning(
            Bucket=PROD.bucket("logs", REGION), VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    Change(
        REGION,
        "aws_s3_bucket_public_access_block",
        "block_public_policy",
        lambda aws: aws("s3").put_public_access_block(
            Bucket=PROD.bucket("logs", REGION),
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": False,
                "RestrictPublicBuckets": True,
            },
        ),
    ),
    Change(
        "bootstrap",
        "aws_ecr_repository",
        "image_tag_mutability",
        lambda aws: aws("ecr").put_image_tag_mutability(
            repositoryName=NAME, imageTagMutability="MUTABLE"
        ),
    ),
    Change(
        "bootstrap",
        "aws_s3_bucket_versioning",
        "versioning_configuration",
        lambda aws: aws("s3").put_bucket_versioning(
            Bucket=PROD.bucket("tfstate", "eu-west-1"),
            VersioningConfiguration={"Status": "Suspended"},
        ),
    ),
    Change(
        "bootstrap",
        "aws_cloudtrail",
        "enable_logging",
        lambda aws: aws("cloudtrail").stop_logging(Name=f"{NAME}-trail"),
    ),
    Change(
        "bootstrap",
        "aws_cloudwatch_log_metric_filter",
        "pattern",
        lambda aws: aws("logs").put_metric_filter(
            logGroupName=f"{NAME}-trail",
            filterName=f"{NAME}-audit-root",
            filterPattern="never",
            metricTransformations=[
                {
                    "metricName": f"{NAME}-audit-root",
                    "metricNamespace": "Superset/Audit",
                    "metricValue": "1",
                }
            ],
        ),
    ),
    Change("global", "aws_route53_health_check", "failure_threshold", _health_check),
    Change("global", "aws_budgets_budget", "limit_amount", _any_cost_will_do),
)


def change_what_terraform_ignores(aws: Aws) -> str:
    """What IgnoredChanges lists: the number of tasks, the writer's address.

    :return: the address in other words, with which what runs goes on
    """
    aws("ecs").update_service(cluster=NAME, service="superset-web", desiredCount=4)
    address = aws("ssm").get_parameter(Name="/superset/writer")["Parameter"]["Value"]
    changed = json.dumps(json.loads(address), indent=1)
    assert changed != address
    aws("ssm").put_parameter(Name="/superset/writer", Value=changed, Overwrite=True)
    return changed
