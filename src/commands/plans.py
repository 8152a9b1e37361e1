"""Reads what a Terraform plan would do: the document of ``terraform show -json PLAN``.

The format is "JSON Output Format" of Terraform's documentation. Everything that it marks as
sensitive is masked here, so that nothing that reads a plan through this module can show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Stands where a value is that nobody is shown.
MASK = "(sensitive)"
#: The same, of a value that is another one afterwards.
MASK_CHANGED = "(sensitive, another value)"
#: Stands where Terraform learns the value when it applies.
UNKNOWN = "(known after apply)"

#: Terraform's combinations of actions, in one word.
_ACTIONS = {
    ("no-op",): "no-op",
    ("read",): "read",
    ("create",): "create",
    ("update",): "update",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "forget",
}


class PlanUnreadable(Exception):
    """It is no plan that this module knows; the message says why."""


@dataclass(frozen=True)
class Change:
    """What becomes of one resource.

    :ivar stack: name of its stack
    :ivar action: ``create``, ``update``, ``replace``, ``destroy``, ``forget``, ``read``, ``no-op``
    :ivar before: its attributes now, sensitive ones masked; empty where it is created
    :ivar after: its attributes afterwards; empty where it is destroyed
    :ivar forced_by: attributes for whose sake it is replaced
    """

    stack: str
    address: str
    action: str
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    forced_by: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its resource type."""
        return self.address.partition(".")[0]

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Value before and after of every attribute that is another one."""
        return {
            name: (self.before.get(name), self.after.get(name))
            for name in sorted({*self.before, *self.after})
            if self.before.get(name) != self.after.get(name)
        }


def changes(stack: str, document: Mapping[str, Any]) -> list[Change]:
    """Every managed resource of a plan, in the order of their addresses."""
    if "resource_changes" not in document and "planned_values" not in document:
        raise PlanUnreadable(f"{stack}: this is not what terraform show -json prints of a plan")
    if document.get("errored"):
        raise PlanUnreadable(f"{stack}: the plan ended with an error")
    found = [
        _change(stack, one)
        for one in document.get("resource_changes", [])
        if one.get("mode") == "managed"
    ]
    return sorted(found, key=lambda one: one.address)


def _change(stack: str, record: Mapping[str, Any]) -> Change:
    change = record["change"]
    actions = tuple(change["actions"])
    if actions not in _ACTIONS:
        raise PlanUnreadable(f"{stack}: {record['address']}: unknown actions {list(actions)}")
    address = record["address"]
    if "deposed" in record:
        # What a replacement that failed halfway left behind.
        address = f"{address} (deposed {record['deposed']})"
    before = change.get("before") or {}
    after = _known(change.get("after"), change.get("after_unknown")) or {}
    old = masked(before, change.get("before_sensitive"))
    new = masked(after, change.get("after_sensitive"))
    for name in {*before} & {*after}:
        if before[name] != after[name] and old[name] == new[name]:
            new[name] = MASK_CHANGED
    return Change(
        stack,
        address,
        _ACTIONS[actions],
        old,
        new,
        tuple(".".join(map(str, path)) for path in change.get("replace_paths", [])),
    )


def masked(value: Any, marks: Any) -> Any:
    """A value without its sensitive parts; `marks` has Terraform's shape: true where one is."""
    if marks is True:
        return MASK
    if isinstance(value, Mapping) and isinstance(marks, Mapping):
        return {key: masked(one, marks.get(key)) for key, one in value.items()}
    if isinstance(value, Sequence) and isinstance(marks, list) and not isinstance(value, str):
        return [masked(one, mark) for one, mark in _beside(value, marks)]
    return value


def _known(value: Any, unknown: Any) -> Any:
    """A value with a word where Terraform does not know it yet."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, Mapping) and (value is None or isinstance(value, Mapping)):
        have = value or {}
        return {key: _known(have.get(key), unknown.get(key)) for key in {**have, **unknown}}
    if isinstance(unknown, list) and isinstance(value, list):
        return [_known(one, mark) for one, mark in _beside(value, unknown)]
    return value


def _beside(values: Sequence[Any], marks: Sequence[Any]) -> Iterable[tuple[Any, Any]]:
    """Each element with its mark; marks may end early."""
    return zip(values, [*marks, *[None] * len(values)], strict=False)
