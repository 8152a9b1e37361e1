"""AWS Backup: moto cannot change a plan."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.backup.models import Plan
from moto.backup.responses import BackupResponse

from emulator.patches.tools import add


def install() -> None:
    """Add the change; a plan keeps its id and gets a new version."""
    add(BackupResponse, update_backup_plan)


def update_backup_plan(self: BackupResponse) -> str:
    identifier = unquote(self.path.rstrip("/").split("/")[-1])
    backend = self.backup_backend
    before = backend.get_backup_plan(identifier, None)
    document: dict[str, Any] = json.loads(self.body)["BackupPlan"]
    plan = Plan(document, before.creator_request_id, backend)
    plan.backup_plan_id, plan.backup_plan_arn = before.backup_plan_id, before.backup_plan_arn
    plan.creation_date = before.creation_date
    backend.plans[identifier] = plan
    return json.dumps(plan.to_dict())
