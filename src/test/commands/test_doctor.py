"""`make doctor` names everything that would stop a deploy, and nothing else."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from commands import doctor
from commands.doctor import Doctor, Finding, vcpus
from commands.environment import ROOT
from commands.synthesized import Stack

STACKS = ("superset-bootstrap", "superset-us-east-1", "superset-eu-west-1")
REGIONS = ("us-east-1", "eu-west-1")
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": "sha256:1"},
        "layers": [],
    }
)
PLENTY = 5000.0


class Account:
    """An account that has all that prod needs; what a test takes away is wrong there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.quota = PLENTY
        self.reached = "123456789012"
        for region in REGIONS:
            location = {"CreateBucketConfiguration": {"LocationConstraint": region}}
            boto3.client("s3", region_name=region).create_bucket(
                Bucket=f"superset-production-tfstate-123456789012-{region}",
                **({} if region == "us-east-1" else location),
            )
            ecr = boto3.client("ecr", region_name=region)
            ecr.create_repository(repositoryName="superset-production")
            pushed = ecr.put_image(repositoryName="superset-production", imageManifest=MANIFEST)
            self.digest = pushed["image"]["imageId"]["imageDigest"]
        zone = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
        self.servers = set(zone["DelegationSet"]["NameServers"])
        sns = boto3.client("sns", region_name="us-east-1")
        topic = sns.create_topic(Name="superset-production-audit")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops-team@example.com")

    def client(self, service: str, region: str) -> Any:
        if service == "service-quotas":
            quota = {"Quota": {"Value": self.quota}}
            return SimpleNamespace(get_service_quota=lambda **_: quota)
        if service == "sts":
            identity = {"Account": self.reached}
            return SimpleNamespace(get_caller_identity=lambda: identity)
        return boto3.client(service, region_name=region)

    def wrong(self) -> list[Finding]:
        made = Doctor(stacks(self.folder, self.digest), self.client, lambda _: self.servers)
        return [finding for finding in made.findings() if finding.wrong]


def stacks(folder: Path, digest: str = "") -> list[Stack]:
    """Those of prod, as they are in the snapshots, with another image."""
    for name in STACKS:
        text = (ROOT / "main.tf.json-snapshots" / f"{name}.tf.json").read_text()
        configured = text.partition("@sha256:")[2][:64]
        made = folder / "stacks" / name / "cdk.tf.json"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text.replace(f"sha256:{configured}", digest) if configured else text)
    return [Stack(name, folder) for name in STACKS]


@pytest.fixture
def account(tmp_path: Path, aws: None) -> Account:
    return Account(tmp_path)


def test_nothing_is_wrong_where_everything_is_there(account: Account) -> None:
    assert account.wrong() == []


def test_of_a_wrong_account_nothing_else_is_asked(account: Account) -> None:
    account.reached = "999999999999"
    account.quota = 0
    assert [str(one) for one in account.wrong()] == [
        "no  credentials of the account 123456789012: they are of 999999999999; "
        "sign in to the other"
    ]


def test_everything_that_is_wrong_is_said_at_once(account: Account) -> None:
    account.servers = {"ns.registrar.example"}
    account.digest = f"sha256:{'0' * 64}"
    account.quota = 4
    bucket = "superset-production-tfstate-123456789012-eu-west-1"
    boto3.client("s3", region_name="eu-west-1").delete_bucket(Bucket=bucket)
    said = "\n".join(str(one) for one in account.wrong())
    assert f"state bucket {bucket}: deploy bootstrap" in said
    assert "hosted zone example.com is delegated: DNS names ns.registrar.example; have its" in said
    assert "image sha256:000000000000… in us-east-1: push it into the repository" in said
    assert "'Fargate On-Demand vCPU resource count' in eu-west-1: 20.5 of 4: ask Service" in said
    assert "Elastic IPs" not in said


def test_a_mail_that_was_not_confirmed_is_named(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:superset-production-audit",
        "SubscriptionArn": "PendingConfirmation",
        "Endpoint": "ops-team@example.com",
    }
    pages = SimpleNamespace(search=lambda _: [waiting])
    sns = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda: pages))
    made = account.client
    monkeypatch.setattr(
        account, "client", lambda name, region: sns if name == "sns" else made(name, region)
    )
    assert any(
        one.what == "mail of superset-production-audit to ops-team@example.com"
        for one in account.wrong()
    )


def test_vcpus_are_those_of_a_rollout_at_full_scale(tmp_path: Path) -> None:
    region = stacks(tmp_path)[1]
    assert vcpus(region, spot=False) == 2 * (10 * 1 + 0.25)
    assert vcpus(region, spot=True) == 2 * (6 * 1)


def test_a_zone_that_dns_does_not_know_has_no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise doctor.dns.resolver.NXDOMAIN

    monkeypatch.setattr(doctor.dns.resolver, "resolve", unknown)
    assert doctor.name_servers("example.com") == set()
