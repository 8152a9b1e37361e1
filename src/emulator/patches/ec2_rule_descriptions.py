"""Security group rules: moto forgets the description of a rule that names a group or list."""

from __future__ import annotations

from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from emulator.patches.tools import around


def install() -> None:
    """Find the description wherever the request put it."""
    around(SecurityGroupRule, "__init__")(_init)
    SecurityGroupRule.description = property(_description)  # type: ignore[assignment, method-assign]


def _init(original: Any, self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    given = signature(original).bind(self, *args, **kwargs).arguments
    prefixes = given.get("prefix_list_id") or {}
    self.__dict__["source_description"] = self.source_group.get("Description") or prefixes.get(
        "Description"
    )


def _description(rule: SecurityGroupRule) -> str | None:
    return rule.ip_range.get("Description") or rule.__dict__.get("source_description")
