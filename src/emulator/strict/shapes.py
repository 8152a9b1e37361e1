"""Parameters against botocore's shapes.

botocore's own validator stops at required members, types and minimal lengths; this walker goes on
to enums, patterns, maxima and ranges, which only the services themselves check.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

log = logging.getLogger("emulator")

#: All characters beyond the basic plane, as Java writes them and as Python does.
SURROGATES = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")

#: Longest a pattern may take on one value, in seconds.
PATIENCE = 1.0


@dataclass(frozen=True)
class Violation:
    """One value that does not satisfy its shape."""

    #: where, in the words of AWS's messages: ``tags.1.member.key``
    path: str
    #: name of the shape in the model
    shape: str
    #: required, type, enum, pattern, length or range
    kind: str
    #: AWS's sentence: ``Member must not be null``
    constraint: str
    value: Any = None
    sensitive: bool = False


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[Violation]:
    """Every violation in a value of this shape."""
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map(shape, value, path)
    elif shape.type_name in ("string", "character"):
        yield from _string(shape, value, path)
    elif shape.type_name in ("integer", "long", "short", "byte", "float", "double"):
        yield from _number(shape, value, path)
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        yield _violation(shape, value, path, "type", "Member must be a boolean")
    elif shape.type_name == "blob" and isinstance(value, str | bytes):
        yield from _length(shape, len(value), value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[Violation]:
    if getattr(shape, "is_document_type", False) or getattr(shape, "is_eventstream", False):
        return
    if not isinstance(value, Mapping):
        yield _violation(shape, value, path, "type", "Member must be a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            inner = shape.members[name]
            here = _join(path, name)
            yield Violation(here, inner.name, "required", "Member must not be null")
    for name, item in value.items():
        if name in shape.members and item is not None:
            yield from violations(shape.members[name], item, _join(path, name))


def _list(shape: ListShape, value: Any, path: str) -> Iterator[Violation]:
    if not isinstance(value, list):
        yield _violation(shape, value, path, "type", "Member must be a list")
        return
    yield from _length(shape, len(value), value, path)
    for index, item in enumerate(value, 1):
        yield from violations(shape.member, item, f"{path}.{index}.member")


def _map(shape: MapShape, value: Any, path: str) -> Iterator[Violation]:
    if not isinstance(value, Mapping):
        yield _violation(shape, value, path, "type", "Member must be a map")
        return
    yield from _length(shape, len(value), value, path)
    for key, item in value.items():
        yield from violations(shape.key, key, f"{path}.key")
        yield from violations(shape.value, item, f"{path}.{key}.member")


def _string(shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield _violation(shape, value, path, "type", "Member must be a string")
        return
    enum = shape.enum if isinstance(shape, StringShape) else []
    if enum and value not in enum:
        text = f"Member must satisfy enum value set: [{', '.join(enum)}]"
        yield _violation(shape, value, path, "enum", text)
    yield from _length(shape, len(value), value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        text = f"Member must satisfy regular expression pattern: {pattern}"
        yield _violation(shape, value, path, "pattern", text)


def _number(shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield _violation(shape, value, path, "type", "Member must be a number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        text = f"Member must have value greater than or equal to {low}"
        yield _violation(shape, value, path, "range", text)
    if high is not None and value > high:
        text = f"Member must have value less than or equal to {high}"
        yield _violation(shape, value, path, "range", text)


def _length(shape: Shape, length: int, value: Any, path: str) -> Iterator[Violation]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        text = f"Member must have length greater than or equal to {low}"
        yield _violation(shape, value, path, "length", text)
    if high is not None and length > high:
        text = f"Member must have length less than or equal to {high}"
        yield _violation(shape, value, path, "length", text)


def _violation(shape: Shape, value: Any, path: str, kind: str, text: str) -> Violation:
    return Violation(path, shape.name, kind, text, value, bool(shape.metadata.get("sensitive")))


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _matches(pattern: str, value: str) -> bool:
    """Whole value, as services match; a pattern with its own anchors says itself what it means."""
    found = compiled(pattern)
    if found is None:
        return True
    match = found.search if _anchored(pattern) else found.fullmatch
    try:
        return match(value, timeout=PATIENCE) is not None
    except TimeoutError:
        log.error("PATTERN TOO SLOW %s", pattern)
        return True


def _anchored(pattern: str) -> bool:
    return pattern.startswith("^") or pattern.endswith("$")


@cache
def compiled(pattern: str) -> regex.Pattern[str] | None:
    """The pattern, None where it is not understood (and then not checked)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return regex.compile(pattern.replace(*SURROGATES))
        except regex.error as problem:
            log.error("PATTERN NOT UNDERSTOOD %s: %s", pattern, problem)
            return None
