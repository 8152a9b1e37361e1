"""Fixtures of the tests of superset-secrets; the helpers are in secrets_world.py."""

from collections.abc import Iterator

import pytest
from moto import mock_aws
from secrets_world import OTHER, WRITER, Recorder, World


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    recorder.install(monkeypatch)
    return recorder


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> Iterator[World]:
    """Both regions deployed, the database new, nothing filled."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("superset_secrets.database.time.sleep", lambda seconds: None)
    with mock_aws():
        world = World(monkeypatch, recorder)
        for region in (WRITER, OTHER):
            world.deploy_region(region)
        world.create_database()
        recorder.fresh()
        yield world
