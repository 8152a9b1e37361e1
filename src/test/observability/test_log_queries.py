"""Saved queries ask for what the logs have, and filters count what they mean."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commands.environment import ROOT
from event_patterns import matches
from superset_aws.metrics import lines

SNAPSHOTS = ROOT / "main.tf.json-snapshots"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
STACKS = sorted(SNAPSHOTS.glob("superset-*-1.tf.json"))
STACK = SNAPSHOTS / "superset-us-east-1.tf.json"


def resources(kind: str, stack: Path = STACK) -> list[dict[str, Any]]:
    return list(json.loads(stack.read_text())["resource"][kind].values())


QUERIES = {
    one["name"].rpartition("/")[2]: one for one in resources("aws_cloudwatch_query_definition")
}
METRICS = [one for one in vars(lines).values() if isinstance(one, lines.Metric)]

#: Of every line, of an event, of a refused sign-in, and of metrics (superset_aws: json_lines,
#: event_log, sign_in_security, metrics.lines).
FIELDS = {
    *("time", "level", "logger", "process", "message", "request_id"),
    *("action", "dashboard_id", "slice_id", "duration_ms", "referrer", "user_id"),
    *("user", "address"),
    *(one.name for one in METRICS),
    *(one.dimension for one in METRICS if one.dimension),
}
#: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax".
WORDS = {
    *("fields", "filter", "sort", "limit", "stats", "by", "as", "asc", "desc"),
    *("and", "in", "like", "ispresent", "count", "latest", "max", "pct"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_uses_fields_that_are_written_and_words_that_are_known(name: str) -> None:
    text = re.sub(r'"[^"]*"', "", QUERIES[name]["query_string"])
    named = set(re.findall(r"\bas (\w+)", text))
    used = set(re.findall(r"(?<![@\w])[A-Za-z_]\w*", text))
    assert used <= FIELDS | WORDS | named
    assert set(re.findall(r"@\w+", text)) <= {"@timestamp", "@log"}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_has_its_line_in_the_documentation(name: str) -> None:
    assert re.search(rf"^\| .*`{name}`", OPERATIONS, re.MULTILINE)


@pytest.mark.parametrize("stack", STACKS, ids=lambda path: path.stem)
def test_queries_ask_log_groups_of_the_stack(stack: Path) -> None:
    groups = {
        f"${{aws_cloudwatch_log_group.{name}.name}}"
        for name in json.loads(stack.read_text())["resource"]["aws_cloudwatch_log_group"]
    }
    for query in resources("aws_cloudwatch_query_definition", stack):
        assert query["log_group_names"]
        assert set(query["log_group_names"]) <= groups


def line(**fields: Any) -> Mapping[str, Any]:
    return {"time": "2026-01-01T00:00:00+0000", "logger": "superset", "message": "m", **fields}


@pytest.mark.parametrize(
    ("level", "counted"), [("ERROR", True), ("CRITICAL", True), ("WARNING", False), ("INFO", False)]
)
def test_lines_of_errors_are_counted(level: str, counted: bool) -> None:
    filters = [
        one for one in resources("aws_cloudwatch_log_metric_filter") if "error-lines" in one["name"]
    ]
    assert {one["name"].rpartition("-")[2] for one in filters} == {"beat", "web", "worker"}
    assert all(matches(one["pattern"], line(level=level)) is counted for one in filters)


def test_alarms_watch_what_filters_count() -> None:
    counted = {
        (one["metric_transformation"]["namespace"], one["metric_transformation"]["name"])
        for one in resources("aws_cloudwatch_log_metric_filter")
    }
    watched = {
        (one["namespace"], one["metric_name"])
        for one in resources("aws_cloudwatch_metric_alarm")
        if one["namespace"] == "Superset/Logs"
    }
    assert watched == counted
