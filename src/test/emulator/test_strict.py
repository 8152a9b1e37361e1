"""The emulator refuses what AWS refuses."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError
from conftest import Aws

from emulator.strict.exemptions import EXEMPTIONS
from emulator.strict.shapes import compiled
from emulator.wire import service_model

TASK: dict[str, Any] = {
    "family": "f",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "c", "image": "i"}],
}
DATABASE: dict[str, Any] = {
    "DBInstanceIdentifier": "d",
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "StorageType": "gp3",
    "MasterUsername": "superset_admin",
    "MasterUserPassword": "a-long-password",
}
GROUP: dict[str, Any] = {
    "ReplicationGroupId": "r",
    "ReplicationGroupDescription": "d",
    "CacheNodeType": "cache.t4g.micro",
}
USER: dict[str, Any] = {
    "UserId": "u",
    "UserName": "u",
    "Engine": "redis",
    "AccessString": "on ~* +@all",
    "AuthenticationMode": {"Type": "iam"},
}

#: service, call, arguments, code, words of the message
REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    # required
    ("sns", "create_topic", {}, "InvalidParameter", "'name' .* must not be null"),
    ("ssm", "put_parameter", {"Name": "/n"}, "ValidationException", "'value' .* must not be null"),
    ("ec2", "create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter", "VpcId"),
    ("rds", "create_db_instance", {"Engine": "postgres"}, "InvalidParameterValue", "not be null"),
    ("ecs", "create_service", {"cluster": "c"}, "InvalidParameterException", "'serviceName'"),
    ("lambda", "create_function", {"FunctionName": "f"}, "ValidationException", "'role'"),
    ("route53", "create_hosted_zone", {"Name": "a.com"}, "InvalidInput", "'callerReference'"),
    # enum
    (
        "ecs",
        "put_cluster_capacity_providers",
        {
            "cluster": "c",
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 2000}],
        },
        "InvalidParameterException",
        "less than or equal to 1000",
    ),
    (
        "ecs",
        "register_task_definition",
        {**TASK, "networkMode": "overlay"},
        "InvalidParameterException",
        r"'networkMode' .* enum value set: \[bridge, host, awsvpc, none\]",
    ),
    (
        "elasticache",
        "create_user",
        {**USER, "AuthenticationMode": {"Type": "token"}},
        "InvalidParameterValue",
        "'authenticationMode.type' .* enum value set",
    ),
    (
        "elbv2",
        "create_target_group",
        {"Name": "t", "TargetType": "pod"},
        "ValidationError",
        "'targetType' .* enum",
    ),
    # pattern
    (
        "ecr",
        "create_repository",
        {"repositoryName": "Superset!"},
        "InvalidParameterException",
        "'repositoryName' .* regular expression",
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "a b"},
        "InvalidParameterException",
        "'logGroupName' .* regular expression",
    ),
    (
        "iam",
        "create_role",
        {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"},
        "ValidationError",
        "'roleName' .* regular expression",
    ),
    (
        "lambda",
        "create_alias",
        {"FunctionName": "f", "Name": "1", "FunctionVersion": "1"},
        "ValidationException",
        "'name' .* regular expression",
    ),
    # length and range
    (
        "iam",
        "create_role",
        {"RoleName": "r" * 65, "AssumeRolePolicyDocument": "{}"},
        "ValidationError",
        "length less than or equal to 64",
    ),
    (
        "secretsmanager",
        "create_secret",
        {"Name": "n" * 513},
        "ValidationException",
        "length less than or equal to 512",
    ),
    (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "f", "Timeout": 901},
        "ValidationException",
        "value less than or equal to 900",
    ),
    (
        "kms",
        "schedule_key_deletion",
        {"KeyId": "k", "PendingWindowInDays": 400},
        "ValidationException",
        "value less than or equal to 365",
    ),
    # type
    (
        "ecs",
        "create_service",
        {"serviceName": "s", "enableExecuteCommand": "yes"},
        "InvalidParameterException",
        "must be a boolean",
    ),
    # beyond the models
    ("ecs", "register_task_definition", {**TASK, "memory": "4096"}, "ClientException", "Fargate"),
    (
        "ecs",
        "register_task_definition",
        {**TASK, "containerDefinitions": [{"name": "c", "image": "i", "stopTimeout": 300}]},
        "ClientException",
        "at most 120",
    ),
    (
        "ecs",
        "register_task_definition",
        {
            **TASK,
            "containerDefinitions": [
                {"name": "c", "image": "i", "secrets": [{"name": "S", "valueFrom": "arn"}]}
            ],
        },
        "ClientException",
        "execution role",
    ),
    (
        "ecs",
        "register_task_definition",
        {
            **TASK,
            "containerDefinitions": [
                {
                    "name": "c",
                    "image": "i",
                    "healthCheck": {"command": ["CMD"], "startPeriod": 301},
                }
            ],
        },
        "ClientException",
        "startPeriod must be between 0 and 300",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "DBInstanceIdentifier": "a--b"},
        "InvalidParameterValue",
        "not a valid identifier",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "MasterUsername": "admin"},
        "InvalidParameterValue",
        "reserved",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "MasterUserPassword": "with/slash-in-it"},
        "InvalidParameterValue",
        "not a valid password",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "Iops": 12000},
        "InvalidParameterCombination",
        "less than 400",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "BackupRetentionPeriod": 36},
        "InvalidParameterValue",
        "between 0 and 35",
    ),
    (
        "rds",
        "create_db_instance",
        {**DATABASE, "PerformanceInsightsRetentionPeriod": 8},
        "InvalidParameterValue",
        "retention period: 8",
    ),
    (
        "elasticache",
        "create_replication_group",
        {**GROUP, "ReplicationGroupId": "r" * 41},
        "InvalidParameterValue",
        "1 to 40",
    ),
    (
        "elasticache",
        "create_replication_group",
        {**GROUP, "MultiAZEnabled": True},
        "InvalidParameterCombination",
        "automatic failover",
    ),
    (
        "elasticache",
        "create_user",
        {**USER, "UserName": "other"},
        "InvalidParameterValue",
        "identical",
    ),
    (
        "elbv2",
        "create_load_balancer",
        {"Name": "n" * 33, "Subnets": ["a", "b"]},
        "ValidationError",
        "'32' characters",
    ),
    (
        "elbv2",
        "create_load_balancer",
        {"Name": "n", "Subnets": ["a"]},
        "ValidationError",
        "At least two subnets",
    ),
    (
        "elbv2",
        "modify_target_group_attributes",
        {
            "TargetGroupArn": "a",
            "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "3601"}],
        },
        "ValidationError",
        "between 0 and 3600",
    ),
    (
        "elbv2",
        "create_listener",
        {"LoadBalancerArn": "a", "Protocol": "HTTPS", "Port": 443, "DefaultActions": []},
        "ValidationError",
        "certificate must be specified",
    ),
    ("s3", "create_bucket", {"Bucket": "Upper-Case"}, "InvalidBucketName", "not valid"),
]


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code", "words"),
    REFUSED,
    ids=[f"{service}-{call}-{number}" for number, (service, call, *_) in enumerate(REFUSED)],
)
def test_a_request_is_refused(
    emulator: Aws, service: str, call: str, arguments: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(emulator.client(service), call)(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert re.search(words, error["Message"]), error["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def raw(aws: Aws, service: str, body: str, kind: str, target: str = "", path: str = "/") -> str:
    """Send a body that no client would; the answer."""
    scope = f"20260101/us-east-1/{service}/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=k/{scope}, SignedHeaders=a, Signature=b",
        "Content-Type": kind,
        "X-Amz-Target": target,
    }
    method = "PUT" if path != "/" else "POST"
    request = urllib.request.Request(aws.url + path, body.encode(), headers, method=method)
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    return caught.value.read().decode()


@pytest.mark.parametrize(
    ("service", "body", "code"),
    [
        ("sns", "Action=CreateTopic&Version=2010-03-31&Name=n&Nmae=n", "MalformedInput"),
        ("rds", "Action=DescribeDBInstances&Version=2014-10-31&Foo.member.1=x", "MalformedInput"),
        ("ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcIdd.1=x", "UnknownParameter"),
    ],
)
def test_an_unknown_query_parameter_is_refused(
    emulator: Aws, service: str, body: str, code: str
) -> None:
    assert code in raw(emulator, service, body, "application/x-www-form-urlencoded")


def test_an_unknown_json_field_is_refused(emulator: Aws) -> None:
    body = json.dumps({"clusterName": "c", "settings": [{"name": "containerInsights", "vlaue": 1}]})
    target = "AmazonEC2ContainerServiceV20141113.CreateCluster"
    answer = raw(emulator, "ecs", body, "application/x-amz-json-1.1", target)
    assert "SerializationException" in answer
    assert "settings.vlaue" in answer


def test_an_unknown_xml_element_is_refused(emulator: Aws, name: str) -> None:
    emulator.client("s3").create_bucket(Bucket=name)
    body = "<VersioningConfiguration><Statuss>Enabled</Statuss></VersioningConfiguration>"
    answer = raw(emulator, "s3", body, "application/xml", path=f"/{name}?versioning")
    assert "MalformedXML" in answer


def test_a_body_that_is_no_json_is_refused(emulator: Aws) -> None:
    target = "AmazonEC2ContainerServiceV20141113.CreateCluster"
    answer = raw(emulator, "ecs", "{", "application/x-amz-json-1.1", target)
    assert "SerializationException" in answer


def test_a_secret_value_is_not_repeated_in_the_message(emulator: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        emulator.client("secretsmanager").put_secret_value(
            SecretId="s", SecretString="hunter2" * 10000
        )
    assert "hunter2" not in str(caught.value)
    assert "length" in str(caught.value)


def test_a_refused_request_changes_nothing(emulator: Aws, name: str) -> None:
    ecs = emulator.client("ecs")
    with pytest.raises(ClientError):
        ecs.create_cluster(clusterName=name, settings=[{"name": "no such setting"}])
    assert ecs.describe_clusters(clusters=[name])["clusters"] == []


SERVICES = [
    "acm",
    "application-autoscaling",
    "backup",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elbv2",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "ssm",
    "sts",
    "wafv2",
]


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_a_service_is_understood(service: str) -> None:
    model = service_model(service)
    assert model is not None
    for name in model.shape_names:
        pattern = model.shape_for(name).metadata.get("pattern")
        assert not pattern or compiled(pattern) is not None, pattern


def test_every_exemption_names_what_exists() -> None:
    for entry in EXEMPTIONS:
        model = service_model(entry.service)
        assert model is not None
        assert entry.reason
        if entry.kind != "unknown":
            assert entry.shape in model.shape_names
        if entry.operation:
            assert entry.operation in model.operation_names
