"""Fixtures of the functions' tests; the helpers are in secrets_world.py and promote_world.py."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from secrets_world import OTHER, WRITER, Recorder, World


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    recorder.install(monkeypatch)
    return recorder


@pytest.fixture(scope="session")
def clients() -> dict[tuple[str, str], Any]:
    """Made once: reading a service's description takes longer than most tests."""
    return {}


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch, clients: dict[tuple[str, str], Any]) -> None:
    """Nothing of the caller's environment, no waiting, and clients that are used again."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("superset_secrets.database.time.sleep", lambda seconds: None)
    original = boto3.client

    def client(service: str, region_name: str | None = None, config: Config | None = None) -> Any:
        key = (service, region_name or os.environ["AWS_DEFAULT_REGION"])
        if key not in clients:
            clients[key] = original(service, region_name=key[1], config=config)
        return clients[key]

    monkeypatch.setattr(boto3, "client", client)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> Iterator[World]:
    """Both regions deployed, the database new, nothing filled."""
    with mock_aws():
        world = World(monkeypatch, recorder)
        for region in (WRITER, OTHER):
            world.deploy_region(region)
        world.create_database()
        recorder.fresh()
        yield world
