"""RDS parameter groups: moto forgets the source of a parameter, cannot reset, and deletes a group
that is in use.

AWS describes a changed parameter with ``Source`` user, and clients ask for exactly those.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse

from emulator.patches.tools import Fault, add, around


def install() -> None:
    """Describe by source, reset, and protect groups in use."""
    around(RDSResponse, "describe_db_parameters")(_describe)
    around(RDSBackend, "delete_db_parameter_group")(_delete)
    add(RDSResponse, reset_db_parameter_group)


def _describe(original: Any, self: RDSResponse) -> ActionResult:
    result: ActionResult = original(self)
    stored = result.result["Parameters"]  # type: ignore[index]
    described = [
        {
            "ApplyMethod": "immediate",
            "IsModifiable": True,
            "DataType": "string",
            **parameter,
            "Source": "user",
        }
        for parameter in stored
    ]
    if self.params.get("Source") not in (None, "user"):
        described = []
    return ActionResult({"Parameters": described})


def reset_db_parameter_group(self: RDSResponse) -> ActionResult:
    name = self.params["DBParameterGroupName"]
    groups = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
    if not groups:
        raise Fault("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    group: DBParameterGroup = groups[0]
    if self.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in self.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": name})


def _delete(original: Any, self: RDSBackend, db_parameter_group_name: str) -> DBParameterGroup:
    users = [
        name
        for name, database in self.databases.items()
        if database.db_parameter_group_name == db_parameter_group_name
    ]
    if users:
        text = f"One or more database instances are still members of this parameter group: {users}"
        raise Fault("InvalidDBParameterGroupState", text)
    group: DBParameterGroup = original(self, db_parameter_group_name)
    return group
