"""AWS Budgets: moto does not say who is told, and changes no budget."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse

from emulator.patches.tools import add


def install() -> None:
    """Add the actions."""
    add(BudgetsResponse, describe_subscribers_for_notification, update_budget)


def _budget(response: BudgetsResponse, name: str) -> Budget:
    budgets = response.backend.budgets[response._get_param("AccountId")]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("ComparisonOperator", "NotificationType", "Threshold")
    return all(one.get(key) == other.get(key) for key in keys)


def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
    wanted = self._get_param("Notification")
    for notification in _budget(self, self._get_param("BudgetName")).notifications:
        if _same(notification.details, wanted):
            return json.dumps({"Subscribers": notification.subscribers})
    raise NotFoundException("Unable to get subscribers - the notification doesn't exist.")


def update_budget(self: BudgetsResponse) -> str:
    given = self._get_param("NewBudget")
    budget = _budget(self, given["BudgetName"]).budget
    budget.update(given)
    return "{}"
