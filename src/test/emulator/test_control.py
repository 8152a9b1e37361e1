"""The control API: requests, refusing regions, faults."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from conftest import Aws, launch


@pytest.fixture(autouse=True)
def calm(emulator: Aws) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    emulator.control("DELETE", "faults")
    emulator.control("POST", "refuse", {"regions": []})


def requests(aws: Aws, since: int, operation: str) -> list[dict[str, Any]]:
    path = f"requests?since={since}&operation={operation}"
    found: list[dict[str, Any]] = aws.control("GET", path)["requests"]
    return found


@pytest.mark.parametrize(
    ("service", "operation", "call", "arguments", "parameters"),
    [
        ("ec2", "DescribeVpcs", "describe_vpcs", {"VpcIds": []}, {}),
        ("sns", "CreateTopic", "create_topic", {"Name": "n"}, {"Name": "n"}),
        (
            "ssm",
            "PutParameter",
            "put_parameter",
            {"Name": "/n", "Value": "v", "Type": "String"},
            {"Name": "/n", "Value": "v", "Type": "String"},
        ),
        ("s3", "ListBuckets", "list_buckets", {}, {}),
        ("route53", "ListHostedZones", "list_hosted_zones", {}, {}),
        ("ecr", "DescribeRepositories", "describe_repositories", {}, {}),
        ("elbv2", "DescribeLoadBalancers", "describe_load_balancers", {}, {}),
        ("cloudwatch", "DescribeAlarms", "describe_alarms", {}, {}),
    ],
)
def test_every_protocol_is_recorded(
    emulator: Aws,
    service: str,
    operation: str,
    call: str,
    arguments: dict[str, Any],
    parameters: dict[str, Any],
) -> None:
    start = emulator.control("GET", "requests")["next"]
    getattr(emulator.client(service, "eu-west-1", key="somebody"), call)(**arguments)
    (entry,) = requests(emulator, start, operation)
    assert entry["service"] == service
    assert entry["region"] == "eu-west-1"
    assert entry["principal"] == "somebody"
    assert entry["status"] == 200
    assert parameters.items() <= entry["parameters"].items()


def test_a_refused_region_closes_the_connection(emulator: Aws) -> None:
    emulator.control("POST", "refuse", {"regions": ["us-east-1"]})
    for service, call in (
        ("ec2", "describe_vpcs"),
        ("sts", "get_caller_identity"),
        ("s3", "list_buckets"),
        ("rds", "describe_db_instances"),
    ):
        with pytest.raises(ConnectionClosedError):
            getattr(emulator.client(service, "us-east-1"), call)()
        getattr(emulator.client(service, "eu-west-1"), call)()


def test_global_services_outlive_a_refused_region(emulator: Aws) -> None:
    emulator.control("POST", "refuse", {"regions": ["us-east-1"]})
    emulator.client("iam").list_roles()
    emulator.client("route53").list_hosted_zones()


def test_a_region_answers_again_when_the_refusal_is_lifted(emulator: Aws) -> None:
    emulator.control("POST", "refuse", {"regions": ["us-east-1"]})
    emulator.control("POST", "refuse", {"regions": []})
    emulator.client("ec2").describe_vpcs()


def test_a_refused_request_is_recorded_without_a_status(emulator: Aws) -> None:
    emulator.control("POST", "refuse", {"regions": ["us-east-1"]})
    start = emulator.control("GET", "requests")["next"]
    with pytest.raises(ConnectionClosedError):
        emulator.client("ec2").describe_vpcs()
    assert [entry["status"] for entry in requests(emulator, start, "DescribeVpcs")] == [0]


@pytest.mark.parametrize("service", ["sns", "ssm", "s3", "route53", "ec2", "rds"])
def test_an_error_is_worded_for_the_protocol(emulator: Aws, service: str) -> None:
    calls = {
        "sns": "list_topics",
        "ssm": "describe_parameters",
        "s3": "list_buckets",
        "route53": "list_hosted_zones",
        "ec2": "describe_vpcs",
        "rds": "describe_db_instances",
    }
    fault = {"service": service, "action": "error", "code": "AccessDenied", "status": 403}
    emulator.control("POST", "faults", fault)
    with pytest.raises(ClientError) as caught:
        getattr(emulator.client(service), calls[service])()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_fault_ends_after_its_times(emulator: Aws) -> None:
    fault = {"service": "sns", "operation": "ListTopics", "action": "error", "times": 2}
    emulator.control("POST", "faults", fault)
    topics = emulator.client("sns")
    for _ in range(2):
        with pytest.raises(ClientError):
            topics.list_topics()
    topics.list_topics()


def test_a_fault_keeps_to_its_region_and_operation(emulator: Aws) -> None:
    fault = {"service": "sns", "operation": "ListTopics", "region": "eu-west-1", "action": "error"}
    emulator.control("POST", "faults", fault)
    emulator.client("sns", "us-east-1").list_topics()
    emulator.client("sns", "eu-west-1").list_subscriptions()
    with pytest.raises(ClientError):
        emulator.client("sns", "eu-west-1").list_topics()


def test_a_disconnect_carries_nothing_out(emulator: Aws, name: str) -> None:
    emulator.control("POST", "faults", {"service": "sns", "action": "disconnect", "times": 1})
    with pytest.raises(ConnectionClosedError):
        emulator.client("sns").create_topic(Name=name)
    assert name not in str(emulator.client("sns").list_topics())


def test_a_disconnect_afterwards_loses_only_the_answer(emulator: Aws, name: str) -> None:
    fault = {"service": "sns", "action": "disconnect", "after": True, "times": 1}
    emulator.control("POST", "faults", fault)
    with pytest.raises(ConnectionClosedError):
        emulator.client("sns").create_topic(Name=name)
    assert name in str(emulator.client("sns").list_topics())


def test_a_delay_holds_up_only_its_own_request(emulator: Aws) -> None:
    fault = {"service": "sns", "action": "delay", "seconds": 1.0, "times": 1}
    emulator.control("POST", "faults", fault)
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(emulator.client("sns").list_topics)
        while emulator.control("GET", "health")["status"] != "ok":
            time.sleep(0.01)
        emulator.client("ec2").describe_vpcs()
        assert not slow.done()
        slow.result()
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize(
    "fault", [{"action": "explode"}, {}, {"action": "error", "sevrice": "sns"}]
)
def test_a_fault_that_means_nothing_is_refused(emulator: Aws, fault: dict[str, str]) -> None:
    with pytest.raises(HTTPError) as caught:
        emulator.control("POST", "faults", fault)
    assert caught.value.code == 400


def test_an_unknown_control_request_is_not_found(emulator: Aws) -> None:
    with pytest.raises(HTTPError) as caught:
        emulator.control("GET", "nothing")
    assert caught.value.code == 404


def test_what_is_not_emulated_is_a_clear_client_error(emulator: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        emulator.client("docdb-elastic").list_clusters()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError) as caught:
        emulator.client("rds").describe_reserved_db_instances()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_many_requests_at_once_all_happen(emulator: Aws, name: str) -> None:
    def create(number: int) -> str:
        ec2 = emulator.client("ec2", "eu-central-1")
        vpc: str = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        emulator.client("logs", "eu-central-1").create_log_group(logGroupName=f"{name}-{number}")
        return vpc

    with ThreadPoolExecutor(30) as pool:
        made = list(pool.map(create, range(60)))
    assert len(set(made)) == 60
    logs = emulator.client("logs", "eu-central-1")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    assert len([group for page in pages for group in page["logGroups"]]) == 60


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """With a data plane."""
    folder = tmp_path_factory.mktemp("running")
    process, document = launch(folder, "--run")
    yield Aws(document["url"], folder / "log")
    process.terminate()
    process.wait(30)


def test_a_server_beside_aws_gets_a_name_an_address_and_a_certificate(running: Aws) -> None:
    first = running.control("POST", "hosts", {"name": "sales.example.internal"})
    other = running.control("POST", "hosts", {"name": "stock.example.internal"})
    assert first["address"] != other["address"]
    assert first == running.control("POST", "hosts", {"name": "sales.example.internal"})
    plane = running.control("GET", "dataplane")
    assert plane["names"]["sales.example.internal"] == first["address"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(first["certificate"], first["key"])
    theirs, ours = socket.socketpair()
    with ThreadPoolExecutor() as pool:
        shaken = pool.submit(server.wrap_socket, theirs, server_side=True)
        client = ssl.create_default_context(cafile=plane["ca"])
        client.wrap_socket(ours, server_hostname="sales.example.internal").close()
        shaken.result().close()


def test_a_host_without_a_name_is_refused(running: Aws) -> None:
    with pytest.raises(HTTPError) as caught:
        running.control("POST", "hosts", {"name": "two words"})
    assert caught.value.code == 400
