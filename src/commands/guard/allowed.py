"""The losses of data that are meant: ``regions/ENVIRONMENT/allowed-changes.yaml``.

Its keys are in regions/allowed-changes.schema.json, from which editors complete.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import yaml

from commands.environment import ROOT
from commands.lines import line_of
from commands.problems import Mistakes

NAME = "allowed-changes.yaml"
SCHEMA = ROOT / "regions" / "allowed-changes.schema.json"


@dataclass(frozen=True)
class Allowed:
    """One entry.

    :ivar place: ``file:line``
    :ivar action: ``destroy``, ``replace`` or ``rename``
    """

    place: str
    stack: str
    address: str
    action: str
    reason: str


def file_of(environment: str, root: Path = ROOT) -> Path:
    """Where an environment's entries are; the file need not exist."""
    return root / "regions" / environment / NAME


def read(path: Path) -> list[Allowed]:
    """The entries of a file; none where there is no file. Raises Mistakes with all of them."""
    shown = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
    if not path.exists():
        return []
    try:
        text = path.read_text()
        tree = yaml.compose(text, yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError) as failure:
        mark = getattr(failure, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Mistakes([f"{shown}:{line}: is not YAML: {failure}".splitlines()[0]]) from None
    schema = json.loads(SCHEMA.read_text())
    found = [
        (line_of(tree, error.absolute_path), f"{_key(error)}: {_wrong(error)}")
        for error in jsonschema.Draft202012Validator(schema).iter_errors(values)
    ]
    problems = [f"{shown}:{line}: {what}" for line, what in sorted(found)]
    if problems:
        raise Mistakes(problems)
    entries = [
        Allowed(f"{shown}:{line_of(tree, ['changes', index])}", **one)
        for index, one in enumerate(values["changes"])
    ]
    seen: dict[tuple[str, str], Allowed] = {}
    for one in entries:
        first = seen.setdefault((one.stack, one.address), one)
        if first is not one:
            problems.append(
                f"{one.place}: address: {one.address} is at {first.place} already; write it once"
            )
    if problems:
        raise Mistakes(problems)
    return entries


def _key(error: jsonschema.ValidationError) -> str:
    path = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path
    )
    return path.lstrip(".") or "file"


def _wrong(error: jsonschema.ValidationError) -> str:
    given = json.dumps(error.instance, default=str)
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"has no {', '.join(missing)}; needed are {', '.join(error.validator_value)}"
        case "additionalProperties":
            known = error.schema["properties"]
            unknown = sorted(str(name) for name in error.instance if name not in known)
            return f"unknown: {', '.join(unknown)}; known are {', '.join(known)}"
        case "enum":
            return f"is {given}; must be one of {', '.join(error.validator_value)}"
        case "pattern":
            return f"is {given}; must be TYPE.NAME, as the guard shows it"
        case "minLength":
            return f"is {given}; must say why, and where the data is meanwhile"
        case _:
            return f"is {given}; must be {error.validator_value}"
