"""Runs inside the function's process: loads the handler, calls it, writes the result.

Usage: runtime.py MODULE.FUNCTION RESULT_FILE, the event as JSON on standard input. It stands alone
(no import of the emulator): the function sees only its own code and the environment's packages.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


class Context:
    """The context object of a Python handler, as AWS Lambda documents it."""

    def __init__(self) -> None:
        environment = os.environ
        self._end = time.monotonic() + float(environment.pop("EMULATOR_FUNCTION_TIMEOUT"))
        self.aws_request_id = environment.pop("EMULATOR_REQUEST_ID")
        self.invoked_function_arn = environment.pop("EMULATOR_FUNCTION_ARN")
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = self.aws_request_id
        self.identity = None
        self.client_context = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return max(0, int((self._end - time.monotonic()) * 1000))


def run(name: str, event: Any, context: Context) -> dict[str, Any]:
    """The handler's answer, or its exception, as Lambda words them."""
    try:
        module, _, function = name.rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), function)
        return {"failed": False, "payload": json.dumps(handler(event, context))}
    except BaseException as problem:  # sys.exit in a handler is a failure as well
        traceback.print_exc()
        document = {
            "errorMessage": str(problem),
            "errorType": type(problem).__name__,
            "requestId": context.aws_request_id,
            "stackTrace": traceback.format_tb(problem.__traceback__),
        }
        return {"failed": True, "payload": json.dumps(document)}


def main() -> None:
    """Call the handler once."""
    # Ends with the emulator even when that is killed, before this line as well as after it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ.pop("EMULATOR_PID")):
        return
    sys.path[0] = str(Path.cwd())
    handler, result = sys.argv[1:]
    event = json.loads(sys.stdin.read())
    document = run(handler, event, Context())
    Path(result).write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    main()
