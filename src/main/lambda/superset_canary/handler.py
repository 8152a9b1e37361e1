"""Entry point of the Lambda function superset-canary.

Event:   {"at": TIME}, when the visit was to begin, ISO 8601 in UTC; absent: now
Result:  {"success": true or false, "milliseconds": NUMBER, "failure": SENTENCE or null}

A visit that fails is a result, and the metric CanarySuccess is 0. An error of the function itself
is none: the metric is missing, which the alarm takes for a failure too.
"""

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from superset_canary.visit import Failed, Visit
from superset_shared.environment import read
from superset_shared.errors import reported

NAMESPACE = "Superset/Canary"
"""Of both metrics, which have no dimension (read by observability/CanaryAlarms)."""

UNITS = {"CanarySuccess": "Count", "CanaryDuration": "Milliseconds"}


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Visit, and write one line in the embedded metric format."""
    del context
    with reported():
        (url,) = read("SUPERSET_URL")
        at = _at(event)
        credential = _credential()
    began = time.monotonic()
    failure = None
    try:
        Visit(url).run(credential)
    except Failed as failed:
        failure = str(failed)
    milliseconds = round((time.monotonic() - began) * 1000)
    _write(at, CanarySuccess=int(failure is None), CanaryDuration=milliseconds, failure=failure)
    return {"success": failure is None, "milliseconds": milliseconds, "failure": failure}


def _at(event: Mapping[str, Any]) -> datetime:
    """When the visit was to begin: so each period of the alarm has exactly one."""
    at = event.get("at")
    if at is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(at)
    except (TypeError, ValueError):
        raise RuntimeError(
            "the event's at is no time: expected such as 2026-01-31T12:00:00Z"
        ) from None


def _credential() -> dict[str, str] | None:
    """{username, password}; None where people do not sign in with Superset's own passwords."""
    secret = os.environ.get("SUPERSET_CANARY_SECRET")
    if not secret:
        return None
    value = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    fields = json.loads(value)
    return {name: str(fields[name]) for name in ("username", "password")}


def _write(at: datetime, **values: object) -> None:
    """AWS: "Specification: Embedded metric format"; Lambda's log makes the metrics."""
    metrics = [{"Name": name, "Unit": unit} for name, unit in UNITS.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}
    metadata = {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": metadata, **values}), flush=True)
