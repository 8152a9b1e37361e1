"""An emulator and a plain moto for the session, each a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from commands.waiting import until

ACCOUNT = "123456789012"
SOURCES = Path(__file__).parents[2]

#: How a check fails where AWS's behaviour is missing.
MISSING = (
    AssertionError,
    BotoCoreError,
    ClientError,
    KeyError,
    ResponseParserError,
    pytest.fail.Exception,
)


_making = threading.Lock()


def _client(url: str, service: str, region: str, key: str) -> Any:
    """Clients take long to make, and one at a time; they can be shared."""
    with _making:
        return _made(url, service, region, key)


@cache
def _made(url: str, service: str, region: str, key: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(
            retries={"total_max_attempts": 1},
            parameter_validation=False,
            max_pool_connections=40,
            s3={"addressing_style": "path"},
        ),
    )


@dataclass(frozen=True)
class Aws:
    """A server that answers as AWS."""

    url: str
    log: Path

    def client(self, service: str, region: str = "us-east-1", key: str = "emulator-test") -> Any:
        """A boto3 client that neither checks its parameters nor tries again."""
        return _client(self.url, service, region, key)

    def control(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        """A request to the control API."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", body, method=method)
        with urllib.request.urlopen(request) as answer:
            return dict(json.load(answer))


def launch(folder: Path, *more: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start an emulator with its files in a folder; the process and its ready document."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "emulator", "--account", ACCOUNT]
    command += ["--log", str(folder / "log"), "--ready", str(ready), *more]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(SOURCES)})
    _wait(ready.exists, process)
    return process, json.loads(ready.read_text())


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The emulator."""
    folder = tmp_path_factory.mktemp("emulator")
    process, document = launch(folder)
    yield Aws(document["url"], folder / "log")
    process.terminate()
    process.wait(60)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """moto without our patches."""
    log = tmp_path_factory.mktemp("plain") / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    _wait(lambda: _listens(port), process)
    yield Aws(f"http://127.0.0.1:{port}", log)
    process.terminate()
    process.wait(60)


@pytest.fixture
def closes(emulator: Aws, plain: Aws) -> Callable[[Callable[[Aws], None]], None]:
    """Run a check that the emulator passes and plain moto does not."""

    def both(check: Callable[[Aws], None]) -> None:
        check(emulator)
        try:
            check(plain)
        except MISSING:
            return
        pytest.fail("plain moto passes this check now: the patch can go")

    return both


@pytest.fixture
def name() -> str:
    """A name nothing else has."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def network() -> Callable[[Aws, str], dict[str, Any]]:
    """Make a VPC with two subnets and a security group in a region."""

    def make(aws: Aws, region: str = "us-east-1") -> dict[str, Any]:
        ec2 = aws.client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{region}{zone}"
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]
        group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]
        return {"vpc": vpc, "subnets": subnets, "group": group}

    return make


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until("the server listens", done, hopeless=lambda: process.poll() is not None)
