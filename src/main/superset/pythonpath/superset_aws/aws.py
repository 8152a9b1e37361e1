"""Clients of AWS's APIs, one per service and process: boto3's connections do not survive a fork."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config

_clients: dict[tuple[int, str, str], Any] = {}

#: Short, because a connection to the database waits for it.
_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}
)


def client(service: str, region: str) -> Any:
    """The client of a service in a region."""
    key = (os.getpid(), service, region)
    if key not in _clients:
        session = boto3.session.Session(region_name=region)
        _clients[key] = session.client(service, config=_CONFIG)
    return _clients[key]
