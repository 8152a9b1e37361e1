"""The real Terraform: its state is lost, its lock left behind, and both are put right."""

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import served
from synthesis import tags, write

from commands import adopt, terraform, unlock
from commands.synthesized import Stack

BUCKET = "superset-production-tfstate"
KEY = "superset-us-east-1.tfstate"
BACKEND = {"s3": {"bucket": BUCKET, "key": KEY, "region": "us-east-1", "use_lockfile": True}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        }
    ],
}
RESOURCES: dict[str, dict[str, Any]] = {
    "aws_vpc": {"v": {"cidr_block": "10.10.0.0/16", "tags": tags("vpc")}},
    "aws_subnet": {
        "s": {"vpc_id": "${aws_vpc.v.id}", "cidr_block": "10.10.0.0/24", "tags": tags("subnet")}
    },
    "aws_route_table": {"t": {"vpc_id": "${aws_vpc.v.id}", "tags": tags("table")}},
    "aws_route_table_association": {
        "a": {"route_table_id": "${aws_route_table.t.id}", "subnet_id": "${aws_subnet.s.id}"}
    },
    "aws_eip": {"e": {"domain": "vpc", "tags": tags("address")}},
    "aws_nat_gateway": {
        "n": {
            "allocation_id": "${aws_eip.e.id}",
            "subnet_id": "${aws_subnet.s.id}",
            "tags": tags("nat"),
        }
    },
    "aws_security_group": {
        "g": {"name": "web", "description": "Web", "vpc_id": "${aws_vpc.v.id}", "tags": tags("web")}
    },
    "aws_vpc_security_group_ingress_rule": {
        "i": {
            "security_group_id": "${aws_security_group.g.id}",
            "cidr_ipv4": "0.0.0.0/0",
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
            "tags": tags("web-in"),
        }
    },
    "aws_iam_role": {
        "r": {"name": "task", "assume_role_policy": json.dumps(TRUST), "tags": tags("task")}
    },
    # As the platform's: Terraform makes a placeholder, a function fills it, others refer to it.
    "aws_ssm_parameter": {
        "writer": {
            "name": "/superset/writer",
            "type": "String",
            "insecure_value": json.dumps({"region": "unset"}),
            "tags": tags("writer"),
            "lifecycle": {"ignore_changes": ["insecure_value"]},
        }
    },
    "aws_cloudwatch_log_group": {"l": {"name": "/superset/web", "tags": tags("log")}},
    "aws_secretsmanager_secret": {
        "s": {
            "name": "superset/admin",
            "tags": tags("admin"),
            "lifecycle": {
                "precondition": [
                    {
                        "condition": (
                            '${contains(["unset", "us-east-1"], '
                            "jsondecode(aws_ssm_parameter.writer.insecure_value).region)}"
                        ),
                        "error_message": "Another region is the writer.",
                    }
                ]
            },
        }
    },
}


@pytest.fixture
def server() -> Iterator[str]:
    """An AWS that the real Terraform can reach, and an environment that leads there."""
    with served.aws() as url:
        terraform._variables.cache_clear()
        yield url
    terraform._variables.cache_clear()


@pytest.fixture
def stack(server: str, tmp_path: Path) -> Stack:
    """The stack, deployed."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
    stack = write(tmp_path, RESOURCES, backend=BACKEND)
    tool = terraform.Terraform(stack.directory)
    tool.prepare()
    tool.run("apply", "-auto-approve", "-input=false", "-no-color")
    return stack


def test_a_lost_state_is_found_again_and_nothing_is_made_twice(stack: Stack) -> None:
    writer = json.dumps({"region": "us-east-1", "host": "${no expression}"})
    ssm = boto3.client("ssm", region_name="us-east-1")
    ssm.put_parameter(Name="/superset/writer", Value=writer, Overwrite=True)
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    lock = {
        "ID": str(uuid.uuid4()),
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "killed@elsewhere",
        "Version": "1.11.4",
        "Created": "2026-01-01T00:00:00Z",
        "Path": f"{BUCKET}/{KEY}",
    }
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(lock).encode())
    # What the dead deploy's folder held is of no use to the next deployer either.
    shutil.rmtree(stack.directory / ".terraform")
    output = ["--output", str(stack.directory.parents[1])]

    assert adopt.main([stack.name, *output]) == 1
    assert unlock.main([stack.name, "--yes", stack.name, *output]) == 0
    assert adopt.main([stack.name, *output]) == 0

    tool = terraform.Terraform(stack.directory)
    state = terraform.recorded(tool.state())
    assert sorted(state) == sorted(resource.address for resource in stack.resources)
    tool.run("plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert ssm.get_parameter(Name="/superset/writer")["Parameter"]["Value"] == writer
    assert sorted(path.name for path in stack.directory.glob("*.json")) == ["cdk.tf.json"]
    vpcs = boto3.client("ec2", region_name="us-east-1").describe_vpcs(
        Filters=[{"Name": "tag:Name", "Values": ["vpc"]}]
    )["Vpcs"]
    assert [vpc["VpcId"] for vpc in vpcs] == [state["aws_vpc.v"]["id"]]
    assert adopt.find_unrecorded(stack, state) == []
