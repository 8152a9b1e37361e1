"""CloudTrail: moto describes every trail whichever was asked for, and deletes none named by ARN.

A client that makes a second trail (without tags it looks like a hang) finds more than it asked for.
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from emulator.patches.tools import around


def install() -> None:
    """Describe and delete what is named."""
    around(CloudTrailResponse, "describe_trails")(_describe)
    around(CloudTrailBackend, "delete_trail")(_delete)
    around(CloudTrailBackend, "create_trail")(_create)


def _describe(original: Any, self: CloudTrailResponse) -> str:
    wanted = self._get_param("trailNameList")
    if not wanted:
        return str(original(self))
    shadows = self._get_bool_param("includeShadowTrails", True)
    found = [
        trail.description(include_region=True)
        for trail in self.cloudtrail_backend.describe_trails(shadows)
        if trail.trail_name in wanted or trail.arn in wanted
    ]
    return json.dumps({"trailList": found})


def _delete(original: Any, self: CloudTrailBackend, name: str) -> None:
    original(self, self.get_trail(name).trail_name)


def _create(original: Any, self: CloudTrailBackend, name: str, *args: Any, **kwargs: Any) -> Any:
    if name in self.trails:
        text = f"Trail {name} already exists for customer: {self.account_id}"
        raise JsonRESTError("TrailAlreadyExistsException", text)
    return original(self, name, *args, **kwargs)
