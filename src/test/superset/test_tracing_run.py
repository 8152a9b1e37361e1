"""A dashboard that is opened, as X-Ray tells it: from the browser's request to a worker's SQL."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page
from world import DOMAIN, PASSWORD, REGION, World

from browsers import CHARTS, EXAMPLE, chromium, context, drawn, log_in, submit
from commands.waiting import until
from emulator.dataplane.images import COLLECTOR, digest

SECRET = "somebody-s-own-words"

#: As service/Collector has it.
CONFIGURATION = {
    "receivers": {"otlp": {"protocols": {"http": {"endpoint": "localhost:4318"}}}},
    "exporters": {"awsxray": {"region": REGION}},
}

IMPORTS = """
import sys
import superset_aws.web, superset_aws.worker
made = ("superset_aws.tracing", "opentelemetry.sdk", "opentelemetry.instrumentation")
print("imported", [name for name in sys.modules if name.startswith(made)])
"""


@dataclass(frozen=True)
class Span:
    """One segment, and those below it."""

    id: str
    name: str
    parent: str | None
    kind: str
    service: str
    attributes: dict[str, Any]
    failed: bool
    below: list["Span"] = field(default_factory=list)

    def all(self) -> Iterator["Span"]:
        """It, and everything below."""
        yield self
        for span in self.below:
            yield from span.all()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With charts that workers compute, every request traced."""
    made = World(tmp_path_factory.mktemp("tracing"))
    try:
        made.environment["FEATURE_FLAGS"] = '{"GLOBAL_ASYNC_QUERIES": true}'
        ended = made.run("init")
        assert ended["containers"][0]["exitCode"] == 0, made.logs("init")[-20:]
        made.environment["TRACING"] = '{"sample": 1, "collector": "http://localhost:4318"}'
        collector = {
            "name": "collector",
            "image": f"repository@{digest(COLLECTOR)}",
            "essential": False,
            "memory": 256,
            "environment": [{"name": "AOT_CONFIG_CONTENT", "value": json.dumps(CONFIGURATION)}],
        }
        made.beside = {"web": [collector], "worker": [collector]}
        made.serve_web()
        made.serve("worker")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def page(world: World) -> Iterator[Page]:
    with chromium(world.plane(), DOMAIN) as browser:
        made = context(browser, f"https://{DOMAIN}").new_page()
        log_in(made, "admin", PASSWORD)
        yield made


def begin(page: Page) -> str:
    """From here on the page's requests have one id, as if the load balancer had given it."""
    trace = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    page.set_extra_http_headers({"X-Amzn-Trace-Id": f"Root={trace}"})
    return trace


def documents(world: World, trace: str) -> list[dict[str, Any]]:
    found = world.client("xray").batch_get_traces(TraceIds=[trace])["Traces"]
    return [json.loads(one["Document"]) for each in found for one in each["Segments"]]


def roots(found: list[dict[str, Any]]) -> list[Span]:
    """The spans that begin; each other one must be below another."""
    spans = {
        one["id"]: Span(
            one["id"],
            one["name"],
            one.get("parent_id"),
            one["metadata"]["kind"],
            one["metadata"]["resource"]["service.name"],
            one["metadata"]["attributes"],
            one.get("fault", False),
        )
        for one in found
    }
    for span in spans.values():
        if span.parent is not None:
            spans[span.parent].below.append(span)
    return [span for span in spans.values() if span.parent is None]


def whole(world: World, trace: str, task: str, runs: int) -> list[dict[str, Any]]:
    """A trace when a task's runs are in it, and all that they are below."""

    def found() -> list[dict[str, Any]] | None:
        now = documents(world, trace)
        there = sum(one["name"] == f"run/{task}" for one in now) >= runs
        return now if there and is_whole(now) else None

    return until(f"all of {task} is there", found, 60)


def is_whole(found: list[dict[str, Any]]) -> bool:
    return {one["parent_id"] for one in found if "parent_id" in one} <= {one["id"] for one in found}


