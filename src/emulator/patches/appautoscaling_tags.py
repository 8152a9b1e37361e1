"""Application Auto Scaling: moto keeps no tags of scalable targets and has no tag actions.

It also leaves policies and scheduled actions behind when their target is deregistered.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from emulator.patches.tools import add, around


def install() -> None:
    """Keep tags with targets, and add the actions."""
    add(ApplicationAutoScalingResponse, list_tags_for_resource, tag_resource, untag_resource)
    around(ApplicationAutoScalingResponse, "register_scalable_target")(_register)
    around(ApplicationAutoscalingBackend, "deregister_scalable_target")(_deregister)


def _tags(response: ApplicationAutoScalingResponse) -> dict[str, dict[str, str]]:
    backend = response.applicationautoscaling_backend
    found: dict[str, dict[str, str]] = backend.__dict__.setdefault("target_tags", {})
    return found


def _existing(response: ApplicationAutoScalingResponse) -> str:
    arn: str = response._get_param("ResourceARN")
    targets = response.applicationautoscaling_backend.targets
    if arn not in {target.arn for kind in targets.values() for target in kind.values()}:
        raise JsonRESTError("ResourceNotFoundException", f"Resource not found for ARN: {arn}")
    return arn


def _register(original: Any, self: ApplicationAutoScalingResponse) -> str:
    body: str = original(self)
    arn = json.loads(body)["ScalableTargetARN"]
    _tags(self).setdefault(arn, {}).update(self._get_param("Tags") or {})
    return body


def _deregister(
    original: Any, self: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str
) -> None:
    target = self.targets.get(dimension, {}).get(r_id)
    original(self, namespace, r_id, dimension)
    self.__dict__.setdefault("target_tags", {}).pop(target.arn if target else "", None)
    for policy in list(self.policies.values()):
        if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
    self.scheduled_actions = [
        action
        for action in self.scheduled_actions
        if (action.resource_id, action.scalable_dimension) != (r_id, dimension)
    ]


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": _tags(self).get(_existing(self), {})})


def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    _tags(self).setdefault(_existing(self), {}).update(self._get_param("Tags"))
    return "{}"


def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    kept = _tags(self).setdefault(_existing(self), {})
    for key in self._get_param("TagKeys"):
        kept.pop(key, None)
    return "{}"
