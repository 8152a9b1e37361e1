"""What would stop a deploy of SUPERSET_ENVIRONMENT: `python -m commands.doctor`

Synthesizes the environment, then asks the account that the credentials reach: whether it is the
right one, whether bootstrap was deployed, the hosted zone is delegated and the image is there,
whether Service Quotas allow what is configured, and who did not confirm that mails may come.
Reads only. Everything is looked at, whatever is found; the exit code is 1 if anything is wrong.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import dns.exception
import dns.resolver
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from commands.snapshots import SynthesisFailed, synthesize
from commands.synthesized import Stack, stack_names

#: A check that cannot reach AWS says so within seconds.
PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})

#: Service, quota code and name (Service Quotas), and how many a region stack needs.
QUOTAS: tuple[tuple[str, str, str, Callable[[Stack], float]], ...] = (
    ("vpc", "L-F678F1CE", "VPCs per Region", lambda stack: len(stack.of("aws_vpc"))),
    ("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", lambda stack: len(stack.of("aws_eip"))),
    (
        "fargate",
        "L-3032A538",
        "Fargate On-Demand vCPU resource count",
        lambda stack: vcpus(stack, spot=False),
    ),
    (
        "fargate",
        "L-36FBB829",
        "Fargate Spot vCPU resource count",
        lambda stack: vcpus(stack, spot=True),
    ),
)


@dataclass(frozen=True)
class Finding:
    """The outcome of one look.

    :param wrong: what is wrong and what to do; empty: it is as it must be
    """

    what: str
    wrong: str = ""

    def __str__(self) -> str:
        return f"no  {self.what}: {self.wrong}" if self.wrong else f"ok  {self.what}"


def vcpus(stack: Stack, *, spot: bool) -> float:
    """vCPUs of all tasks at the most that scaling starts, twice: a rollout runs both revisions."""
    most = {
        name: target.attributes["max_capacity"]
        for target in stack.of("aws_appautoscaling_target")
        for name in re.findall(r"aws_ecs_service\.([\w-]+)\.", target.attributes["resource_id"])
    }
    cpu = {task.name: int(task.attributes["cpu"]) for task in stack.of("aws_ecs_task_definition")}
    units = 0
    for service in stack.of("aws_ecs_service"):
        (task,) = re.findall(r"_definition\.([\w-]+)\.arn", service.attributes["task_definition"])
        spread = service.attributes["capacity_provider_strategy"]
        has_spot = any(one["capacity_provider"] == "FARGATE_SPOT" for one in spread)
        if has_spot == spot:
            units += most.get(service.name, service.attributes["desired_count"]) * cpu[task]
    return 2 * units / 1024


class Doctor:
    """Looks at one environment and at the account.

    :param stacks: the synthesized stacks
    :param client: makes a client of a service and a region
    :param servers: the name servers that DNS has for a zone
    """

    def __init__(
        self,
        stacks: list[Stack],
        client: Callable[[str, str], Any],
        servers: Callable[[str], set[str]],
    ) -> None:
        self._bootstrap = next(one for one in stacks if one.of("aws_ecr_repository"))
        self._regions = [one for one in stacks if one.of("aws_ecs_cluster")]
        self._client = client
        self._servers = servers

    def findings(self) -> Iterator[Finding]:
        """One after the other; the account first, for nothing else is asked of a wrong one."""
        account = self._account()
        yield account
        if account.wrong:
            return
        for look in (self._buckets, self._delegation, self._images, self._quotas, self._mails):
            try:
                yield from look()
            except (BotoCoreError, ClientError) as error:
                yield Finding(look.__name__.strip("_"), f"could not be looked at: {error}")

    def _account(self) -> Finding:
        what = f"credentials of the account {self._bootstrap.account}"
        try:
            reached = self._client("sts", self._bootstrap.region).get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            return Finding(what, f"{error}; sign in, such as with `aws sso login`")
        if reached != self._bootstrap.account:
            return Finding(what, f"they are of {reached}; sign in to the other")
        return Finding(what)

    def _buckets(self) -> Iterator[Finding]:
        for stack in self._regions:
            bucket, region = stack.backend["bucket"], stack.backend["region"]
            what = f"state bucket {bucket}"
            try:
                self._client("s3", region).head_bucket(Bucket=bucket)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                wrong = "it is somebody else's" if code == "403" else "deploy bootstrap"
                yield Finding(what, wrong)
            else:
                yield Finding(what)

    def _delegation(self) -> Iterator[Finding]:
        for zone in self._bootstrap.of("aws_route53_zone"):
            name = zone.attributes["name"]
            what = f"hosted zone {name} is delegated"
            route53 = self._client("route53", self._bootstrap.region)
            listed = route53.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
            if not listed or listed[0]["Name"] != f"{name}.":
                yield Finding(what, "there is no such zone yet; deploy bootstrap")
                continue
            own = route53.get_hosted_zone(Id=listed[0]["Id"])["DelegationSet"]["NameServers"]
            asked = self._servers(name)
            if asked == {one.rstrip(".") for one in own}:
                yield Finding(what)
            else:
                found = ", ".join(sorted(asked)) or "none"
                wrong = f"DNS names {found}; have its parent name {', '.join(own)}, or "
                yield Finding(what, f"{wrong}certificates are not issued")

    def _images(self) -> Iterator[Finding]:
        for stack in self._regions:
            definitions = stack.of("aws_ecs_task_definition")
            texts = [one.attributes["container_definitions"] for one in definitions]
            pattern = r"amazonaws\.com/([\w/-]+)@(sha256:[0-9a-f]{64})"
            for repository, digest in sorted(set(re.findall(pattern, "".join(texts)))):
                what = f"image {digest[:19]}… in {stack.region}"
                try:
                    self._client("ecr", stack.region).describe_images(
                        repositoryName=repository, imageIds=[{"imageDigest": digest}]
                    )
                except ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code not in ("ImageNotFoundException", "RepositoryNotFoundException"):
                        raise
                    yield Finding(what, f"push it into the repository {repository} there")
                else:
                    yield Finding(what)

    def _quotas(self) -> Iterator[Finding]:
        for stack in self._regions:
            for service, code, name, needs in QUOTAS:
                needed = needs(stack)
                if not needed:
                    continue
                quotas = self._client("service-quotas", stack.region)
                quota = quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
                what = f"quota {name!r} in {stack.region}: {needed:g} of {quota['Value']:g}"
                wrong = f"ask Service Quotas for more ({service}, {code})"
                yield Finding(what, wrong if needed > quota["Value"] else "")

    def _mails(self) -> Iterator[Finding]:
        for stack in (self._bootstrap, *self._regions):
            if not stack.of("aws_sns_topic"):
                continue
            pages = self._client("sns", stack.region).get_paginator("list_subscriptions")
            for one in pages.paginate().search("Subscriptions[]"):
                topic = one["TopicArn"].rpartition(":")[2]
                if any(topic == made.attributes["name"] for made in stack.of("aws_sns_topic")):
                    waits = one["SubscriptionArn"] == "PendingConfirmation"
                    what = f"mail of {topic} to {one['Endpoint']}"
                    yield Finding(what, "the link in AWS's mail was not followed" if waits else "")


def name_servers(zone: str) -> set[str]:
    """What DNS answers; empty where it knows none."""
    try:
        answer = dns.resolver.resolve(zone, "NS", lifetime=10)
    except dns.exception.DNSException:
        return set()
    return {str(one.target).rstrip(".") for one in answer}


def main() -> int:
    """The command line; returns the exit code."""
    environment = os.environ.get("SUPERSET_ENVIRONMENT", "prod")
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        output = Path(folder) / environment
        try:
            synthesize(environment, output)
        except SynthesisFailed as problem:
            print(problem, file=sys.stderr)
            return 1
        stacks = [Stack(name, output) for name in stack_names(output)]
    print(Finding(f"configuration of {environment}"))
    wrong = 0
    doctor = Doctor(
        stacks,
        lambda service, region: boto3.client(service, region_name=region, config=PATIENCE),
        name_servers,
    )
    for finding in doctor.findings():
        print(finding, flush=True)
        wrong += bool(finding.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
