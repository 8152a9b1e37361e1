"""Which events of the account's trail raise which alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from event_patterns import matches

FOLDER = Path(__file__).parents[3] / "main.tf.json-snapshots"
RESOURCES = json.loads((FOLDER / "superset-bootstrap.tf.json").read_text())["resource"]
PATTERNS = {
    one["name"].removeprefix("superset-production-audit-"): one["pattern"]
    for one in RESOURCES["aws_cloudwatch_log_metric_filter"].values()
}


def user(**more: Any) -> dict[str, Any]:
    return {"type": "IAMUser", "userName": "ann", **more}


def role(name: str) -> dict[str, Any]:
    issuer = {"type": "Role", "userName": name}
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}


def call(service: str, name: str, identity: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "userIdentity": identity,
        **more,
    }


def login(mfa: str, identity: dict[str, Any], outcome: str = "Success") -> dict[str, Any]:
    return {
        **call("signin", "ConsoleLogin", identity),
        "eventType": "AwsConsoleSignIn",
        "additionalEventData": {"MFAUsed": mfa},
        "responseElements": {"ConsoleLogin": outcome},
    }


ROOT = {"type": "Root"}
PERSON = role("administrators")
DEPLOY = role("superset-production-ci-deploy")


@pytest.mark.parametrize(
    ("event", "alarms"),
    [
        (login("Yes", ROOT), {"root"}),
        (call("s3", "ListBuckets", ROOT), {"root"}),
        (call("kms", "Decrypt", {**ROOT, "invokedBy": "rds.amazonaws.com"}), set()),
        (login("No", user()), {"login-without-mfa"}),
        (login("Yes", user()), set()),
        (login("No", user(), "Failure"), set()),
        # Whoever comes through single sign-on has had a second factor there.
        (login("No", PERSON), set()),
        (call("cloudtrail", "StopLogging", PERSON), {"trail"}),
        (call("cloudtrail", "StopLogging", DEPLOY), {"trail"}),
        (call("cloudtrail", "PutEventSelectors", user()), {"trail"}),
        (call("cloudtrail", "LookupEvents", PERSON), set()),
        (call("kms", "ScheduleKeyDeletion", DEPLOY), {"keys"}),
        (call("kms", "DisableKey", user()), {"keys"}),
        (call("kms", "CreateKey", DEPLOY), set()),
        (call("iam", "PutRolePolicy", PERSON), {"policies"}),
        (call("iam", "CreateAccessKey", user()), {"policies"}),
        (call("iam", "PutRolePolicy", DEPLOY), set()),
        (call("iam", "GetRole", PERSON), set()),
        (call("ec2", "AuthorizeSecurityGroupIngress", user()), {"security-groups"}),
        (call("ec2", "ModifySecurityGroupRules", PERSON), {"security-groups"}),
        (call("ec2", "AuthorizeSecurityGroupIngress", DEPLOY), set()),
        (call("rds", "DeleteDBCluster", DEPLOY), set()),
    ],
    ids=lambda one: one["eventName"] if isinstance(one, dict) else ",".join(sorted(one)),
)
def test_an_event_raises_its_alarm(event: dict[str, Any], alarms: set[str]) -> None:
    assert {name for name, pattern in PATTERNS.items() if matches(pattern, event)} == alarms


def test_without_ci_every_change_is_told() -> None:
    """Staging has none: there is no deploy role whose changes are everyday work."""
    staging = json.loads((FOLDER / "superset-staging-bootstrap.tf.json").read_text())
    filters = staging["resource"]["aws_cloudwatch_log_metric_filter"].values()
    told = [one for one in filters if matches(one["pattern"], call("iam", "CreateRole", DEPLOY))]
    assert len(told) == 1
