"""An emulator that runs what it is told, with the fake image."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from conftest import Aws, launch

from commands.waiting import until

IMAGE = Path(__file__).with_name("image")
PACE = 20
REGION = "us-east-1"
DOMAIN = "fake.example.com"


class Plane:
    """An account with a network, a cluster and roles."""

    def __init__(self, folder: Path) -> None:
        programs = str(Path(sys.executable).parent)
        self.process, document = launch(
            folder, "--run", "--image", str(IMAGE), "--programs", programs, "--pace", str(PACE)
        )
        self.aws = Aws(document["url"], folder / "log")
        self.ecs = self.aws.client("ecs")
        ec2 = self.aws.client("ec2")
        ec2.create_internet_gateway()
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]
        made = ec2.create_security_group(VpcId=self.vpc, GroupName="g", Description="g")
        self.network = {
            "awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [made["GroupId"]]}
        }
        self.group = made["GroupId"]
        self.ecs.create_cluster(clusterName="default")
        self.aws.client("logs").create_log_group(logGroupName="tasks")
        allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        self.role = self.make_role(f"all-{uuid.uuid4().hex[:8]}", [allowed])

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(120)

    def make_role(self, name: str, statements: list[dict[str, Any]], **trust: Any) -> str:
        """A role that ECS may assume; its ARN."""
        iam = self.aws.client("iam")
        principal = {"Service": "ecs-tasks.amazonaws.com"}
        statement = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "sts:AssumeRole",
            **trust,
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        return str(arn)

    def define(self, family: str, *containers: dict[str, Any], **options: Any) -> str:
        """A task definition; each container has what is not given."""
        log = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "tasks",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "p",
            },
        }
        defaults = {"name": "main", "image": "repository", "logConfiguration": log}
        return str(
            self.ecs.register_task_definition(
                **{
                    "family": family,
                    "requiresCompatibilities": ["FARGATE"],
                    "networkMode": "awsvpc",
                    "cpu": "256",
                    "memory": "512",
                    "executionRoleArn": self.role,
                    "taskRoleArn": self.role,
                    "containerDefinitions": [{**defaults, **one} for one in containers or ({},)],
                    **options,
                }
            )["taskDefinition"]["taskDefinitionArn"]
        )

    def run(self, definition: str, **options: Any) -> str:
        """Start a task; its ARN."""
        answer = self.ecs.run_task(
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **options,
        )
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        """As DescribeTasks tells it."""
        return dict(self.ecs.describe_tasks(tasks=[arn])["tasks"][0])

    def ended(self, arn: str) -> dict[str, Any]:
        """The task when it has stopped."""
        until("the task stops", lambda: self.task(arn)["lastStatus"] == "STOPPED")
        return self.task(arn)

    def lines(self, arn: str) -> list[str]:
        """What a task wrote."""
        logs = self.aws.client("logs")
        found = logs.filter_log_events(logGroupName="tasks")["events"]
        return [e["message"] for e in found if e["logStreamName"].endswith(arn.split("/")[-1])]

    def serve(self, name: str, definition: str, count: int = 2, **options: Any) -> None:
        """A service with a circuit breaker."""
        self.ecs.create_service(
            **{
                "serviceName": name,
                "taskDefinition": definition,
                "desiredCount": count,
                "launchType": "FARGATE",
                "networkConfiguration": self.network,
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 50,
                    "maximumPercent": 200,
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                },
                **options,
            }
        )

    def service(self, name: str) -> dict[str, Any]:
        """As DescribeServices tells it."""
        return dict(self.ecs.describe_services(services=[name])["services"][0])

    def is_steady(self, name: str) -> bool:
        """As the SDK's waiter and Terraform see it."""
        found = self.service(name)
        return (
            len(found["deployments"]) == 1
            and found["runningCount"] == found["desiredCount"]
            and found["deployments"][0]["rolloutState"] in ("COMPLETED", "FAILED")
        )

    def steady(self, name: str) -> None:
        """Wait for that."""
        until(f"{name} is steady", lambda: self.is_steady(name))

    def running(self, service: str) -> list[dict[str, Any]]:
        """Tasks of a service whose process runs."""
        tasks = self.aws.control("GET", "dataplane")["tasks"]
        group = f"service:{service}"
        return [one for one in tasks if one["group"] == group and one["status"] == "RUNNING"]

    def target_group(self, name: str, **attributes: str) -> str:
        """A target group that probes every half second; attributes by key with _ for ."""
        elb = self.aws.client("elbv2")
        arn = elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=8080,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=10,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        if attributes:
            given = [{"Key": key, "Value": value} for key, value in attributes.items()]
            elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=given)
        return str(arn)

    def balancer(self, name: str, groups: dict[str, str], **attributes: str) -> None:
        """A load balancer; target group by host name."""
        elb, acm = self.aws.client("elbv2"), self.aws.client("acm")
        certificate = acm.request_certificate(
            DomainName=DOMAIN, SubjectAlternativeNames=list(groups), ValidationMethod="DNS"
        )["CertificateArn"]
        self._validate(certificate)
        arn = elb.create_load_balancer(
            Name=name, Subnets=self.subnets, SecurityGroups=[self.group]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        given = [{"Key": key, "Value": value} for key, value in attributes.items()]
        if given:
            elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=given)
        fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "nobody"}
        listener = elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
        )["Listeners"][0]["ListenerArn"]
        for number, (host, group) in enumerate(groups.items(), 1):
            elb.create_rule(
                ListenerArn=listener,
                Priority=number,
                Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
                Actions=[{"Type": "forward", "TargetGroupArn": group}],
            )

    def _validate(self, certificate: str) -> None:
        acm, dns = self.aws.client("acm"), self.aws.client("route53")
        found = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
        zone = dns.create_hosted_zone(Name="example.com", CallerReference=certificate)
        changes = [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": option["ResourceRecord"]["Name"],
                    "Type": "CNAME",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": option["ResourceRecord"]["Value"]}],
                },
            }
            for option in found["DomainValidationOptions"]
        ]
        dns.change_resource_record_sets(
            HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": changes}
        )

        def issued() -> bool:
            one = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
            return bool(one["Status"] == "ISSUED")

        until("the certificate is issued", issued)

    def connect(self, host: str, timeout: float = 30) -> Client:
        """A client of a load balancer, by host name."""
        plane = self.aws.control("GET", "dataplane")
        context = ssl.create_default_context(cafile=plane["ca"])
        return Client(host, plane["names"][host], context, timeout)

    def answers(self, host: str) -> int:
        """Status of one request; 0 where there is none."""
        try:
            with self.connect(host) as client:
                return client.get("/")[0]
        except (OSError, KeyError, http.client.HTTPException):
            return 0


class Client(http.client.HTTPSConnection):
    """One connection that is kept, to an address under the name of a host."""

    def __init__(self, host: str, address: str, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(host, 443, timeout=timeout, context=context)
        self._address = address
        self._tls = context

    def connect(self) -> None:
        """The address instead of a look-up of the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status, and the document where there is one."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.request("GET", path, headers=given)
        answer = self.getresponse()
        self.headers = answer.headers
        body = answer.read()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, body if kind else json.loads(body)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def children(pid: int) -> set[int]:
    """Every process below one."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(a): int(b) for a, b in (line.split() for line in listed.stdout.splitlines())}
    found: set[int] = set()
    while more := {child for child, up in parents.items() if up in (found | {pid})} - found:
        found |= more
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
