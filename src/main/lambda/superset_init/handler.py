"""Entry point of the Lambda function superset-init.

Event:   {"task_definition": ARN}, a revision of the family superset-init
Result:  {"task": ARN, "exit_code": 0, "steps": [LINE, ...]}, what the task said it did

The task's exit code decides. A task that fails is an error whose message ends with the last lines
of the task's log, so that a deploy shows them. Terraform invokes the function for every new
revision, and the services wait for it: the old version serves on.

It is re-entrant. A revision whose task is still running is waited for, never started twice; a
function that runs out of time says so, and the next run waits on.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from superset_init.settings import Settings, task_definition
from superset_init.task import InitTask

_RESERVE_SECONDS = 20.0
"""Left for reading the log and reporting before Lambda ends the run."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run the init task of a revision; an error when it does not end with 0."""
    try:
        settings = Settings.from_environment()
        task = InitTask(settings, task_definition(event))
        task.start(context.aws_request_id)
        end = task.wait(_seconds_left(context))
    except (ClientError, BotoCoreError) as error:
        raise RuntimeError(_sentence(error)) from None
    lines = task.log()
    if end.exit_code != 0:
        raise RuntimeError(_failure(task, end.reason, lines))
    return {"task": task.arn, "exit_code": 0, "steps": [line for line in lines if _is_step(line)]}


def _seconds_left(context: Any) -> Callable[[], float]:
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS
    return lambda: end - time.monotonic()


def _failure(task: InitTask, reason: str, lines: list[str]) -> str:
    said = "\n".join(lines) or "(the task wrote no log)"
    return (
        f"the init task of {task.revision} failed: {reason}. The services keep their old version."
        f" Task {task.arn}, the end of its log:\n{said}"
    )


def _sentence(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        return f"{error.operation_name}: {detail.get('Code', '')}: {detail.get('Message', '')}"
    return str(error)


def _is_step(line: str) -> bool:
    """Init says each step as one JSON object."""
    try:
        document = json.loads(line)
    except ValueError:
        return False
    return isinstance(document, dict) and "step" in document
