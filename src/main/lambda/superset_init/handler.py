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
from collections.abc import Mapping
from typing import Any

from superset_shared.deadline import seconds_left
from superset_shared.errors import reported
from superset_shared.task import InitTask, Place

_RESERVE_SECONDS = 20.0
"""Left for reading the log and reporting before Lambda ends the run."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run the init task of a revision; an error when it does not end with 0."""
    with reported():
        task = InitTask(Place.from_environment(), _task_definition(event))
        task.start(context.aws_request_id)
        end = task.wait(seconds_left(context, _RESERVE_SECONDS))
        lines = task.log()
        if end.exit_code != 0:
            raise RuntimeError(_failure(task, end.reason, lines))
        steps = [line for line in lines if _is_step(line)]
        return {"task": task.arn, "exit_code": 0, "steps": steps}


def _task_definition(event: Mapping[str, Any]) -> str:
    """The revision to run; extra keys (Terraform may add its own) are ignored."""
    arn = event.get("task_definition")
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        raise RuntimeError("the event has no task_definition: expected the ARN of a revision")
    return arn


def _failure(task: InitTask, reason: str, lines: list[str]) -> str:
    said = "\n".join(lines) or "(the task wrote no log)"
    return (
        f"the init task of {task.revision} failed: {reason}. The services keep their old version."
        f" Task {task.arn}, the end of its log:\n{said}"
    )


def _is_step(line: str) -> bool:
    """Init says each step as one JSON object."""
    try:
        document = json.loads(line)
    except ValueError:
        return False
    return isinstance(document, dict) and "step" in document
