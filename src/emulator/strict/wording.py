"""How each service words a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import Refusal
from emulator.strict.shapes import Violation
from emulator.wire import Call

#: Codes of violated constraints, where a service differs from its protocol's usual one.
CODES = {
    "acm": "ValidationException",
    "backup": "InvalidParameterValueException",
    "cloudtrail": "InvalidParameterCombinationException",
    "ec2": "InvalidParameterValue",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "elasticache": "InvalidParameterValue",
    "logs": "InvalidParameterException",
    "rds": "InvalidParameterValue",
    "route53": "InvalidInput",
    "s3": "InvalidArgument",
    "servicediscovery": "InvalidInput",
    "sns": "InvalidParameter",
    "wafv2": "WAFInvalidParameterException",
}

#: Longest value repeated in a message.
LONGEST = 200


def _code(call: Call) -> str:
    usual = "ValidationError" if call.protocol == "query" else "ValidationException"
    return CODES.get(call.service, usual)


def violated(call: Call, found: Sequence[Violation]) -> Refusal:
    """A refusal that names every violated constraint."""
    missing = [violation for violation in found if violation.kind == "required"]
    if call.service == "ec2" and missing:
        name = missing[0].path[0].upper() + missing[0].path[1:]
        return Refusal("MissingParameter", f"The request must contain the parameter {name}")
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    return Refusal(_code(call), f"{count}: {'; '.join(_sentence(item) for item in found)}")


def _sentence(violation: Violation) -> str:
    if violation.kind == "required":
        value = "Value null"
    elif violation.sensitive:
        value = "Value"
    else:
        value = f"Value '{str(violation.value)[:LONGEST]}'"
    where = f"at '{violation.path}' failed to satisfy constraint"
    return f"{value} {where}: {violation.constraint}"


def unknown(call: Call, names: Sequence[str]) -> Refusal:
    """A refusal of names the service does not know."""
    listed = ", ".join(names)
    match call.protocol:
        case "ec2":
            return Refusal("UnknownParameter", f"The parameter {listed} is not recognized")
        case "query":
            return Refusal("MalformedInput", f"Unexpected parameter: {listed}")
        case "rest-xml" if call.service == "s3":
            text = f"The XML you provided was not well-formed: unexpected element {listed}"
            return Refusal("MalformedXML", text)
    return Refusal("SerializationException", f"Unexpected field: {listed}")


def unreadable(call: Call, why: str) -> Refusal:
    """A refusal of a body that is not what the protocol says."""
    if call.service == "s3":
        return Refusal("MalformedXML", f"The XML you provided was not well-formed: {why}")
    if call.protocol == "query":
        return Refusal("MalformedInput", why)
    return Refusal("SerializationException", why)
