"""Evaluates what roles may do: the emulator's IAM over synthesized policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from commands.policies.documents import Policy
from emulator.dataplane.permissions import Asked, decide


def statements(policies: Iterable[Policy]) -> list[Mapping[str, Any]]:
    """All statements of a role's policies."""
    return [statement for policy in policies for statement in policy.statements]


def allowed(
    among: Iterable[Mapping[str, Any]],
    action: str,
    resource: str | None,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether statements allow an action; without a resource, on any that they name themselves."""
    listed = list(among)
    if resource is not None:
        return decide(listed, Asked(action, resource, context or {})) == "Allow"
    return any(
        decide(listed, Asked(action, named, context or {})) == "Allow"
        for statement in listed
        for named in statement.get("Resource", [])
    )


def actions(among: Iterable[Mapping[str, Any]]) -> set[str]:
    """Every action that is allowed on something."""
    return {
        action
        for statement in among
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
