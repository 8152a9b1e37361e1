"""Errors in the words and the wire format of the service that was called."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from http import HTTPStatus

from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.serialize import get_serializer_class

from emulator.wire import Call, service_model


@dataclass(frozen=True)
class Refusal:
    """An error answer: AWS's code, a message, an HTTP status."""

    code: str
    message: str
    status: int = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Raised(ServiceException):
    """A class of our own: moto looks for the error's model by the module of the exception."""


def render(call: Call, refusal: Refusal) -> Answer:
    """The refusal as this service would send it."""
    service = service_model(call.service)
    if service is None:
        body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
        kind = "application/x-amz-json-1.1"
        headers = (("Content-Type", kind), ("X-Amzn-Errortype", refusal.code))
        return Answer(refusal.status, headers, body)
    operation = call.model or OperationModel({"name": call.operation or "Unknown"}, service)
    protocol = call.protocol or str(service.protocol)
    serializer = get_serializer_class(call.service, protocol)(operation_model=operation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto warns of codes that the model does not list
        made = serializer.serialize(_Raised(refusal.code, refusal.message))
    body = made["body"]
    headers = tuple((name, str(value)) for name, value in made["headers"].items())
    return Answer(refusal.status, headers, body.encode() if isinstance(body, str) else body)
