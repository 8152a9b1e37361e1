"""Names in a request that the model does not know: misspelled or invented parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emulator.wire import Call

#: Names of the query protocol itself and of its signatures.
PROTOCOL = frozenset({"Action", "Version", "AWSAccessKeyId", "Signature", "SignatureMethod"})


class NotWellFormed(ValueError):
    """The body is not the JSON or XML it claims to be."""


def unknown(call: Call, body: bytes) -> Iterator[str]:
    """Names that no member of the input shape has. NotWellFormed: there is nothing to read."""
    assert call.model is not None
    shape = call.model.input_shape
    if call.protocol in ("query", "ec2"):
        for name in call.unread:
            if name not in PROTOCOL and not name.startswith("X-Amz-"):
                yield name
    elif call.protocol == "json" and body:
        yield from _json(shape, _load(body), "")
    elif call.protocol == "rest-json":
        document = _payload(shape)
        if document is not None and body:
            yield from _json(document, _load(body), "")
    elif call.protocol == "rest-xml":
        document = _payload(shape)
        if document is not None and body:
            yield from _xml(document, _tree(body), "")


def _load(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as problem:
        raise NotWellFormed(str(problem)) from problem


def _tree(body: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise NotWellFormed(str(problem)) from problem


def _payload(shape: StructureShape) -> Shape | None:
    """The shape of the body; None where it is bytes or text."""
    name = shape.serialization.get("payload")
    if not name:
        return shape
    payload = shape.members[name]
    return payload if isinstance(payload, StructureShape) else None


def _json(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None or getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = {
            member.serialization.get("name", name): member
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }
        for name, item in value.items():
            if name not in members:
                yield f"{path}{name}"
            else:
                yield from _json(members[name], item, f"{path}{name}.")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for item in value:
            yield from _json(shape.member, item, path)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for item in value.values():
            yield from _json(shape.value, item, path)


def _xml(shape: Shape, node: ElementTree.Element, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        members = {_element(name, member): member for name, member in shape.members.items()}
        for child in node:
            name = child.tag.rpartition("}")[2]
            if name not in members:
                yield f"{path}{name}"
                continue
            member = members[name]
            if isinstance(member, ListShape) and member.serialization.get("flattened"):
                member = member.member
            yield from _xml(member, child, f"{path}{name}.")
    elif isinstance(shape, ListShape):
        for child in node:
            yield from _xml(shape.member, child, path)


def _element(name: str, member: Shape) -> str:
    """The element a member of a structure is written as."""
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        inner = member.member.serialization.get("name")
        if inner:
            return str(inner)
    return str(member.serialization.get("name", name))
