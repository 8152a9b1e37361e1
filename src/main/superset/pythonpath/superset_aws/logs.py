"""Logs: JSON lines on standard output, each with the id of the request that it belongs to."""

from __future__ import annotations

import contextvars
import logging
import logging.config
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from superset.utils.logging_configurator import LoggingConfigurator

from superset_aws.settings import current

#: The load balancer's trace id (AWS: Request tracing for your Application Load Balancer).
TRACE_HEADER = "HTTP_X_AMZN_TRACE_ID"

request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Adds the id; lets everything pass."""
        record.request_id = request_id.get()
        return True


def dictionary() -> dict[str, Any]:
    """For logging.config.dictConfig, and for gunicorn's logconfig_dict."""
    level = current().log_level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": _RequestId}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            }
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
                "filters": ["request"],
            }
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "superset.events": {"level": "INFO"},
            "flask_appbuilder": {"level": "ERROR"},
            "botocore": {"level": "WARNING"},
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


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
        identifier = environ.get(TRACE_HEADER) or f"Self={uuid.uuid4()}"
        token = request_id.set(identifier)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Request-Id", identifier)], *rest)

        try:
            return self._app(environ, start)
        finally:
            request_id.reset(token)
