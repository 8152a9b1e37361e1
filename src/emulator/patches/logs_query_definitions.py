"""CloudWatch Logs: moto saves no queries."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.logs.responses import LogsResponse

from emulator.patches.tools import Fault, add

KEPT = ("name", "queryString", "logGroupNames", "queryLanguage")


def install() -> None:
    """Add the actions."""
    add(LogsResponse, put_query_definition, describe_query_definitions, delete_query_definition)


def put_query_definition(self: LogsResponse) -> ActionResult:
    identifier = self._get_param("queryDefinitionId")
    if identifier is None:
        identifier = str(uuid.uuid4())
    elif identifier not in _saved(self):
        raise _missing()
    given = {key: value for key in KEPT if (value := self._get_param(key)) is not None}
    _saved(self)[identifier] = {"queryDefinitionId": identifier, **given}
    return ActionResult({"queryDefinitionId": identifier})


def describe_query_definitions(self: LogsResponse) -> ActionResult:
    prefix = self._get_param("queryDefinitionNamePrefix", "")
    found = [one for one in _saved(self).values() if one["name"].startswith(prefix)]
    return ActionResult({"queryDefinitions": found})


def delete_query_definition(self: LogsResponse) -> ActionResult:
    if _saved(self).pop(self._get_param("queryDefinitionId"), None) is None:
        raise _missing()
    return ActionResult({"success": True})


def _saved(self: LogsResponse) -> dict[str, dict[str, Any]]:
    saved: dict[str, dict[str, Any]] = self.logs_backend.__dict__.setdefault("saved_queries", {})
    return saved


def _missing() -> Fault:
    return Fault("ResourceNotFoundException", "The query definition does not exist.")
