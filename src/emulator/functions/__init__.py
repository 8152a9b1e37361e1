"""Lambda functions as local processes.

moto runs functions in Docker or not at all. Here the code is unzipped and the handler is called in
a fresh Python process of this environment, as its role, with the emulator as its AWS.

Unlike Lambda, a process is never reused, and an asynchronous invocation is not tried again.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any

from moto.awslambda.models import LambdaFunction

from emulator import lock
from emulator.functions.execution import Outcome, execute

log = logging.getLogger("emulator")


def install() -> None:
    """Replace moto's invocation by ours."""
    LambdaFunction.invoke = _invoke  # type: ignore[method-assign]
    LambdaFunction._invoke_lambda = _invoke_lambda  # type: ignore[method-assign]


def _invoke(
    self: LambdaFunction,
    body: str | bytes,
    request_headers: Mapping[str, str],
    response_headers: MutableMapping[str, str],
) -> bytes:
    kind = {name.lower(): value for name, value in dict(request_headers).items()}.get(
        "x-amz-invocation-type", "RequestResponse"
    )
    event = json.loads(body) if body else {}
    if kind == "DryRun":
        return b""
    if kind == "Event":
        threading.Thread(target=_run, args=(self, event), daemon=True).start()
        return b""
    outcome = _run(self, event)
    if outcome.failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    response_headers["x-amz-executed-version"] = "$LATEST"
    response_headers["x-amz-log-result"] = base64.b64encode(outcome.logs[-4096:].encode()).decode()
    return outcome.payload


def _invoke_lambda(self: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
    """For moto's own triggers: payload, whether it failed, logs."""
    outcome = _run(self, json.loads(event) if isinstance(event, str) else event or {})
    return outcome.payload.decode(), outcome.failed, outcome.logs


def _run(function: LambdaFunction, event: Any) -> Outcome:
    with lock.released():
        outcome = execute(function, event)
    with lock.held():
        function.logs_backend.ensure_log_group(function.logs_group_name)
        function.save_logs(outcome.logs)
    state = "FAILED " + outcome.payload.decode()[:300] if outcome.failed else "ok"
    log.info("function %s %s: %s", function.function_name, function.region, state)
    return outcome
