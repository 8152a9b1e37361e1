"""A further attempt of a call is given the first one's answer."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Aws


def attempt(aws: Aws, call: str, number: int, name: str) -> dict[str, Any]:
    """Create a parameter as the given attempt of a call, in the words of the SDKs' headers."""

    def mark(request: Any, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = call
        request.headers["amz-sdk-request"] = f"attempt={number}; max=3"

    client = aws.client("ssm", "eu-west-1", key="somebody")
    client.meta.events.register("before-send.ssm", mark)
    try:
        made: dict[str, Any] = client.put_parameter(Name=name, Value="v", Type="String")
        return made
    finally:
        client.meta.events.unregister("before-send.ssm", mark)


def test_second_attempt_is_answered_as_the_first(emulator: Aws) -> None:
    first = attempt(emulator, "call-1", 1, "/resent/one")
    second = attempt(emulator, "call-1", 2, "/resent/one")
    assert second["Version"] == first["Version"] == 1


def test_another_call_is_carried_out(emulator: Aws) -> None:
    attempt(emulator, "call-2", 1, "/resent/two")
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        attempt(emulator, "call-3", 2, "/resent/two")


def test_first_attempt_is_always_carried_out(emulator: Aws) -> None:
    attempt(emulator, "call-4", 1, "/resent/three")
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        attempt(emulator, "call-4", 1, "/resent/three")
