"""AWS Backup: moto has no selections, and finds no tags where the path has no trailing slash."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import unquote

from moto.backup.models import BackupBackend
from moto.backup.responses import BackupResponse
from moto.core.exceptions import JsonRESTError

from emulator.patches.tools import add, around


def install() -> None:
    """Add selections, read tags by either path, and keep plans that have selections."""
    add(
        BackupResponse,
        create_backup_selection,
        get_backup_selection,
        list_backup_selections,
        delete_backup_selection,
    )
    around(BackupResponse, "list_tags")(_list_tags)
    around(BackupResponse, "delete_backup_plan")(_delete_plan)


def _selections(backend: BackupBackend) -> dict[tuple[str, str], dict[str, Any]]:
    """Selections by plan and id."""
    found: dict[tuple[str, str], dict[str, Any]] = backend.__dict__.setdefault("selections", {})
    return found


def _path(response: BackupResponse) -> list[str]:
    """The parts of the path: backup, plans, PLAN, selections[, SELECTION]."""
    return [unquote(part) for part in response.path.split("/") if part]


def _selection(response: BackupResponse) -> dict[str, Any]:
    parts = _path(response)
    found = _selections(response.backup_backend).get((parts[2], parts[4]))
    if found is None:
        raise JsonRESTError("ResourceNotFoundException", "Cannot find Backup selection")
    return found


def create_backup_selection(self: BackupResponse) -> str:
    plan = _path(self)[2]
    self.backup_backend.get_backup_plan(plan, None)
    given = json.loads(self.body)
    selection = {
        "BackupPlanId": plan,
        "SelectionId": str(uuid.uuid4()),
        "CreationDate": time.time(),
        "CreatorRequestId": given.get("CreatorRequestId", str(uuid.uuid4())),
        "BackupSelection": given["BackupSelection"],
    }
    _selections(self.backup_backend)[plan, selection["SelectionId"]] = selection
    wanted = ("SelectionId", "BackupPlanId", "CreationDate")
    return json.dumps({name: selection[name] for name in wanted})


def get_backup_selection(self: BackupResponse) -> str:
    return json.dumps(_selection(self))


def list_backup_selections(self: BackupResponse) -> str:
    plan = _path(self)[2]
    listed = [
        {
            "BackupPlanId": plan,
            "SelectionId": selection["SelectionId"],
            "SelectionName": selection["BackupSelection"]["SelectionName"],
            "CreationDate": selection["CreationDate"],
            "IamRoleArn": selection["BackupSelection"]["IamRoleArn"],
        }
        for (owner, _), selection in _selections(self.backup_backend).items()
        if owner == plan
    ]
    return json.dumps({"BackupSelectionsList": listed})


def delete_backup_selection(self: BackupResponse) -> str:
    selection = _selection(self)
    del _selections(self.backup_backend)[selection["BackupPlanId"], selection["SelectionId"]]
    return "{}"


def _list_tags(original: Any, self: BackupResponse) -> str:
    arn = unquote(self.path.rstrip("/").split("/tags/", 1)[1])
    return json.dumps({"Tags": self.backup_backend.list_tags(arn)})


def _delete_plan(original: Any, self: BackupResponse) -> str:
    plan = _path(self)[2]
    if any(owner == plan for owner, _ in _selections(self.backup_backend)):
        text = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise JsonRESTError("InvalidRequestException", text)
    return str(original(self))