@pytest.fixture(scope="module")
def opened(page: Page, world: World) -> list[dict[str, Any]]:
    """One load of the example dashboard, nothing of it in the cache."""
    trace = begin(page)
    page.goto(EXAMPLE)
    drawn(page)
    page.set_extra_http_headers({})
    return whole(world, trace, "load_chart_data_into_cache", CHARTS)


def test_a_dashboard_load_is_one_trace_of_all_its_requests(opened: list[dict[str, Any]]) -> None:
    begun = roots(opened)
    assert {(span.kind, span.service) for span in begun} == {("SERVER", "superset-web")}
    names = [span.name for span in begun]
    assert "GET /superset/dashboard/<dashboard_id_or_slug>/" in names
    # Asked once, and once more for what the worker has computed.
    assert names.count("POST /api/v1/chart/data") >= CHARTS
    assert all(span.attributes["http.response.status_code"] < 400 for span in begun)


def test_a_request_has_its_metadata_and_its_cache_below_it(opened: list[dict[str, Any]]) -> None:
    (shown,) = [
        span
        for span in roots(opened)
        if span.name == "GET /superset/dashboard/<dashboard_id_or_slug>/"
    ]
    metadata = [
        span for span in shown.all() if span.attributes.get("server.address") == "writer.invalid"
    ]
    assert "SELECT superset" in [span.name for span in metadata]
    asked = [span for span in roots(opened) if span.name == "POST /api/v1/chart/data"]
    systems = [{one.attributes.get("db.system") for one in span.all()} for span in asked]
    assert all({"postgresql", "redis"} <= found for found in systems)


def test_the_query_of_a_chart_is_below_the_request_that_asked_for_it(
    opened: list[dict[str, Any]],
) -> None:
    asked = [span for span in roots(opened) if span.name == "POST /api/v1/chart/data"]
    sent = [
        span
        for root in asked
        for span in root.below
        if span.name == "apply_async/load_chart_data_into_cache"
    ]
    assert len(sent) == CHARTS
    for span in sent:
        (run,) = [one for one in span.below if one.kind == "CONSUMER"]
        assert (run.name, run.service) == ("run/load_chart_data_into_cache", "superset-worker")
        (query,) = [one for one in run.all() if one.name == "execute_sql"]
        assert query.attributes == {"db.system": "postgresql", "superset.data_source": "examples"}
        assert "redis" in {one.attributes.get("db.system") for one in run.all()}


def test_no_span_has_what_people_wrote(opened: list[dict[str, Any]]) -> None:
    text = json.dumps(opened)
    for word in ("examples.sales", "FROM ", "?q=", "form_data", "Mozilla", "Best sellers"):
        assert word not in text


def test_an_error_is_one_without_its_message(page: Page, world: World) -> None:
    trace = begin(page)
    submit(page, f"SELECT CAST('{SECRET}' AS integer)")
    page.set_extra_http_headers({})
    found = whole(world, trace, "sql_lab.get_sql_results", 1)
    (query,) = [one for one in found if one["name"] == "execute_sql"]
    assert query["fault"]
    (event,) = query["metadata"]["events"]
    assert event.keys() == {"exception.type"}
    assert SECRET not in json.dumps(found)
    assert any(SECRET in line for line in world.logs("worker")), "it failed for another reason"


def test_what_threads_do_beside_requests_begins_no_trace(
    opened: list[dict[str, Any]], world: World
) -> None:
    """The rows of the event log are written by one, once a second."""
    now = time.time()
    xray = world.client("xray")
    summaries = xray.get_trace_summaries(StartTime=now - 3600, EndTime=now + 60)["TraceSummaries"]
    assert summaries
    for one in summaries:
        until("it is whole", lambda trace=one["Id"]: is_whole(documents(world, trace)), 60)
        kinds = {span.kind for span in roots(documents(world, one["Id"]))}
        assert kinds <= {"SERVER", "CONSUMER"}


def test_where_nothing_is_traced_nothing_of_it_is_imported(world: World) -> None:
    program = ("python", "-c", IMPORTS)
    ended = world.run("web", program=program, TRACING="", SUPERSET_PROCESS="web")
    assert ended["containers"][0]["exitCode"] == 0
    assert "imported []" in world.logs("web", ended["taskArn"])
