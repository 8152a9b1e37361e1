"""CloudWatch's embedded metric format, as a test reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_SCHEMA = json.loads((Path(__file__).parent / "emf.schema.json").read_text())
_validator = Draft202012Validator(_SCHEMA)

Measured = tuple[float, dict[str, str]]


def check(line: dict[str, Any]) -> None:
    """Raises where CloudWatch would not take it."""
    _validator.validate(line)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            assert isinstance(line[metric["Name"]], int | float), metric
        for names in directive["Dimensions"]:
            assert all(isinstance(line[name], str) and line[name].isascii() for name in names)


def metrics(lines: Iterable[dict[str, Any]], name: str) -> list[Measured]:
    """Value and dimensions of everything that becomes a metric of this name."""
    found = []
    for line in lines:
        check(line)
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "Superset/Application"
            if name in {metric["Name"] for metric in directive["Metrics"]}:
                for names in directive["Dimensions"]:
                    found.append((line[name], {one: line[one] for one in names}))
    return found


def of(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The lines of a log that are metrics."""
    return [json.loads(line) for line in lines if '"_aws"' in line]
