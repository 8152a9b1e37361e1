"""The one path of every request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any

from moto.core.request import Request
from werkzeug.datastructures import Headers
from werkzeug.wsgi import get_input_stream

from emulator import strict, wire
from emulator.backend import Backend, NotEmulated
from emulator.control import PREFIX, Control
from emulator.errors import Answer, Refusal, render
from emulator.faults import Fault, Faults
from emulator.principals import origin, principal
from emulator.recorder import Recorder, plain
from emulator.resent import Resent
from emulator.wire import Call

log = logging.getLogger("emulator")


class Disconnect(ConnectionError):
    """Makes the server close the connection without an answer."""


class Gateway:
    """A WSGI application: control API, faults, checks, moto, record and log."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._recorder = Recorder()
        self._faults = Faults()
        self._control = Control(account, self._recorder, self._faults)
        self._backend = Backend(account)
        self._resent = Resent()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = _buffer(environ)
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            query = environ.get("QUERY_STRING", "")
            status, document = self._control.answer(environ["REQUEST_METHOD"], path, query, body)
            headers = (("Content-Type", "application/json"),)
            return _send(Answer(status, headers, document), start)
        return self._aws(environ, body, start)

    def _aws(
        self, environ: dict[str, Any], body: bytes, start: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.monotonic()
        call = wire.read(Request(_with_body(environ, body)))
        status, error = 0, ""
        try:
            answer, error = self._answer(call, environ, body)
            status = answer.status
        except Disconnect as problem:
            error = str(problem)
            raise
        finally:
            self._record(call, status, error, time.monotonic() - began)
        return _send(answer, start)

    def _answer(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[Answer, str]:
        if self._faults.is_refused(call.service, call.region, origin(call.access_key)):
            raise Disconnect("refused region")
        fault = self._faults.take(call.service, call.operation, call.region)
        if fault is not None:
            refusal = _meet(fault)
            if refusal is not None:
                return render(call, refusal), refusal.code
        refusal = strict.refusal(call, body)
        if refusal is not None:
            return render(call, refusal), f"{refusal.code}: {refusal.message}"
        first = self._resent.first_answer(environ)
        if first is not None:
            return first, ""
        answer, error = self._carry_out(call, environ, body)
        if fault is not None and fault.action == "disconnect":
            raise Disconnect("fault after the request")
        if self._faults.is_refused(call.service, call.region, origin(call.access_key)):
            raise Disconnect("refused region, after the request")
        self._resent.keep(environ, answer)
        return answer, error

    def _carry_out(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[Answer, str]:
        """What moto cannot do is a client error: clients would retry a server error for minutes."""
        try:
            answer = self._backend.answer(call, environ, body)
        except NotEmulated as problem:
            log.error("NOT EMULATED %s %s: %s", call.service, call.operation, problem)
            refusal = Refusal("NotImplemented", f"The emulator lacks this: {problem}")
            return render(call, refusal), refusal.code
        except Exception as problem:
            log.exception("EMULATOR FAILED %s %s", call.service, call.operation)
            refusal = Refusal("EmulatorFailure", f"{type(problem).__name__}: {problem}")
            return render(call, refusal), refusal.code
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer, ""
        return answer, answer.body[:300].decode(errors="replace")

    def _record(self, call: Call, status: int, error: str, seconds: float) -> None:
        self._recorder.add(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "service": call.service,
                "operation": call.operation,
                "region": call.region,
                "principal": principal(self._account, call.access_key),
                "parameters": plain(call.parameters),
                "status": status,
                "error": error,
            }
        )
        name = f"{call.service} {call.operation or '?'} {call.region}"
        log.info("%s %d %.0fms%s", name, status, seconds * 1000, f" {error}" if error else "")


def _meet(fault: Fault) -> Refusal | None:
    """Apply a fault before the request: a refusal to answer, or None to go on."""
    if fault.action == "error":
        return Refusal(fault.code, fault.message, fault.status)
    if fault.action == "disconnect" and not fault.after:
        raise Disconnect("fault")
    time.sleep(fault.seconds)
    return None


def _buffer(environ: dict[str, Any]) -> bytes:
    """The whole body; the environ then says its length, however it was sent."""
    body = get_input_stream(environ, safe_fallback=True).read()
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)
    return body


def _with_body(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    return {**environ, "wsgi.input": BytesIO(body)}


def _send(answer: Answer, start: Callable[..., Any]) -> Iterable[bytes]:
    headers = Headers(answer.headers)
    if "Content-Length" not in headers:
        headers["Content-Length"] = str(len(answer.body))
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    start(f"{answer.status} {phrase}", list(headers))
    return [answer.body]
