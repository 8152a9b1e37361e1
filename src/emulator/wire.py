"""What a request asks for, read from its signature, its shape and botocore's service models."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model
from werkzeug.datastructures import CombinedMultiDict

#: Services whose signing name is not botocore's name of the service.
NAMES = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "email": "sesv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "aws-marketplace": "marketplacecommerceanalytics",
    "execute-api": "apigatewaymanagementapi",
}

_SCOPE = re.compile(
    r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)
_UNSIGNED_STS = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})


@dataclass(frozen=True)
class Call:
    """One request to AWS."""

    #: botocore's name of the service; "unknown" where the request does not tell
    service: str
    #: the operation's name in the model; "" where no operation matches
    operation: str
    region: str
    access_key: str
    protocol: str = ""
    model: OperationModel | None = None
    uri: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    #: names in a query-protocol body that the model does not know
    unread: tuple[str, ...] = ()
    #: why the parameters could not be read at all
    unreadable: str = ""


class _Tracked(CombinedMultiDict):  # type: ignore[type-arg]
    """Form values that remember which of them a parser asked for."""

    def __init__(self, values: CombinedMultiDict) -> None:  # type: ignore[type-arg]
        super().__init__(values.dicts)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002
        self.asked.add(key)
        return super().get(key, default, type)


@cache
def service_model(name: str) -> ServiceModel | None:
    """The model of a service, None where botocore has no such service."""
    try:
        return get_service_model(name)
    except UnknownServiceError:
        return None


def read(request: Request) -> Call:
    """Read a request whose body is buffered (it is consumed)."""
    key, region, service = _scope(request)
    model = service_model(service)
    if model is None:
        return Call(service, _header_operation(request), region, key)
    try:
        operation, uri = get_service_router(service).match(request)
        protocol = determine_request_protocol(model, request.content_type)
    except (NotFound, NotImplementedError):
        name = request.values.get("Action") or _header_operation(request)
        return Call(service, name, region, key, str(model.protocol))
    call = Call(service, str(operation.name), region, key, protocol, operation, uri)
    return _parsed(call, request)


def _parsed(call: Call, request: Request) -> Call:
    values = _Tracked(request.values)
    assert call.model is not None
    parser = PROTOCOL_PARSERS[call.protocol](call.model)
    try:
        parameters = parser.parse(
            {
                "method": request.method,
                "values": values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": call.uri,
            }
        )
    except Exception as problem:  # a parser fails in as many ways as a body can be wrong
        return _with(call, unreadable=f"{type(problem).__name__}: {problem}")
    unread: tuple[str, ...] = ()
    if call.protocol in ("query", "ec2"):
        unread = tuple(name for name in request.values if name not in values.asked)
    given = {name: value for name, value in parameters.items() if value is not None}
    return _with(call, parameters=given, unread=unread)


def _with(call: Call, **changes: Any) -> Call:
    return Call(**{**call.__dict__, **changes})


def _header_operation(request: Request) -> str:
    return request.headers.get("X-Amz-Target", "").rpartition(".")[2]


def _scope(request: Request) -> tuple[str, str, str]:
    """Access key, region and service of the signature, in the header or the query string."""
    found = _SCOPE.search(request.headers.get("Authorization", ""))
    if not found and "X-Amz-Credential" in request.args:
        found = _SCOPE.search(f"Credential={request.args['X-Amz-Credential']}")
    if found:
        service = found["service"].lower()
        if service == "elasticloadbalancing" and request.values.get("Version") == "2012-06-01":
            service = "elb"
        if service == "s3" and request.path.startswith("/v20180820/"):
            service = "s3control"
        return found["key"], found["region"], NAMES.get(service, service)
    if request.values.get("Action") in _UNSIGNED_STS:
        return "anonymous", "us-east-1", "sts"
    return "anonymous", "us-east-1", "unknown"
