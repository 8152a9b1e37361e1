"""One execution of a function: a process, its environment, its time limit, its logs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaFunction

from emulator import lock, processes
from emulator.principals import role_credentials
from emulator.scratch import folder

_RUNTIME = Path(__file__).with_name("runtime.py")
_unzipping = threading.Lock()


def _nothing(region: str) -> dict[str, str]:
    """Without a data plane there is nothing to reach."""
    del region
    return {}


#: Variables that the data plane adds to every process of a region: how names of this AWS are
#: resolved, and which authority vouches for them. A function outside the VPC reaches what faces the
#: internet.
world: Callable[[str], dict[str, str]] = _nothing


@dataclass(frozen=True)
class Outcome:
    """What an invocation answers: a JSON document, whether it is an error, and the log."""

    payload: bytes
    failed: bool
    logs: str


def execute(function: LambdaFunction, event: Any) -> Outcome:
    """Run the handler on an event. The caller must not hold the lock."""
    request = str(uuid.uuid4())
    if not str(function.run_time).startswith("python"):
        return _failed(request, "Runtime.Unsupported", f"no runtime for {function.run_time}", "")
    with lock.held():
        environment = _environment(function, request)
    code = _unzipped(function.code_bytes)
    with tempfile.TemporaryDirectory(dir=folder()) as work:
        result = Path(work) / "result.json"
        command = [sys.executable, str(_RUNTIME), str(function.handler), str(result)]
        environment["PYTHONPATH"] = str(code)
        environment["TMPDIR"] = environment["HOME"] = work
        began = time.monotonic()
        output, timed_out = _communicate(command, environment, code, event, function)
        seconds = time.monotonic() - began
        logs = _log(function, request, output, seconds)
        if timed_out:
            text = f"RequestId: {request} Error: Task timed out after {function.timeout}.00 seconds"
            return _failed(request, "Sandbox.Timedout", text, logs)
        if not result.exists():
            text = f"RequestId: {request} Error: Runtime exited without providing a reason"
            return _failed(request, "Runtime.ExitError", text, logs)
        document = json.loads(result.read_text(encoding="utf-8"))
    return Outcome(document["payload"].encode(), document["failed"], logs)


def _communicate(
    command: list[str],
    environment: dict[str, str],
    code: Path,
    event: Any,
    function: LambdaFunction,
) -> tuple[str, bool]:
    """Everything the process printed, and whether it ran out of time."""
    process = processes.start(command, environment, code, function.region)
    try:
        output, errors = process.communicate(
            json.dumps(event).encode(), timeout=int(function.timeout)
        )
        timed_out = False
    except subprocess.TimeoutExpired as expired:
        output, errors = expired.stdout or b"", expired.stderr or b""
        timed_out = True
    finally:
        processes.end(process)
    return (output + errors).decode(errors="replace"), timed_out


def _environment(function: LambdaFunction, request: str) -> dict[str, str]:
    """The variables of Lambda's runtime environment, then the function's own."""
    memory = str(function.memory_size)
    session = function.function_name[:64]
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": os.environ["EMULATOR_URL"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        **world(function.region),
        "EMULATOR_PID": str(os.getpid()),
        "EMULATOR_REQUEST_ID": request,
        "EMULATOR_FUNCTION_ARN": function.function_arn,
        "EMULATOR_FUNCTION_TIMEOUT": str(function.timeout),
        **role_credentials(function.account_id, function.region, str(function.role), session),
        **{name: str(value) for name, value in (function.environment_vars or {}).items()},
    }


def _unzipped(code: bytes) -> Path:
    """The folder with the unzipped code, made once per content."""
    target = folder() / f"code-{hashlib.sha256(code).hexdigest()[:24]}"
    with _unzipping:
        if not target.exists():
            partial = target.with_suffix(".partial")
            with zipfile.ZipFile(io.BytesIO(code)) as archive:
                archive.extractall(partial)
            partial.rename(target)
    return target


def _log(function: LambdaFunction, request: str, output: str, seconds: float) -> str:
    milliseconds = seconds * 1000
    lines = [f"START RequestId: {request} Version: $LATEST"]
    lines += output.splitlines()
    lines.append(f"END RequestId: {request}")
    lines.append(
        f"REPORT RequestId: {request}\tDuration: {milliseconds:.2f} ms\t"
        f"Memory Size: {function.memory_size} MB"
    )
    return "\n".join(lines)


def _failed(request: str, kind: str, message: str, logs: str) -> Outcome:
    document = {"errorType": kind, "errorMessage": message}
    return Outcome(json.dumps(document).encode(), True, f"{logs}\n{message}".strip())
