"""X-Ray sampling rules: moto has none."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.xray import urls
from moto.xray.models import XRayBackend
from moto.xray.responses import XRayResponse

from emulator.patches.tools import add

ACTIONS = (
    "CreateSamplingRule",
    "GetSamplingRules",
    "UpdateSamplingRule",
    "DeleteSamplingRule",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)


def install() -> None:
    """Add the actions and their paths."""
    add(
        XRayResponse,
        create_sampling_rule,
        get_sampling_rules,
        update_sampling_rule,
        delete_sampling_rule,
        list_tags_for_resource,
        tag_resource,
        untag_resource,
    )
    for action in ACTIONS:
        urls.url_paths[f"{{0}}/{action}$"] = XRayResponse.dispatch


def _rules(backend: XRayBackend) -> dict[str, dict[str, Any]]:
    """The records of a region by the ARN of their rule."""
    found: dict[str, dict[str, Any]] = backend.__dict__.setdefault("sampling_rules", {})
    return found


def _tags(backend: XRayBackend) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = backend.__dict__.setdefault("rule_tags", {})
    return found


def _record(response: XRayResponse, wanted: dict[str, Any]) -> dict[str, Any]:
    for record in _rules(response.xray_backend).values():
        rule = record["SamplingRule"]
        if wanted.get("RuleARN") == rule["RuleARN"] or wanted.get("RuleName") == rule["RuleName"]:
            return record
    raise JsonRESTError("InvalidRequestException", "Sampling rule does not exist.")


def create_sampling_rule(self: XRayResponse) -> str:
    given = self._get_param("SamplingRule")
    name = given["RuleName"]
    arn = f"arn:{self.partition}:xray:{self.region}:{self.current_account}:sampling-rule/{name}"
    if arn in _rules(self.xray_backend):
        raise JsonRESTError("InvalidRequestException", "Sampling rule already exists.")
    now = time.time()
    rule = {"Attributes": {}, **given, "RuleARN": arn}
    record = {"SamplingRule": rule, "CreatedAt": now, "ModifiedAt": now}
    _rules(self.xray_backend)[arn] = record
    tags = self._get_param("Tags") or []
    _tags(self.xray_backend)[arn] = {tag["Key"]: tag["Value"] for tag in tags}
    return json.dumps({"SamplingRuleRecord": record})


def get_sampling_rules(self: XRayResponse) -> str:
    return json.dumps({"SamplingRuleRecords": list(_rules(self.xray_backend).values())})


def update_sampling_rule(self: XRayResponse) -> str:
    given = self._get_param("SamplingRuleUpdate")
    record = _record(self, given)
    changed = {key: value for key, value in given.items() if key not in ("RuleARN", "RuleName")}
    record["SamplingRule"].update(changed)
    record["ModifiedAt"] = time.time()
    return json.dumps({"SamplingRuleRecord": record})


def delete_sampling_rule(self: XRayResponse) -> str:
    record = _record(self, self.request_params)
    del _rules(self.xray_backend)[record["SamplingRule"]["RuleARN"]]
    return json.dumps({"SamplingRuleRecord": record})


def list_tags_for_resource(self: XRayResponse) -> str:
    tags = _tags(self.xray_backend).get(self._get_param("ResourceARN"), {})
    return json.dumps({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def tag_resource(self: XRayResponse) -> str:
    kept = _tags(self.xray_backend).setdefault(self._get_param("ResourceARN"), {})
    kept.update({tag["Key"]: tag["Value"] for tag in self._get_param("Tags")})
    return "{}"


def untag_resource(self: XRayResponse) -> str:
    kept = _tags(self.xray_backend).setdefault(self._get_param("ResourceARN"), {})
    for key in self._get_param("TagKeys"):
        kept.pop(key, None)
    return "{}"
