"""moto itself, and the services that it lacks: one WSGI application, one request at a time."""

from __future__ import annotations

import io
import os
from typing import Any

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from emulator import lock
from emulator.chatbot import Chatbot
from emulator.errors import Answer
from emulator.wire import Call


class NotEmulated(Exception):
    """moto does not know the service or the operation."""


def configure() -> None:
    """Settings of moto that differ from its defaults."""
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


class Backend:
    """Sends a request to moto and gives its answer."""

    def __init__(self, account: str) -> None:
        self._chatbot = Chatbot(account)
        self._applications = DomainDispatcherApplication(create_backend_app)

    def answer(self, call: Call, environ: dict[str, Any], body: bytes) -> Answer:
        """Carry the request out. NotEmulated: moto cannot; anything else raised is a bug in it."""
        environ = {**environ, "wsgi.input": io.BytesIO(body)}
        with lock.held():
            if self._chatbot.knows(call):
                return self._chatbot.answer(call)
            try:
                application = self._applications.get_application(environ)
            except (KeyError, ImportError, AttributeError, TypeError) as problem:
                raise NotEmulated(f"moto has no service {call.service}") from problem
            try:
                content, status, headers = run_wsgi_app(application, environ, buffered=True)
            except NotImplementedError as problem:
                raise NotEmulated(str(problem)) from problem
            data = b"".join(content)
        code = int(status.split(" ", 1)[0])
        if code == 404 and _has_no_route(headers.get("Content-Type", ""), data):
            raise NotEmulated(f"moto has no route for {call.service} {call.operation}")
        return Answer(code, tuple(headers.items()), data)


def _has_no_route(content_type: str, body: bytes) -> bool:
    """Flask's own page for a path nobody registered, which is no answer of AWS."""
    return content_type.startswith("text/html") and b"<title>404 Not Found</title>" in body
