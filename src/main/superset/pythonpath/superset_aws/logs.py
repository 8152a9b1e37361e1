"""Logs: Superset logs in JSON lines, and each request has an id."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Callable, Iterable
from typing import Any

from superset.utils.logging_configurator import LoggingConfigurator

from superset_aws import request_ids
from superset_aws.json_lines import dictionary, request_id

#: The load balancer's trace id (AWS: Request tracing for your Application Load Balancer).
TRACE_HEADER = "HTTP_X_AMZN_TRACE_ID"


class JsonLogs(LoggingConfigurator):
    """Named by LOGGING_CONFIGURATOR."""

    def configure_logging(self, app_config: Any, debug_mode: bool) -> None:
        """Once per process."""
        logging.config.dictConfig(dictionary())
        logging.captureWarnings(True)


class RequestIds:
    """WSGI middleware: takes the load balancer's id over, and answers with it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """One request."""
        identifier = request_ids.identifier(environ.get(TRACE_HEADER))
        token = request_id.set(identifier)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Request-Id", identifier)], *rest)

        try:
            return self._app(environ, start)
        finally:
            request_id.reset(token)
