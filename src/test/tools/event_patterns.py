"""Filter patterns of CloudWatch Logs for JSON events, as far as the alarms on the trail use them.

A comparison with something that an event lacks is false, ``!=`` too: AWS does not say, so a pattern
that means it must ask with NOT EXISTS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r'\s*(\(|\)|&&|\|\||!=|=|NOT EXISTS|\$[\w.]+|"[^"]*")')
_ABSENT = object()


def matches(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether an event is counted."""
    inner = pattern.strip()
    assert inner.startswith("{") and inner.endswith("}")
    tokens = _tokens(inner[1:-1].strip())
    found = _any(tokens, event)
    assert not tokens, tokens
    return found


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token, text[at:]
        tokens.append(token[1])
        at = token.end()
    return tokens


def _any(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _all(tokens, event)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        found = _all(tokens, event) or found
    return found


def _all(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _term(tokens, event)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        found = _term(tokens, event) and found
    return found


def _term(tokens: list[str], event: Mapping[str, Any]) -> bool:
    token = tokens.pop(0)
    if token == "(":
        found = _any(tokens, event)
        assert tokens.pop(0) == ")"
        return found
    value = _value(event, token)
    operator = tokens.pop(0)
    if operator == "NOT EXISTS":
        return value is _ABSENT
    wanted = tokens.pop(0).strip('"')
    return value is not _ABSENT and (value == wanted) == (operator == "=")


def _value(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for step in path.removeprefix("$.").split("."):
        if not isinstance(value, Mapping) or step not in value:
            return _ABSENT
        value = value[step]
    return value
