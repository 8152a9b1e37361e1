"""What AWS makes once is not made twice, and what is in use is not deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Aws
from test_functions import archive, role

Closes = Callable[[Callable[[Aws], None]], None]
Network = Callable[..., dict[str, Any]]


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_a_subnet_has_one_route_table(closes: Closes, network: Network) -> None:
    def check(aws: Aws) -> None:
        ec2, made = aws.client("ec2"), network(aws)
        first, second = (
            ec2.create_route_table(VpcId=made["vpc"])["RouteTable"]["RouteTableId"]
            for _ in range(2)
        )
        subnet = made["subnets"][0]
        one = ec2.associate_route_table(RouteTableId=first, SubnetId=subnet)["AssociationId"]
        again = ec2.associate_route_table(RouteTableId=first, SubnetId=subnet)["AssociationId"]
        assert again == one
        refused(
            "Resource.AlreadyAssociated",
            ec2.associate_route_table,
            RouteTableId=second,
            SubnetId=subnet,
        )

    closes(check)


def with_names(aws: Aws, network: Network) -> dict[str, Any]:
    made = network(aws)
    aws.client("ec2").modify_vpc_attribute(VpcId=made["vpc"], EnableDnsHostnames={"Value": True})
    return made


def test_a_service_has_one_private_name(closes: Closes, network: Network) -> None:
    def check(aws: Aws) -> None:
        made = with_names(aws, network)
        arguments = {
            "VpcId": made["vpc"],
            "ServiceName": "com.amazonaws.us-east-1.logs",
            "VpcEndpointType": "Interface",
            "SubnetIds": made["subnets"],
            "PrivateDnsEnabled": True,
        }
        ec2 = aws.client("ec2")
        ec2.create_vpc_endpoint(**arguments)
        refused("InvalidParameter", ec2.create_vpc_endpoint, **arguments)

    closes(check)


def test_private_names_need_a_vpc_with_names(closes: Closes, network: Network) -> None:
    def check(aws: Aws) -> None:
        made = network(aws)
        refused(
            "InvalidParameter",
            aws.client("ec2").create_vpc_endpoint,
            VpcId=made["vpc"],
            ServiceName="com.amazonaws.us-east-1.logs",
            VpcEndpointType="Interface",
            SubnetIds=made["subnets"],
            PrivateDnsEnabled=True,
        )

    closes(check)


def test_a_route_table_has_one_gateway_endpoint(closes: Closes, network: Network) -> None:
    def check(aws: Aws) -> None:
        ec2, made = aws.client("ec2"), network(aws)
        table = ec2.create_route_table(VpcId=made["vpc"])["RouteTable"]["RouteTableId"]
        arguments = {
            "VpcId": made["vpc"],
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "RouteTableIds": [table],
        }
        ec2.create_vpc_endpoint(**arguments)
        refused("RouteAlreadyExists", ec2.create_vpc_endpoint, **arguments)

    closes(check)


def test_two_networks_have_one_peering(closes: Closes) -> None:
    def check(aws: Aws) -> None:
        here, there = aws.client("ec2"), aws.client("ec2", "eu-west-1")
        arguments = {
            "VpcId": here.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"],
            "PeerVpcId": there.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"],
            "PeerRegion": "eu-west-1",
        }

        def peering() -> str:
            created = here.create_vpc_peering_connection(**arguments)
            return str(created["VpcPeeringConnection"]["VpcPeeringConnectionId"])

        first = peering()
        assert peering() == first
        there.accept_vpc_peering_connection(VpcPeeringConnectionId=first)
        refused(
            "VpcPeeringConnectionAlreadyExists", here.create_vpc_peering_connection, **arguments
        )

    closes(check)


def test_a_discovery_service_is_made_once(closes: Closes, network: Network, name: str) -> None:
    def check(aws: Aws) -> None:
        discovery = aws.client("servicediscovery")
        discovery.create_private_dns_namespace(Name=f"{name}.local", Vpc=network(aws)["vpc"])
        namespaces = discovery.list_namespaces()["Namespaces"]
        (namespace,) = [item["Id"] for item in namespaces if item["Name"] == f"{name}.local"]
        records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
        arguments = {"Name": "web", "NamespaceId": namespace, "DnsConfig": records}
        discovery.create_service(**arguments)
        refused("ServiceAlreadyExists", discovery.create_service, **arguments)

    closes(check)


def test_a_cluster_made_again_is_the_same(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        ecs = aws.client("ecs")
        ecs.create_cluster(clusterName=name)
        ecs.put_cluster_capacity_providers(
            cluster=name, capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[]
        )
        ecs.create_cluster(clusterName=name)
        (cluster,) = ecs.describe_clusters(clusters=[name])["clusters"]
        assert cluster["capacityProviders"] == ["FARGATE"]

    closes(check)


def test_a_cluster_with_services_stays(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        ecs = aws.client("ecs")
        ecs.create_cluster(clusterName=name)
        ecs.register_task_definition(
            family=name,
            containerDefinitions=[{"name": "c", "image": "i", "memory": 128}],
        )
        ecs.create_service(cluster=name, serviceName=name, taskDefinition=name, desiredCount=1)
        refused("ClusterContainsServicesException", ecs.delete_cluster, cluster=name)
        ecs.delete_service(cluster=name, service=name, force=True)
        ecs.delete_cluster(cluster=name)

    closes(check)


def test_a_permission_is_given_once(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        functions = aws.client("lambda")
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role(aws, name),
            Handler="handler.handle",
            Code={"ZipFile": archive({"handler.py": ""})},
        )
        arguments = {
            "FunctionName": name,
            "StatementId": "events",
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
        }
        functions.add_permission(**arguments)
        refused("ResourceConflictException", functions.add_permission, **arguments)

    closes(check)


def test_a_subnet_group_is_made_once_and_stays_while_used(
    closes: Closes, network: Network, name: str
) -> None:
    def check(aws: Aws) -> None:
        rds, made = aws.client("rds"), network(aws)
        arguments = {
            "DBSubnetGroupName": name,
            "DBSubnetGroupDescription": "d",
            "SubnetIds": made["subnets"],
        }
        rds.create_db_subnet_group(**arguments)
        refused("DBSubnetGroupAlreadyExists", rds.create_db_subnet_group, **arguments)
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="superset_admin",
            MasterUserPassword="a-long-password",
            DBSubnetGroupName=name,
        )
        refused(
            "InvalidDBSubnetGroupStateFault", rds.delete_db_subnet_group, DBSubnetGroupName=name
        )

    closes(check)


def test_a_subnet_group_covers_two_zones(closes: Closes, network: Network, name: str) -> None:
    def check(aws: Aws) -> None:
        refused(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            aws.client("rds").create_db_subnet_group,
            DBSubnetGroupName=name,
            DBSubnetGroupDescription="d",
            SubnetIds=network(aws)["subnets"][:1],
        )

    closes(check)


def test_a_zone_is_made_once_per_reference(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        route53 = aws.client("route53")
        arguments = {"Name": f"{name}.com", "CallerReference": name}
        route53.create_hosted_zone(**arguments)
        refused("HostedZoneAlreadyExists", route53.create_hosted_zone, **arguments)

    closes(check)


def test_a_lock_file_is_written_once(emulator: Aws, name: str) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=name)
    arguments = {"Bucket": name, "Key": "state.tflock", "Body": b"me", "IfNoneMatch": "*"}
    s3.put_object(**arguments)
    refused("PreconditionFailed", s3.put_object, **arguments)
    s3.delete_object(Bucket=name, Key="state.tflock")
    s3.put_object(**arguments)
