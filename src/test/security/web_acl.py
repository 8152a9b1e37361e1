"""Tries requests against the rules of a web ACL, as AWS WAF would.

What it does follows the AWS WAF Developer Guide; a statement that it does not know is an error, so
that a new kind of rule is not passed over. Managed groups are looked up by name: what stands in for
them is in managed_rules.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class Request:
    """What the load balancer is asked; names of headers are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = "198.51.100.7"
    country: str = "US"


@dataclass(frozen=True)
class Decision:
    """How a request ends."""

    allowed: bool
    #: rule that decided, empty where none did and the default action was taken
    rule: str = ""
    status: int = 200
    #: rules that only counted
    counted: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()


#: The rules of a managed group that a request matches, in order: rule and label.
Group = Callable[[Request], Iterable[tuple[str, str]]]


class WebAcl:
    """The rules of one ACL within one window of its limits: nothing is ever forgotten."""

    def __init__(self, acl: Mapping[str, Any], groups: Mapping[str, Group]) -> None:
        self._rules = sorted(_list(acl["rule"]), key=lambda rule: rule["priority"])
        self._allows = "allow" in _one(acl["default_action"])
        self._groups = groups
        self._seen: Counter[tuple[str, str]] = Counter()

    def decide(self, request: Request) -> Decision:
        """The first rule that allows or blocks, or the default action."""
        labels: set[str] = set()
        counted: list[str] = []
        for rule in self._rules:
            name = rule["name"]
            statement = _one(rule["statement"])
            if "managed_rule_group_statement" in statement:
                group = _one(statement["managed_rule_group_statement"])
                blocks = self._managed(group, rule, request, labels, counted)
                action = {"block": {}} if blocks else {}
                name = f"{name}/{blocks}" if blocks else name
            else:
                matches = self._matches(statement, name, request, labels)
                action = _one(rule["action"]) if matches else {}
            if "count" in action:
                counted.append(name)
            elif action:
                return self._decision(action, name, counted, labels)
        return Decision(self._allows, "", 200, tuple(counted), frozenset(labels))

    @staticmethod
    def _decision(
        action: Mapping[str, Any], name: str, counted: list[str], labels: set[str]
    ) -> Decision:
        allowed = "allow" in action
        response = _one(_one(action.get("block", {})).get("custom_response", {}))
        status = 200 if allowed else int(response.get("response_code", 403))
        return Decision(allowed, name, status, tuple(counted), frozenset(labels))

    def _managed(
        self,
        group: Mapping[str, Any],
        rule: Mapping[str, Any],
        request: Request,
        labels: set[str],
        counted: list[str],
    ) -> str:
        """The rule of the group that blocks, or nothing."""
        overrides = {
            one["name"]: next(iter(_one(one["action_to_use"])))
            for one in _list(group.get("rule_action_override", []))
        }
        counts = "count" in _one(rule["override_action"])
        for name, label in self._groups[group["name"]](request):
            labels.add(label)
            if counts or overrides.get(name) == "count":
                counted.append(f"{rule['name']}/{name}")
            else:
                return name
        return ""

    def _matches(
        self, statement: Mapping[str, Any], rule: str, request: Request, labels: set[str]
    ) -> bool:
        ((kind, content),) = statement.items()
        content = _one(content)

        def inner(one: Mapping[str, Any]) -> bool:
            return self._matches(one, rule, request, labels)

        match kind:
            case "and_statement":
                return all(inner(one) for one in _list(content["statement"]))
            case "or_statement":
                return any(inner(one) for one in _list(content["statement"]))
            case "not_statement":
                return not inner(_one(content["statement"]))
            case "label_match_statement":
                assert content["scope"] == "LABEL"
                return content["key"] in labels
            case "geo_match_statement":
                return request.country in content["country_codes"]
            case "byte_match_statement":
                return _found(content, _field(content, request))
            case "regex_match_statement":
                return bool(re.search(content["regex_string"], _field(content, request)))
            case "rate_based_statement":
                return self._too_many(content, rule, request, inner)
        raise ValueError(f"no statement that is tried here: {kind}")

    def _too_many(
        self,
        content: Mapping[str, Any],
        rule: str,
        request: Request,
        inner: Callable[[Mapping[str, Any]], bool],
    ) -> bool:
        assert content["aggregate_key_type"] == "IP"
        scope = content.get("scope_down_statement")
        if scope and not inner(_one(scope)):
            return False
        self._seen[rule, request.address] += 1
        return self._seen[rule, request.address] > content["limit"]


def _field(content: Mapping[str, Any], request: Request) -> str:
    ((kind, of),) = _one(content["field_to_match"]).items()
    match kind:
        case "uri_path":
            value = request.path
        case "single_header":
            value = request.headers.get(_one(of)["name"], "")
        case _:
            raise ValueError(f"no field that is tried here: {kind}")
    for transformation in sorted(
        _list(content["text_transformation"]), key=lambda one: one["priority"]
    ):
        value = TRANSFORMATIONS[transformation["type"]](value)
    return value


TRANSFORMATIONS: Mapping[str, Callable[[str], str]] = {
    "NONE": lambda text: text,
    "LOWERCASE": str.lower,
    "URL_DECODE": unquote_plus,
}


def _found(content: Mapping[str, Any], value: str) -> bool:
    wanted = content["search_string"]
    match content["positional_constraint"]:
        case "EXACTLY":
            return bool(value == wanted)
        case "STARTS_WITH":
            return value.startswith(wanted)
    raise ValueError(f"no constraint that is tried here: {content['positional_constraint']}")


def _one(block: Any) -> Any:
    """A block, written alone or as a list of one."""
    if isinstance(block, list):
        (block,) = block
    return block


def _list(blocks: Any) -> list[Any]:
    return blocks if isinstance(blocks, list) else [blocks]
