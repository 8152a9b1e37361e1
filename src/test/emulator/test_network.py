"""Networks, load balancers and buckets: what moto answers otherwise than AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conftest import Aws

Closes = Callable[[Callable[[Aws], None]], None]
Network = Callable[..., dict[str, Any]]


def test_flow_logs_go_to_a_folder_in_the_format_asked_for(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        aws.client("s3").create_bucket(Bucket=name)
        ec2 = aws.client("ec2")
        options = {
            "FileFormat": "parquet",
            "HiveCompatiblePartitions": True,
            "PerHourPartition": True,
        }
        made = ec2.create_flow_logs(
            ResourceType="VPC",
            ResourceIds=[network(aws)["vpc"]],
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination=f"arn:aws:s3:::{name}/flow-logs/",
            DestinationOptions=options,
        )
        assert made["FlowLogIds"], made["Unsuccessful"]
        flow_log = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"][0]
        assert flow_log["LogDestination"] == f"arn:aws:s3:::{name}/flow-logs/"
        assert flow_log["DestinationOptions"] == options

    closes(check)


def test_each_side_tags_a_peering_connection_by_itself(closes: Closes, network: Network) -> None:
    def check(aws: Aws) -> None:
        here, there = aws.client("ec2"), aws.client("ec2", "eu-west-1")
        connection = here.create_vpc_peering_connection(
            VpcId=network(aws)["vpc"],
            PeerVpcId=network(aws, "eu-west-1")["vpc"],
            PeerRegion="eu-west-1",
        )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        for side in (here, there):
            tag = {"Key": "region", "Value": side.meta.region_name}
            side.create_tags(Resources=[connection], Tags=[tag])
        for side in (here, there):
            seen = side.describe_vpc_peering_connections(VpcPeeringConnectionIds=[connection])
            tags = seen["VpcPeeringConnections"][0]["Tags"]
            assert tags == [{"Key": "region", "Value": side.meta.region_name}]

    closes(check)


def test_a_load_balancer_faces_the_internet_unless_told_otherwise(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        made = network(aws)
        elb = aws.client("elbv2")
        elb.create_load_balancer(Name=name, Subnets=made["subnets"], SecurityGroups=[made["group"]])
        found = elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]
        assert found["Scheme"] == "internet-facing"

    closes(check)


def test_a_bucket_that_refuses_plain_http_answers_over_tls(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=name)
        refusal = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = {"Version": "2012-10-17", "Statement": [refusal]}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        s3.put_object(Bucket=name, Key="state", Body=b"{}")
        assert s3.get_object(Bucket=name, Key="state")["Body"].read() == b"{}"

    closes(check)


def test_a_rule_that_names_a_prefix_list_has_a_description(
    closes: Closes, network: Network
) -> None:
    def check(aws: Aws) -> None:
        ec2 = aws.client("ec2")
        lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        s3 = next(p for p in lists if p["PrefixListName"].endswith(".s3"))
        named = {"PrefixListId": s3["PrefixListId"], "Description": "to S3"}
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        rule = ec2.authorize_security_group_egress(
            GroupId=network(aws)["group"],
            IpPermissions=[{**permission, "PrefixListIds": [named]}],
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])
        assert found["SecurityGroupRules"][0]["Description"] == "to S3"

    closes(check)
