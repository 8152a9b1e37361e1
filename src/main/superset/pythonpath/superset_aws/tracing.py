"""Traces: what a request did, and how long each part of it took.

Imported only where traces are configured. Spans go to the collector beside the container, from a
thread. They say when, where and how long, and nothing that people wrote: no statement, no address
with its query, no message of an error. Attributes are those of OpenTelemetry's semantic
conventions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from celery.signals import worker_process_shutdown
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import SpanKind, Status

from superset_aws.event_log import event_logger
from superset_aws.json_lines import request_id
from superset_aws.settings import Settings

#: Attributes that a span keeps; all others may hold what people wrote.
KEPT = frozenset(
    {
        "celery.action",
        "celery.task_name",
        "db.system",
        "error.type",
        "exception.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.message.id",
        "server.address",
        "superset.data_source",
    }
)

#: The load balancer and Route 53 ask every few seconds; static files come past Superset.
_NOT_TRACED = "/health$,/static/"

_ROOT = re.compile(r"\bRoot=1-([0-9a-f]{8})-([0-9a-f]{24})\b")

_SQL = "opentelemetry.instrumentation.sqlalchemy"

#: What may begin the name of a statement's span: its first word could be anybody's.
_VERB = re.compile(
    r"\(*(connect|select|with|insert|update|delete|merge|explain|show|set|begin|commit|rollback"
    r"|create|alter|drop)\b",
    re.IGNORECASE,
)


class TraceIds(AwsXRayIdGenerator):
    """The load balancer's id of the request. Its header names no parent, without which
    AwsXRayPropagator takes nothing from it."""

    def generate_trace_id(self) -> int:
        """Of a span that begins a trace."""
        found = _ROOT.search(request_id.get() or "")
        return int(found[1] + found[2], 16) if found else super().generate_trace_id()


class Beginnings(Sampler):
    """A share of requests and tasks begins a trace; what threads do beside them belongs to none."""

    def __init__(self, share: float) -> None:
        self._share = TraceIdRatioBased(share)

    def should_sample(
        self,
        parent_context: Any,
        trace_id: int,
        name: str,
        kind: Any = None,
        *rest: Any,
        **more: Any,
    ) -> SamplingResult:
        """Of a span without a parent."""
        if kind not in (SpanKind.SERVER, SpanKind.CONSUMER):
            return SamplingResult(Decision.DROP)
        return self._share.should_sample(parent_context, trace_id, name, kind, *rest, **more)

    def get_description(self) -> str:
        """For the SDK."""
        return f"Beginnings({self._share.get_description()})"


class Bare(SpanExporter):
    """Hands spans on without what people wrote."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """A batch."""
        return self._exporter.export([bare(span) for span in spans])

    def shutdown(self) -> None:
        """At the end of the process."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return self._exporter.force_flush(timeout_millis)


def install(settings: Settings) -> None:
    """Once per process, before anything makes an engine."""
    tracing = settings.tracing
    assert tracing is not None
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    provider = TracerProvider(
        sampler=sampler(settings.process, tracing.sample),
        resource=Resource.create(
            {
                "service.name": f"superset-{settings.process}",
                "deployment.environment.name": settings.environment,
            }
        ),
        id_generator=TraceIds(),
    )
    exporter = OTLPSpanExporter(endpoint=f"{tracing.collector}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(Bare(exporter)))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(AwsXRayPropagator())
    for library in (
        CeleryInstrumentor(),
        RedisInstrumentor(),
        RequestsInstrumentor(),
        SQLAlchemyInstrumentor(),
    ):
        library.instrument()
    event_logger.around = query

    def flush(**_: Any) -> None:
        provider.force_flush()

    # Pool processes leave without running exit handlers.
    worker_process_shutdown.connect(flush, weak=False)


def requests(app: Any) -> None:
    """Trace what web answers."""
    FlaskInstrumentor().instrument_app(app, excluded_urls=_NOT_TRACED, enable_commenter=False)


def query(action: str, payload: Mapping[str, Any]) -> AbstractContextManager[Any]:
    """The span of a data source's query, which Superset gives to the driver past SQLAlchemy's
    events."""
    database = payload.get("database")
    if action != "execute_sql" or database is None:
        return nullcontext()
    return trace.get_tracer(__name__).start_as_current_span(
        action,
        kind=SpanKind.CLIENT,
        attributes={
            "db.system": database.backend,
            "superset.data_source": database.database_name,
        },
    )


def bare(span: ReadableSpan) -> ReadableSpan:
    """The span without what people wrote."""
    events = [
        Event(event.name, _kept(event.attributes), event.timestamp)
        for event in span.events
        if event.name == "exception"
    ]
    return ReadableSpan(
        name=_name(span),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=events,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def sampler(process: str, share: float) -> Sampler:
    """What a process traces: whoever sends web a header does not decide what is paid for; what
    comes to a worker, web has decided."""
    begins = Beginnings(share)
    return ParentBased(begins, remote_parent_sampled=begins if process == "web" else ALWAYS_ON)


def _kept(attributes: Any) -> dict[str, Any]:
    return {key: value for key, value in (attributes or {}).items() if key in KEPT}


def _name(span: ReadableSpan) -> str:
    """Without a path that is no route, and of a statement no more than its verb."""
    attributes = span.attributes or {}
    scope = span.instrumentation_scope
    if span.kind == SpanKind.SERVER and "http.route" not in attributes:
        return str(attributes.get("http.request.method", "HTTP"))
    if scope is not None and scope.name.startswith(_SQL):
        first, _, database = span.name.partition(" ")
        found = _VERB.match(first)
        return f"{found[1] if found else 'SQL'} {database}".strip()
    return span.name
