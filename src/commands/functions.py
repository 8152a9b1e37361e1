"""Invokes the platform's Lambda functions."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

#: A function runs for 15 minutes at most, and one that was invoked twice would run twice.
_CONFIG = Config(connect_timeout=10, read_timeout=930, retries={"total_max_attempts": 1})


class FunctionFailed(Exception):
    """The function ended with an error; the message is the function's own."""


def invoke(name: str, region: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the function answers. FunctionFailed: with its error."""
    return invoke_with(boto3.client("lambda", region_name=region, config=_CONFIG), name, event)


def invoke_with(client: Any, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with a client of Lambda."""
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    document: dict[str, Any] = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise FunctionFailed(document.get("errorMessage", json.dumps(document)))
    return document
