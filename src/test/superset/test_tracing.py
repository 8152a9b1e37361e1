"""Which requests are traced, and what is left of their spans."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".build/superset/bin/python"
PACKAGE = ROOT / "src/main/superset/pythonpath"

DECIDED = """
import sys
from opentelemetry import trace
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.sdk.trace import TracerProvider
from superset_aws.json_lines import request_id
from superset_aws.tracing import TraceIds, sampler

process, share, kind, header = sys.argv[1:]
request_id.set(header)
context = AwsXRayPropagator().extract({"X-Amzn-Trace-Id": header})
provider = TracerProvider(sampler=sampler(process, float(share)), id_generator=TraceIds())
span = provider.get_tracer("test").start_span("", context, kind=trace.SpanKind[kind])
print(f"{span.get_span_context().trace_id:032x}", span.is_recording())
"""

BARE = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from superset_aws.tracing import bare

def shown(name, scope="test", kind=SpanKind.CLIENT, **attributes):
    tracer = TracerProvider().get_tracer(scope)
    span = tracer.start_span(name, kind=kind, attributes=attributes)
    span.record_exception(ValueError("private"))
    span.set_status(2, "private")
    span.end()
    left = bare(span)
    (event,) = left.events
    print(left.name, "|", dict(left.attributes), dict(event.attributes), left.status.description)

sql = "opentelemetry.instrumentation.sqlalchemy"
shown("SELECT superset", sql, **{"db.system": "postgresql", "db.statement": "private"})
shown("(SELECT('private') superset", sql)
shown("--private", sql)
shown("GET /private", kind=SpanKind.SERVER, **{"http.request.method": "GET"})
"""


def ran(code: str, *words: str) -> list[str]:
    """What a program says that has the image's libraries."""
    settings = {"PYTHONPATH": str(PACKAGE), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [PYTHON, "-c", code, *words], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def decided(process: str, share: float, kind: str, header: str) -> tuple[str, bool]:
    """Id of a span without a parent in its process, and whether it is recorded."""
    ((identifier, recorded),) = [
        one.split() for one in ran(DECIDED, process, str(share), kind, header)
    ]
    return identifier, recorded == "True"


#: Half of all ids are below the bound of 0.5.
LOW = "1-6746a1b2-000000001000000000000000"
HIGH = "1-6746a1b2-00000000f000000000000000"


def test_a_trace_has_the_load_balancers_id_and_is_decided_by_it() -> None:
    low = decided("web", 0.5, "SERVER", f"Root={LOW}")
    assert low == ("6746a1b2000000001000000000000000", True)
    assert decided("web", 0.5, "SERVER", f"Self=1-6746a1b2-1;Root={HIGH}")[1] is False


def test_a_header_from_outside_does_not_make_web_trace() -> None:
    outside = f"Root={HIGH};Parent=53995c3f42cd8ad8;Sampled=1"
    assert decided("web", 0.5, "SERVER", outside)[1] is False
    assert decided("worker", 0.5, "CONSUMER", outside)[1] is True


def test_only_requests_and_tasks_begin_a_trace() -> None:
    assert decided("web", 1, "CLIENT", "")[1] is False
    assert decided("worker", 1, "CONSUMER", "")[1] is True


def test_a_span_keeps_nothing_that_people_wrote() -> None:
    kind = "{'exception.type': 'ValueError'} None"
    assert ran(BARE) == [
        f"SELECT superset | {{'db.system': 'postgresql'}} {kind}",
        f"SELECT superset | {{}} {kind}",
        f"SQL | {{}} {kind}",
        f"GET | {{'http.request.method': 'GET'}} {kind}",
    ]
