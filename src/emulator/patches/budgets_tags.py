"""AWS Budgets: moto has no tags of budgets."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.responses import BudgetsResponse

from emulator.patches.tools import add, around


def install() -> None:
    """Keep tags by ARN."""
    add(BudgetsResponse, list_tags_for_resource, tag_resource, untag_resource)
    around(BudgetsResponse, "create_budget")(_create)


def _tags(response: BudgetsResponse, arn: str) -> dict[str, str]:
    kept: dict[str, dict[str, str]] = response.backend.__dict__.setdefault("budget_tags", {})
    return kept.setdefault(arn, {})


def _create(original: Any, self: BudgetsResponse) -> str:
    body = str(original(self))
    name = self._get_param("Budget")["BudgetName"]
    arn = f"arn:{self.partition}:budgets::{self.current_account}:budget/{name}"
    given = self._get_param("ResourceTags") or []
    kept = _tags(self, arn)
    kept.clear()
    kept.update({tag["Key"]: tag["Value"] for tag in given})
    return body


def list_tags_for_resource(self: BudgetsResponse) -> str:
    tags = _tags(self, self._get_param("ResourceARN"))
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return json.dumps({"ResourceTags": listed})


def tag_resource(self: BudgetsResponse) -> str:
    given = self._get_param("ResourceTags")
    _tags(self, self._get_param("ResourceARN")).update({tag["Key"]: tag["Value"] for tag in given})
    return "{}"


def untag_resource(self: BudgetsResponse) -> str:
    kept = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("ResourceTagKeys"):
        kept.pop(key, None)
    return "{}"
