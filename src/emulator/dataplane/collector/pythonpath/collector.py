"""The collector beside a task: spans in, OTLP over HTTP; segments out, to X-Ray.

Of the configuration in AOT_CONFIG_CONTENT it follows the address of the receiver and the region of
the exporter. A span becomes a segment as OpenTelemetry's awsxray exporter makes it, as far as X-Ray
tells it again: ids, name, times, parent, error. Everything else that came is in the metadata.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

#: Documents that PutTraceSegments is sent at once.
BATCH = 25

NANOSECONDS = 1e9


class Collector(ThreadingHTTPServer):
    """Listens where the configuration says."""

    def __init__(self, configuration: dict[str, Any]) -> None:
        endpoint = configuration["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
        host, _, port = endpoint.rpartition(":")
        super().__init__((host, int(port)), Handler)
        region = configuration["exporters"]["awsxray"]["region"]
        self._xray = boto3.client("xray", region_name=region)

    def send(self, request: ExportTraceServiceRequest) -> None:
        """All spans of a request."""
        found = [
            segment(span, _attributes(group.resource.attributes))
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]
        for start in range(0, len(found), BATCH):
            documents = [json.dumps(one) for one in found[start : start + BATCH]]
            self._xray.put_trace_segments(TraceSegmentDocuments=documents)


class Handler(BaseHTTPRequestHandler):
    """OTLP's one path for spans."""

    server: Collector

    def do_POST(self) -> None:
        """An export."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") or self.path != "/v1/traces":
            self._answer(400)
            return
        self.server.send(ExportTraceServiceRequest.FromString(body))
        self._answer(200)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()


def segment(span: Span, resource: dict[str, Any]) -> dict[str, Any]:
    """A segment document (AWS X-Ray Developer Guide, "X-Ray segment documents")."""
    trace = span.trace_id.hex()
    made: dict[str, Any] = {
        "id": span.span_id.hex(),
        "trace_id": f"1-{trace[:8]}-{trace[8:]}",
        "name": span.name,
        "start_time": span.start_time_unix_nano / NANOSECONDS,
        "end_time": span.end_time_unix_nano / NANOSECONDS,
        "metadata": {
            "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
            "resource": resource,
            "attributes": _attributes(span.attributes),
            "events": [_attributes(event.attributes) for event in span.events],
            "message": span.status.message,
        },
    }
    if span.parent_span_id:
        made["parent_id"] = span.parent_span_id.hex()
    if span.kind not in (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER):
        # One that is sent without the segment that it belongs to.
        made["type"] = "subsegment"
    if span.status.code == Status.STATUS_CODE_ERROR:
        made["fault"] = True
    return made


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def main() -> None:
    """Until SIGTERM."""
    collector = Collector(json.loads(os.environ["AOT_CONFIG_CONTENT"]))
    stop = threading.Thread(target=collector.shutdown)
    signal.signal(signal.SIGTERM, lambda *_: stop.start())
    collector.serve_forever(0.2)


if __name__ == "__main__":
    main()
