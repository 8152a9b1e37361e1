"""What `make adopt` recognizes as its own, and what it leaves alone."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto.logs.responses import LogsResponse
from synthesis import TAGS, all_tags, tags, write

from commands.adopt import CannotAdopt, adopt, find_unrecorded, main
from commands.existing import FINDERS, REPEATABLE
from emulator.patches.logs_query_definitions import (
    describe_query_definitions,
    put_query_definition,
)

ROOT = Path(__file__).resolve().parents[3]


def client(service: str, region: str = "us-east-1") -> Any:
    return boto3.client(service, region_name=region)


def made_vpc(name: str = "superset-production-vpc", region: str = "us-east-1") -> str:
    return client("ec2", region).create_vpc(
        CidrBlock="10.10.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": all_tags(name)}],
    )["Vpc"]["VpcId"]


def found(stack: Any, state: dict[str, dict[str, Any]] | None = None) -> dict[str, str]:
    """Address to import id."""
    adoptions = find_unrecorded(stack, state or {}, say=lambda line: None)
    return {adoption.address: adoption.match.import_id for adoption in adoptions}


VPC = {"aws_vpc": {"v": {"cidr_block": "10.10.0.0/16", "tags": tags("superset-production-vpc")}}}


def test_finds_by_all_tags(aws: None, tmp_path: Path) -> None:
    vpc = made_vpc()
    made_vpc("superset-production-other")
    client("ec2").create_vpc(
        CidrBlock="10.10.0.0/16",
        TagSpecifications=[
            {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "superset-production-vpc"}]}
        ],
    )
    assert found(write(tmp_path, VPC)) == {"aws_vpc.v": vpc}


def test_finds_nothing_in_an_empty_account(aws: None, tmp_path: Path) -> None:
    assert found(write(tmp_path, VPC)) == {}


def test_leaves_alone_what_is_recorded(aws: None, tmp_path: Path) -> None:
    vpc = made_vpc()
    assert found(write(tmp_path, VPC), {"aws_vpc.v": {"id": vpc}}) == {}


def test_never_gives_one_thing_two_addresses(aws: None, tmp_path: Path) -> None:
    vpc = made_vpc()
    assert found(write(tmp_path, VPC), {"aws_vpc.another": {"id": vpc}}) == {}


def test_asks_a_person_when_there_are_two(aws: None, tmp_path: Path) -> None:
    ids = {made_vpc(), made_vpc()}
    with pytest.raises(CannotAdopt, match="aws_vpc.v could be any of") as error:
        found(write(tmp_path, VPC))
    assert all(one in str(error.value) for one in ids)


def test_looks_in_the_region_of_the_resource_s_provider(aws: None, tmp_path: Path) -> None:
    made_vpc(region="us-east-1")
    there = made_vpc(region="eu-west-1")
    block = {**VPC["aws_vpc"]["v"], "provider": "aws.eu-west-1"}
    assert found(write(tmp_path, {"aws_vpc": {"v": block}})) == {"aws_vpc.v": there}


def test_says_which_types_it_cannot_look_for(aws: None, tmp_path: Path) -> None:
    said: list[str] = []
    stack = write(tmp_path, {"aws_mystery": {"m": {}}, "aws_iam_role_policy": {"p": {}}})
    assert find_unrecorded(stack, {}, said.append) == []
    assert said == ["superset-us-east-1: cannot look for aws_mystery"]


def test_finds_a_network(aws: None, tmp_path: Path) -> None:
    ec2 = client("ec2")
    vpc = made_vpc()

    def tagged(kind: str, name: str) -> dict[str, Any]:
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": all_tags(name)}]}

    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.0.0/24", **tagged("subnet", "s"))[
        "Subnet"
    ]["SubnetId"]
    gateway = ec2.create_internet_gateway(**tagged("internet-gateway", "g"))["InternetGateway"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc", **tagged("elastic-ip", "e"))["AllocationId"]
    another = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gone = ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=another, **tagged("natgateway", "n")
    )["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=gone)
    nat = ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=address, **tagged("natgateway", "n")
    )["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc, **tagged("route-table", "t"))["RouteTable"][
        "RouteTableId"
    ]
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(
        GroupName="web", Description="d", VpcId=vpc, **tagged("security-group", "web")
    )["GroupId"]
    rules = {
        direction: authorize(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                }
            ],
            **tagged("security-group-rule", f"web-{direction}"),
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        for direction, authorize in (
            ("in", ec2.authorize_security_group_ingress),
            ("out", ec2.authorize_security_group_egress),
        )
    }
    acl = ec2.create_network_acl(VpcId=vpc, **tagged("network-acl", "acl"))["NetworkAcl"][
        "NetworkAclId"
    ]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", **tagged("vpc-endpoint", "s3")
    )["VpcEndpoint"]["VpcEndpointId"]
    stack = write(
        tmp_path,
        {
            # References come before what they refer to: more than one round is needed.
            "aws_route": {
                "r": {
                    "route_table_id": "${aws_route_table.t.id}",
                    "destination_cidr_block": "0.0.0.0/0",
                },
                "absent": {
                    "route_table_id": "${aws_route_table.t.id}",
                    "destination_cidr_block": "10.20.0.0/16",
                },
            },
            "aws_route_table_association": {
                "a": {
                    "route_table_id": "${aws_route_table.t.id}",
                    "subnet_id": "${aws_subnet.s.id}",
                }
            },
            **VPC,
            "aws_subnet": {"s": {"tags": tags("s")}, "absent": {"tags": tags("s-absent")}},
            "aws_internet_gateway": {"g": {"tags": tags("g")}},
            "aws_eip": {"e": {"tags": tags("e")}},
            "aws_nat_gateway": {"n": {"tags": tags("n")}},
            "aws_route_table": {"t": {"tags": tags("t")}},
            "aws_security_group": {"web": {"tags": tags("web")}},
            "aws_vpc_security_group_ingress_rule": {"i": {"tags": tags("web-in")}},
            "aws_vpc_security_group_egress_rule": {"o": {"tags": tags("web-out")}},
            "aws_network_acl": {"acl": {"tags": tags("acl")}},
            "aws_vpc_endpoint": {"s3": {"tags": tags("s3")}},
        },
    )
    assert found(stack) == {
        "aws_vpc.v": vpc,
        "aws_subnet.s": subnet,
        "aws_internet_gateway.g": gateway["InternetGatewayId"],
        "aws_eip.e": address,
        "aws_nat_gateway.n": nat,
        "aws_route_table.t": table,
        "aws_route.r": f"{table}_0.0.0.0/0",
        "aws_route_table_association.a": f"{subnet}/{table}",
        "aws_security_group.web": group,
        "aws_vpc_security_group_ingress_rule.i": rules["in"],
        "aws_vpc_security_group_egress_rule.o": rules["out"],
        "aws_network_acl.acl": acl,
        "aws_vpc_endpoint.s3": endpoint,
    }


def test_finds_the_database_and_waits_for_it(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client("rds").create_db_instance(
        DBInstanceIdentifier="superset-production",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="superset_admin",
        MasterUserPassword="throw-away",
    )
    waited: list[str] = []
    monkeypatch.setattr(
        "commands.adopt.wait_until_made",
        lambda question, match: waited.append(match.import_id),
    )
    stack = write(tmp_path, {"aws_db_instance": {"d": {"identifier": "superset-production"}}})
    assert found(stack) == {"aws_db_instance.d": "superset-production"}
    assert waited == ["superset-production"]


def test_finds_keys_by_tags_and_not_those_that_go(aws: None, tmp_path: Path) -> None:
    kms = client("kms")
    as_kms = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in all_tags("data")]
    gone = kms.create_key(Tags=as_kms)["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=gone)
    key = kms.create_key(Tags=as_kms)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/superset-production-data", TargetKeyId=key)
    stack = write(
        tmp_path,
        {
            "aws_kms_key": {"k": {"tags": tags("data")}},
            "aws_kms_alias": {"k": {"name": "alias/superset-production-data"}},
        },
    )
    assert found(stack) == {
        "aws_kms_key.k": key,
        "aws_kms_alias.k": "alias/superset-production-data",
    }


def test_finds_what_has_a_name(aws: None, tmp_path: Path) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=policy)
    client("logs").create_log_group(logGroupName="/superset/superset-web")
    client("logs").create_log_group(logGroupName="/superset/superset-web-other")
    secret = client("secretsmanager").create_secret(Name="superset/admin")["ARN"]
    client("secretsmanager").create_secret(Name="superset/deleted")
    client("secretsmanager").delete_secret(SecretId="superset/deleted")
    client("ssm").put_parameter(Name="/superset/writer", Value="{}", Type="String")
    client("s3").create_bucket(Bucket="superset-production-logs")
    client("ecr").create_repository(repositoryName="superset")
    client("ecs").create_cluster(clusterName="superset-production")
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    stack = write(
        tmp_path,
        {
            "aws_iam_role": {"r": {"name": "role"}, "absent": {"name": "absent"}},
            "aws_cloudwatch_log_group": {
                "l": {"name": "/superset/superset-web"},
                "absent": {"name": "/superset/superset"},
            },
            "aws_secretsmanager_secret": {
                "s": {"name": "superset/admin"},
                "deleted": {"name": "superset/deleted"},
                "absent": {"name": "superset/absent"},
            },
            "aws_ssm_parameter": {"p": {"name": "/superset/writer"}, "absent": {"name": "/a"}},
            "aws_s3_bucket": {"b": {"bucket": "superset-production-logs"}, "a": {"bucket": "aaa"}},
            "aws_ecr_repository": {"r": {"name": "superset"}, "absent": {"name": "absent"}},
            "aws_ecs_cluster": {
                "c": {"name": "superset-production"},
                "absent": {"name": "absent"},
            },
            "aws_sns_topic": {"t": {"name": "alerts"}, "absent": {"name": "absent"}},
            "aws_lambda_function": {"absent": {"function_name": "absent"}},
            "aws_db_subnet_group": {"absent": {"name": "absent"}},
            "aws_db_parameter_group": {"absent": {"name": "absent"}},
            "aws_elasticache_replication_group": {"absent": {"replication_group_id": "absent"}},
            "aws_elasticache_user": {"absent": {"user_id": "absent"}},
            "aws_elasticache_subnet_group": {"absent": {"name": "absent"}},
        },
    )
    assert found(stack) == {
        "aws_iam_role.r": "role",
        "aws_cloudwatch_log_group.l": "/superset/superset-web",
        "aws_secretsmanager_secret.s": secret,
        "aws_ssm_parameter.p": "/superset/writer",
        "aws_s3_bucket.b": "superset-production-logs",
        "aws_ecr_repository.r": "superset",
        "aws_ecs_cluster.c": "superset-production",
        "aws_sns_topic.t": topic,
    }


def test_finds_a_saved_query_by_its_whole_name(
    aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for action in (put_query_definition, describe_query_definitions):
        monkeypatch.setattr(LogsResponse, action.__name__, action, raising=False)
    logs = client("logs")
    made = {
        name: logs.put_query_definition(name=name, queryString="limit 1")["queryDefinitionId"]
        for name in ("superset-production/errors-by-request", "superset-production/errors")
    }
    queries = {"q": {"name": "superset-production/errors"}, "absent": {"name": "superset"}}
    assert found(write(tmp_path, {"aws_cloudwatch_query_definition": queries})) == {
        "aws_cloudwatch_query_definition.q": "arn:aws:logs:us-east-1:123456789012:query-definition:"
        + made["superset-production/errors"]
    }


def test_finds_a_slack_channel_where_its_service_has_an_endpoint(
    aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arn = "arn:aws:chatbot::123456789012:chat-configuration/slack-channel/"
    channels = [
        {
            "ConfigurationName": name,
            "ChatConfigurationArn": arn + name,
            "SlackTeamName": "team",
            "SlackTeamId": "T0",
            "SlackChannelId": "C0",
            "SlackChannelName": "channel",
            "IamRoleArn": "arn:aws:iam::123456789012:role/chat",
            "SnsTopicArns": [],
        }
        for name in ("superset-production-alarms", "somebody-elses")
    ]
    chatbot = client("chatbot", "us-west-2")
    made = boto3.client
    monkeypatch.setattr(
        boto3,
        "client",
        lambda service, region_name: (
            chatbot
            if (service, region_name) == ("chatbot", "us-west-2")
            else made(service, region_name)
        ),
    )
    blocks = {
        "c": {"configuration_name": "superset-production-alarms"},
        "absent": {"configuration_name": "superset-production"},
    }
    with Stubber(chatbot) as stub:
        stub.add_response(
            "describe_slack_channel_configurations", {"SlackChannelConfigurations": channels}
        )
        assert found(write(tmp_path, {"aws_chatbot_slack_channel_configuration": blocks})) == {
            "aws_chatbot_slack_channel_configuration.c": arn + "superset-production-alarms"
        }


def test_finds_a_web_acl(aws: None, tmp_path: Path) -> None:
    metrics = {
        "CloudWatchMetricsEnabled": True,
        "MetricName": "m",
        "SampledRequestsEnabled": False,
    }
    made = client("wafv2").create_web_acl(
        Name="superset-production",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=metrics,
    )["Summary"]
    stack = write(
        tmp_path,
        {"aws_wafv2_web_acl": {"w": {"name": "superset-production"}, "absent": {"name": "absent"}}},
    )
    assert found(stack) == {
        "aws_wafv2_web_acl.w": f"{made['Id']}/superset-production/REGIONAL",
    }


def test_finds_a_vault_its_plan_the_schedule_and_the_budget(aws: None, tmp_path: Path) -> None:
    backup = client("backup")
    backup.create_backup_vault(BackupVaultName="superset-production")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "superset-production"}
    plan = backup.create_backup_plan(
        BackupPlan={"BackupPlanName": "superset-production", "Rules": [rule]}
    )["BackupPlanId"]
    client("budgets").create_budget(
        AccountId="123456789012",
        Budget={
            "BudgetName": "superset-month",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        },
    )
    client("scheduler").create_schedule(
        Name="superset-export",
        ScheduleExpression="cron(0 2 ? * SUN *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:ecs:::cluster/c", "RoleArn": "arn:aws:iam:::role/r"},
    )
    stack = write(
        tmp_path,
        {
            "aws_backup_vault": {"v": {"name": "superset-production"}, "n": {"name": "none"}},
            "aws_backup_plan": {"p": {"name": "superset-production"}, "n": {"name": "none"}},
            "aws_budgets_budget": {"b": {"name": "superset-month"}, "n": {"name": "none"}},
            "aws_scheduler_schedule": {"s": {"name": "superset-export"}, "n": {"name": "none"}},
        },
    )
    assert found(stack) == {
        "aws_backup_vault.v": "superset-production",
        "aws_backup_plan.p": plan,
        "aws_budgets_budget.b": "123456789012:superset-month",
        "aws_scheduler_schedule.s": "default/superset-export",
    }


def test_finds_a_load_balancer_with_its_listener_and_rule(aws: None, tmp_path: Path) -> None:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = made_vpc()
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.10.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="superset-production", Subnets=subnets)[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name="superset-production", Port=80, Protocol="HTTP", VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    rule = elb.create_rule(
        ListenerArn=listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Rules"][0]["RuleArn"]
    stack = write(
        tmp_path,
        {
            "aws_lb_listener_rule": {
                "r": {"listener_arn": "${aws_lb_listener.l.arn}", "priority": 10},
                "absent": {"listener_arn": "${aws_lb_listener.l.arn}", "priority": 20},
            },
            "aws_lb_listener": {
                "l": {"load_balancer_arn": "${aws_lb.l.arn}", "port": 80},
                "absent": {"load_balancer_arn": "${aws_lb.l.arn}", "port": 443},
            },
            "aws_lb": {"l": {"name": "superset-production"}, "absent": {"name": "absent"}},
            "aws_lb_target_group": {"t": {"name": "superset-production"}},
        },
    )
    assert found(stack) == {
        "aws_lb.l": balancer,
        "aws_lb_target_group.t": group,
        "aws_lb_listener.l": listener,
        "aws_lb_listener_rule.r": rule,
    }


def test_finds_records_of_a_zone_that_the_stack_only_looks_up(aws: None, tmp_path: Path) -> None:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    zone = zone.rpartition("/")[2]

    def record(region: str) -> dict[str, Any]:
        return {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": "analytics.example.com",
                "Type": "A",
                "SetIdentifier": region,
                "Region": region,
                "TTL": 60,
                "ResourceRecords": [{"Value": "10.0.0.1"}],
            },
        }

    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [record("us-east-1")]}
    )
    check = route53.create_health_check(
        CallerReference="c",
        HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com"},
    )["HealthCheck"]["Id"]
    route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check, AddTags=all_tags("health")
    )

    def block(region: str) -> dict[str, str]:
        return {
            "zone_id": "${data.aws_route53_zone.z.zone_id}",
            "name": "analytics.example.com",
            "type": "A",
            "set_identifier": region,
        }

    stack = write(
        tmp_path,
        {
            "aws_route53_record": {"us": block("us-east-1"), "eu": block("eu-west-1")},
            "aws_route53_health_check": {
                "h": {"tags": tags("health")},
                "absent": {"tags": tags("absent")},
            },
        },
        data={"aws_route53_zone": {"z": {"name": "example.com"}}},
    )
    assert found(stack) == {
        "aws_route53_record.us": f"{zone}_analytics.example.com_A_us-east-1",
        "aws_route53_health_check.h": check,
    }


def test_finds_routes_to_tables_of_another_stack(aws: None, tmp_path: Path) -> None:
    ec2, s3 = client("ec2"), client("s3")
    tables = [
        ec2.create_route_table(VpcId=made_vpc())["RouteTable"]["RouteTableId"] for _ in range(2)
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_route(RouteTableId=tables[1], DestinationCidrBlock="10.20.0.0/16", GatewayId=gateway)
    outputs = {"private_route_table_ids": {"value": tables, "type": ["tuple", ["string"]]}}
    s3.create_bucket(Bucket="state")
    s3.put_object(Bucket="state", Key="r.tfstate", Body=json.dumps({"outputs": outputs}).encode())
    reference = "data.terraform_remote_state.us-east-1.outputs.private_route_table_ids"

    def remote(key: str) -> dict[str, Any]:
        return {"config": {"bucket": "state", "key": key, "region": "us-east-1"}}

    stack = write(
        tmp_path,
        {
            "aws_route": {
                f"r{n}": {
                    "route_table_id": f"${{element({reference}, {n})}}",
                    "destination_cidr_block": "10.20.0.0/16",
                }
                for n in range(2)
            }
        },
        data={
            "terraform_remote_state": {
                "us-east-1": remote("r.tfstate"),
                "eu-west-1": remote("not-applied.tfstate"),
            }
        },
    )
    assert found(stack) == {"aws_route.r1": f"{tables[1]}_10.20.0.0/16"}


def test_leaves_alone_what_another_stack_has_recorded(aws: None, tmp_path: Path) -> None:
    """Bootstrap and a region may each have a certificate of the same domain and name."""
    acm, s3 = client("acm"), client("s3")
    theirs, ours = (
        acm.request_certificate(
            DomainName="analytics.example.com", ValidationMethod="DNS", Tags=all_tags("c")
        )["CertificateArn"]
        for _ in range(2)
    )
    state = {
        "resources": [
            {
                "mode": "managed",
                "type": "aws_acm_certificate",
                "name": "c",
                "instances": [{"attributes": {"id": theirs}}],
            }
        ]
    }
    s3.create_bucket(Bucket="state")
    s3.put_object(Bucket="state", Key="b.tfstate", Body=json.dumps(state).encode())
    block = {
        "aws_acm_certificate": {"c": {"domain_name": "analytics.example.com", "tags": tags("c")}}
    }

    def backend(key: str) -> dict[str, Any]:
        return {"s3": {"bucket": "state", "key": key, "region": "us-east-1"}}

    write(tmp_path, block, name="superset-bootstrap", backend=backend("b.tfstate"))
    stack = write(tmp_path, block, backend=backend("not-applied.tfstate"))
    assert found(stack) == {"aws_acm_certificate.c": ours}


def test_finds_only_its_own_zone_and_certificate(aws: None, tmp_path: Path) -> None:
    route53, acm = client("route53"), client("acm")
    zones = [
        route53.create_hosted_zone(Name="example.com", CallerReference=reference)["HostedZone"][
            "Id"
        ]
        for reference in ("ours", "foreign")
    ]
    ours = zones[0].rpartition("/")[2]
    route53.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=ours, AddTags=all_tags("zone")
    )
    certificates = [
        acm.request_certificate(DomainName="analytics.example.com", ValidationMethod="DNS", Tags=t)
        for t in (all_tags("certificate"), all_tags("another"))
    ]
    stack = write(
        tmp_path,
        {
            "aws_route53_zone": {"z": {"name": "example.com", "tags": tags("zone")}},
            "aws_acm_certificate": {
                "c": {"domain_name": "analytics.example.com", "tags": tags("certificate")}
            },
        },
    )
    assert found(stack) == {
        "aws_route53_zone.z": ours,
        "aws_acm_certificate.c": certificates[0]["CertificateArn"],
    }


def test_finds_the_newest_task_definition_of_its_own(aws: None, tmp_path: Path) -> None:
    ecs = client("ecs")
    lower = [{"key": key, "value": value} for key, value in {**TAGS, "Name": "web"}.items()]
    for family, own in (("superset-app", lower), ("superset-app", lower), ("superset-init", [])):
        ecs.register_task_definition(
            family=family,
            containerDefinitions=[{"name": "superset", "image": "i", "memory": 512}],
            tags=own,
        )
    stack = write(
        tmp_path,
        {
            "aws_ecs_task_definition": {
                "web": {"family": "superset-app", "tags": tags("web")},
                "init": {"family": "superset-init", "tags": tags("init")},
                "absent": {"family": "superset", "tags": tags("web")},
            }
        },
    )
    adopted = found(stack)
    assert list(adopted) == ["aws_ecs_task_definition.web"]
    assert adopted["aws_ecs_task_definition.web"].endswith("task-definition/superset-app:2")


class FakeTerraform:
    """A Terraform that would replace some of what it imports."""

    def __init__(self, replaced: set[str]) -> None:
        self.replaced = replaced
        self.imported: list[list[str]] = []
        self.applied = 0

    def prepare(self) -> None: ...

    def state(self) -> dict[str, Any]:
        return {}

    def plan(self, file: Path, targets: list[str]) -> dict[str, Any]:
        self.imported.append(targets)
        changes = {one: ["delete", "create"] for one in self.replaced & set(targets)}
        changes["aws_iam_role.needed"] = ["create"]
        return {
            "resource_changes": [
                {"address": address, "change": {"actions": actions}}
                for address, actions in changes.items()
            ]
        }

    def apply(self, file: Path) -> None:
        self.applied += 1


NAMED = {
    "aws_ecs_cluster": {"c": {"name": "superset-production"}},
    "aws_ecr_repository": {"r": {"name": "superset"}},
}


@pytest.fixture
def two_things(aws: None) -> None:
    client("ecs").create_cluster(clusterName="superset-production")
    client("ecr").create_repository(repositoryName="superset")


def test_leaves_alone_what_would_be_replaced(two_things: None, tmp_path: Path) -> None:
    said: list[str] = []
    terraform = FakeTerraform({"aws_ecs_cluster.c"})
    stack = write(tmp_path, NAMED)
    taken = adopt(stack, terraform, say=said.append)  # type: ignore[arg-type]
    assert [adoption.address for adoption in taken] == ["aws_ecr_repository.r"]
    assert terraform.imported[-1] == ["aws_ecr_repository.r"]
    assert terraform.applied == 1
    assert "left alone, because it would be replaced: aws_ecs_cluster.c" in said[0]
    assert "because something taken over refers to it: aws_iam_role.needed" in said[1]
    assert list(stack.directory.glob("adopt*")) == []


def test_a_dry_run_changes_nothing(two_things: None, tmp_path: Path) -> None:
    said: list[str] = []
    terraform = FakeTerraform(set())
    adopt(write(tmp_path, NAMED), terraform, dry_run=True, say=said.append)  # type: ignore[arg-type]
    assert terraform.imported == []
    assert len(said) == 2
    assert all("would take over" in line for line in said)


def test_a_stack_that_was_not_synthesized_is_reported(
    aws: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output", str(tmp_path), "superset-nowhere"]) == 1
    assert "synthesize the stack superset-nowhere first" in capsys.readouterr().err


def test_every_type_of_every_stack_has_a_row() -> None:
    snapshots = list((ROOT / "main.tf.json-snapshots").glob("*.tf.json"))
    assert snapshots
    types = {
        kind
        for snapshot in snapshots
        for kind in json.loads(snapshot.read_text()).get("resource", {})
    }
    assert sorted(types - FINDERS.keys() - REPEATABLE.keys()) == []


def test_whatever_is_found_by_tags_has_a_name_of_its_own() -> None:
    """Two resources of a type with the same tags could not be told apart."""
    by_name = {"aws_iam_role", "aws_cloudwatch_log_group"}
    for snapshot in (ROOT / "main.tf.json-snapshots").glob("*.tf.json"):
        document = json.loads(snapshot.read_text())
        for kind, blocks in document.get("resource", {}).items():
            names = [
                (block.get("provider"), block["tags"]["Name"])
                for block in blocks.values()
                if kind in FINDERS and kind not in by_name and block.get("tags")
            ]
            assert len(names) == len(set(names)), f"{snapshot.name}: {kind}"
