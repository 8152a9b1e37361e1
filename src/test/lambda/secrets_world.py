"""A small AWS in memory: two regions with everything superset-secrets finds there."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends

from superset_secrets import handler
from superset_secrets.values import KINDS

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
"""Otherwise every region that has a database first makes a few thousand machine images."""

WRITER = "us-east-1"
OTHER = "eu-west-1"
DATABASE = "superset-production"
PLACEHOLDER = {"region": "unset", "host": "unset", "port": 0}


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing may catch it."""


@dataclass
class Call:
    """One AWS call as the recorder saw it."""

    region: str
    operation: str
    parameters: dict[str, Any]


@dataclass
class Recorder:
    """Stands before every AWS call: records, refuses regions, kills at a chosen call."""

    calls: list[Call] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    kill_before: int | None = None
    kill_after: int | None = None
    hook: Callable[[Call], None] | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    """Region to the master password its database was last given; moto does not keep it."""

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = botocore.client.BaseClient._make_api_call

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            one = Call(client.meta.region_name, operation, parameters)
            if one.region in self.refused:
                self.calls.append(one)
                raise EndpointConnectionError(endpoint_url=client.meta.endpoint_url)
            if self.kill_before == len(self.calls):
                raise Killed
            self.calls.append(one)
            if self.hook:
                self.hook(one)
            answer = original(client, operation, parameters)
            if "MasterUserPassword" in parameters:
                self.passwords[one.region] = parameters["MasterUserPassword"]
            if self.kill_after == len(self.calls) - 1:
                raise Killed
            return answer

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)

    def fresh(self) -> None:
        """Forget the calls and whatever was to happen."""
        self.calls.clear()
        self.kill_before = self.kill_after = self.hook = None

    def of(self, operation: str, region: str | None = None) -> list[Call]:
        return [c for c in self.calls if c.operation == operation and region in (None, c.region)]


class Context:
    """Lambda's context object, with a clock that tests advance by sleeping."""

    def __init__(self, seconds: float = 900) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class World:
    """The regions, from the outside."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
        self._monkeypatch = monkeypatch
        self.recorder = recorder

    def deploy_region(self, region: str) -> None:
        """What Terraform makes before it invokes the function."""
        secrets = boto3.client("secretsmanager", region_name=region)
        for name in KINDS:
            secrets.create_secret(Name=name)
        boto3.client("ssm", region_name=region).put_parameter(
            Name="/superset/writer", Value=json.dumps(PLACEHOLDER), Type="String"
        )

    def create_database(self, region: str = WRITER) -> None:
        boto3.client("rds", region_name=region).create_db_instance(
            DBInstanceIdentifier=DATABASE,
            DBInstanceClass="db.r6g.large",
            Engine="postgres",
            AllocatedStorage=100,
            MasterUsername="superset_admin",
            MasterUserPassword="throw-away",
        )

    def create_replica(self, region: str = OTHER) -> None:
        boto3.client("rds", region_name=region).create_db_instance_read_replica(
            DBInstanceIdentifier=DATABASE,
            SourceDBInstanceIdentifier=(f"arn:aws:rds:{WRITER}:{DEFAULT_ACCOUNT_ID}:db:{DATABASE}"),
            SourceRegion=WRITER,
        )

    def invoke(
        self, region: str, versions: dict[str, int] | int = 1, configured_writer: str = WRITER
    ) -> dict[str, Any]:
        """Run the function as the region's Lambda would."""
        wanted = versions if isinstance(versions, dict) else dict.fromkeys(KINDS, versions)
        for key, value in {
            "SUPERSET_REGION": region,
            "SUPERSET_WRITER": configured_writer,
            "SUPERSET_REGIONS": f"{WRITER},{OTHER}",
            "SUPERSET_DATABASE": DATABASE,
            "SUPERSET_DATABASE_USERNAME": "superset_admin",
            "SUPERSET_ADMIN_USERNAME": "admin",
        }.items():
            self._monkeypatch.setenv(key, value)
        return handler.handle({"versions": wanted}, Context())

    def password_of_database(self, region: str = WRITER) -> str:
        return self.recorder.passwords[region]

    def labels(self, region: str, name: str) -> dict[str, str]:
        """Staging label to version id."""
        secret = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].secrets[name]
        return {
            stage: identifier
            for identifier, version in secret.versions.items()
            for stage in version["version_stages"]
        }

    def value(self, region: str, name: str, stage: str = "AWSCURRENT") -> dict[str, str] | None:
        secret = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].secrets[name]
        identifier = self.labels(region, name).get(stage)
        return json.loads(secret.versions[identifier]["secret_string"]) if identifier else None

    def put_by_hand(self, region: str, name: str, value: dict[str, str]) -> None:
        boto3.client("secretsmanager", region_name=region).put_secret_value(
            SecretId=name, SecretString=json.dumps(value)
        )

    def writer_parameter(self, region: str) -> dict[str, Any]:
        ssm = boto3.client("ssm", region_name=region)
        return json.loads(ssm.get_parameter(Name="/superset/writer")["Parameter"]["Value"])

    def set_writer_parameter(self, region: str, writer: str) -> None:
        """What a promotion does."""
        boto3.client("ssm", region_name=region).put_parameter(
            Name="/superset/writer",
            Value=json.dumps({"region": writer, "host": f"db.{writer}", "port": 5432}),
            Overwrite=True,
        )
