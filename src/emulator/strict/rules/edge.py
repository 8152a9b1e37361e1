"""What Elastic Load Balancing and S3 refuse (their API references)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.errors import Refusal

#: Condition values one rule may have in all.
MOST_VALUES = 5

#: Conditions and the settings that hold their values.
CONDITIONS = (
    "HostHeaderConfig",
    "PathPatternConfig",
    "HttpHeaderConfig",
    "QueryStringConfig",
    "HttpRequestMethodConfig",
    "SourceIpConfig",
)


def _invalid(text: str) -> Refusal:
    return Refusal("ValidationError", text)


def _name(kind: str, name: str) -> Iterator[Refusal]:
    if len(name) > 32:
        yield _invalid(f"{kind} name '{name}' cannot be longer than '32' characters")
    if not re.fullmatch(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?", name):
        text = "can only contain characters that are alphanumeric characters and hyphens(-)"
        yield _invalid(f"{kind} name '{name}' {text}, and no hyphen first or last")


def load_balancer(given: dict[str, Any]) -> Iterator[Refusal]:
    """The name, and subnets of an application load balancer."""
    yield from _name("Load balancer", given["Name"])
    if given["Name"].startswith("internal-"):
        yield _invalid(f"Load balancer name '{given['Name']}' cannot begin with 'internal-'")
    subnets = given.get("Subnets") or given.get("SubnetMappings") or []
    if given.get("Type", "application") == "application" and len(subnets) < 2:
        text = "At least two subnets in two different Availability Zones must be specified"
        yield _invalid(text)


def target_group(given: dict[str, Any]) -> Iterator[Refusal]:
    """The name and the health check's times."""
    if "Name" in given:
        yield from _name("Target group", given["Name"])
    timeout = given.get("HealthCheckTimeoutSeconds")
    interval = given.get("HealthCheckIntervalSeconds")
    if timeout is not None and interval is not None and timeout >= interval:
        yield _invalid("Health check interval must be greater than the timeout.")


def target_group_attributes(given: dict[str, Any]) -> Iterator[Refusal]:
    """Ranges of the attributes."""
    ranges = {
        "deregistration_delay.timeout_seconds": (0, 3600),
        "stickiness.lb_cookie.duration_seconds": (1, 604800),
    }
    values = {item["Key"]: item.get("Value", "") for item in given["Attributes"]}
    for key, (low, high) in ranges.items():
        if key in values and not (values[key].isdigit() and low <= int(values[key]) <= high):
            yield _invalid(f"'{key}' must be between {low} and {high}")
    slow = values.get("slow_start.duration_seconds", "0")
    if slow != "0" and not (slow.isdigit() and 30 <= int(slow) <= 900):
        yield _invalid("'slow_start.duration_seconds' must be 0 or between 30 and 900")
    algorithm = values.get("load_balancing.algorithm.type")
    if slow != "0" and algorithm not in (None, "round_robin"):
        text = "Slow start needs the round robin algorithm, not"
        yield Refusal("InvalidConfigurationRequest", f"{text} {algorithm}")


def listener(given: dict[str, Any]) -> Iterator[Refusal]:
    """A certificate for HTTPS, and only there."""
    secure = given.get("Protocol") in ("HTTPS", "TLS")
    if secure and not given.get("Certificates"):
        yield _invalid("A certificate must be specified for HTTPS listeners")
    if not secure and given.get("Certificates"):
        yield _invalid("A certificate cannot be specified for HTTP listeners")


def rule(given: dict[str, Any]) -> Iterator[Refusal]:
    """The number of condition values."""
    count = 0
    for condition in given.get("Conditions", []):
        values = condition.get("Values") or []
        for name in CONDITIONS:
            values = values or condition.get(name, {}).get("Values", [])
        count += len(values)
    if count > MOST_VALUES:
        text = f"A rule can only have '{MOST_VALUES}' condition values"
        yield Refusal("TooManyUniqueConditionValues", text)


def bucket(given: dict[str, Any]) -> Iterator[Refusal]:
    """The name of a general purpose bucket."""
    name = given["Bucket"]
    dotted = re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])", name)
    if not dotted or not 3 <= len(name) <= 63 or ".." in name:
        yield Refusal("InvalidBucketName", "The specified bucket is not valid.")
