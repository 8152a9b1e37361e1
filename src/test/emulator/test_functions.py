"""Lambda functions are executed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from conftest import ACCOUNT, Aws

from commands.waiting import until

CODE = """
import json, os, time
import boto3

def handle(event, context):
    print("event", json.dumps(event))
    if "raise" in event:
        raise ValueError(event["raise"])
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "topic" in event:
        boto3.client("sns").create_topic(Name=event["topic"])
    identity = boto3.client("sts").get_caller_identity()
    return {
        "caller": identity["Arn"],
        "variable": os.environ["SETTING"],
        "region": os.environ["AWS_REGION"],
        "request": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
        "leaked": sorted(name for name in os.environ if name.startswith("EMULATOR_")),
    }
"""


def archive(files: dict[str, str]) -> bytes:
    """A deployment package."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for path, text in files.items():
            package.writestr(path, text)
    return buffer.getvalue()


def role(aws: Aws, name: str) -> str:
    """The ARN of a new role that Lambda may assume."""
    principal = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return str(created["Role"]["Arn"])


@pytest.fixture
def function(emulator: Aws, name: str) -> str:
    """A function in eu-west-1."""
    emulator.client("lambda", "eu-west-1").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role(emulator, name),
        Handler="package.handler.handle",
        Code={"ZipFile": archive({"package/handler.py": CODE, "package/__init__.py": ""})},
        Timeout=120,
        Environment={"Variables": {"SETTING": "on"}},
    )
    return name


def invoke(emulator: Aws, function: str, event: Any, **more: str) -> tuple[dict[str, Any], Any]:
    answer = emulator.client("lambda", "eu-west-1").invoke(
        FunctionName=function, Payload=json.dumps(event), **more
    )
    payload = answer["Payload"].read()
    return answer, json.loads(payload) if payload else None


def test_the_handler_runs_as_its_role_in_its_region(emulator: Aws, function: str) -> None:
    answer, result = invoke(emulator, function, {"a": 1})
    assert "FunctionError" not in answer
    assert result["caller"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{function}/{function}"
    assert result["region"] == "eu-west-1"
    assert result["variable"] == "on"
    assert 0 < result["left"] <= 120_000
    assert result["leaked"] == []


def test_what_it_asks_of_aws_is_recorded_with_its_role(
    emulator: Aws, function: str, name: str
) -> None:
    start = emulator.control("GET", "requests")["next"]
    invoke(emulator, function, {"topic": name})
    found = emulator.control("GET", f"requests?since={start}&operation=CreateTopic")["requests"]
    assert [entry["parameters"]["Name"] for entry in found] == [name]
    assert found[0]["principal"].endswith(f"assumed-role/{function}/{function}")


def test_an_exception_is_a_function_error(emulator: Aws, function: str) -> None:
    answer, result = invoke(emulator, function, {"raise": "no such thing"})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "ValueError"
    assert result["errorMessage"] == "no such thing"


def test_the_time_limit_ends_it(emulator: Aws, function: str) -> None:
    emulator.client("lambda", "eu-west-1").update_function_configuration(
        FunctionName=function, Timeout=2
    )
    answer, result = invoke(emulator, function, {"sleep": 600})
    assert answer["FunctionError"] == "Unhandled"
    assert "timed out after 2.00 seconds" in result["errorMessage"]


def test_its_output_is_in_its_log_group(emulator: Aws, function: str) -> None:
    invoke(emulator, function, {"mark": "in the log"})
    logs = emulator.client("logs", "eu-west-1")
    found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    assert any("in the log" in event["message"] for event in found)


def test_an_asynchronous_invocation_answers_at_once(
    emulator: Aws, function: str, name: str
) -> None:
    answer, _ = invoke(emulator, function, {"topic": f"{name}-later"}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    sns = emulator.client("sns", "eu-west-1")

    def ran() -> bool:
        topics = sns.list_topics()["Topics"]
        return any(topic["TopicArn"].endswith(f"{name}-later") for topic in topics)

    until("it has run", ran)


def test_a_dry_run_runs_nothing(emulator: Aws, function: str, name: str) -> None:
    start = emulator.control("GET", "requests")["next"]
    answer, _ = invoke(emulator, function, {"topic": name}, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    found = emulator.control("GET", f"requests?since={start}&operation=CreateTopic")["requests"]
    assert found == []


def test_changed_code_is_what_runs_next(emulator: Aws, function: str) -> None:
    changed = "def handle(event, context):\n    return 'second'\n"
    emulator.client("lambda", "eu-west-1").update_function_code(
        FunctionName=function, ZipFile=archive({"package/handler.py": changed})
    )
    assert invoke(emulator, function, {})[1] == "second"
