"""The metrics that a real Superset says of itself while people use it."""

import json
import time
from typing import Any

import pytest
from api import Client, alert
from playwright.sync_api import Page
from world import PASSWORD, World

import emf
from browsers import CHARTS, EXAMPLE, drawn, query
from commands.waiting import until


def lines(world: World, *kinds: str) -> list[dict[str, Any]]:
    return [line for kind in kinds for line in emf.of(world.logs(kind))]


@pytest.fixture(scope="module")
def admin(superset: World) -> Client:
    return Client(superset, "admin", PASSWORD)


@pytest.fixture(scope="module")
def dashboard(admin: Client) -> str:
    return str(admin.call("GET", "dashboard/examples-sales")["result"]["id"])


@pytest.fixture(scope="module")
def failing(admin: Client) -> int:
    """An alert that fails each minute; made first, since it takes up to a minute."""
    return alert(admin, "Fails", "SELECT 1 / 0", ">", "a@example.com")


@pytest.fixture(scope="module")
def opened(failing: int, page: Page, superset: World) -> float:
    """The example dashboard, twice: from its source, and from the cache. Milliseconds that the
    slower opening took for whoever waited here."""
    slowest = 0.0
    for _ in range(2):
        begun = time.monotonic()
        page.goto(EXAMPLE)
        drawn(page)
        slowest = max(slowest, (time.monotonic() - begun) * 1000)
    return slowest


def test_charts_come_from_the_source_first_and_then_from_the_cache(
    opened: float, superset: World
) -> None:
    def counted(name: str) -> float:
        return sum(value for value, _ in emf.metrics(lines(superset, "web", "worker"), name))

    until("all charts are counted", lambda: counted("CacheHits") >= CHARTS, 10)
    assert (counted("CacheMisses"), counted("CacheHits")) == (CHARTS, CHARTS)


def test_queries_have_their_time_and_their_data_source(
    opened: float, page: Page, superset: World
) -> None:
    def found() -> list[emf.Measured]:
        return emf.metrics(lines(superset, "web", "worker"), "QueryExecutionTime")

    times = [value for value, dimensions in found() if dimensions == {"DataSource": "examples"}]
    assert len(times) >= CHARTS
    assert all(0 < value < opened for value in times)
    query(page, "SELECT count(*) AS rows FROM examples.sales")
    until("SQL Lab's is there", lambda: len(found()) >= 2 * (len(times) + 1), 10)


def test_a_refused_sign_in_counts_once(admin: Client, superset: World) -> None:
    before = len(emf.metrics(lines(superset, "web"), "FailedLogins"))
    wrong = {"username": "admin", "password": "a wrong one", "provider": "db"}
    assert admin.ask("POST", "security/login", wrong)[0] == 401

    def now() -> list[emf.Measured]:
        return emf.metrics(lines(superset, "web"), "FailedLogins")

    until("it is counted", lambda: len(now()) > before, 10)
    assert now()[before:] == [(1, {})]


def test_a_refused_sign_in_is_told_with_its_address_and_only_a_name_that_exists(
    admin: Client, superset: World
) -> None:
    typed = "My-Passw0rd-as-a-name"
    for name in ("admin", typed):
        admin.ask("POST", "security/login", {"username": name, "password": "-", "provider": "db"})

    def refused() -> list[dict[str, Any]]:
        lines = [line for line in superset.logs("web") if "sign-in refused" in line]
        return [json.loads(line) for line in lines]

    until("both are told", lambda: len(refused()) >= 2, 10)
    assert [line["user"] for line in refused()[-2:]] == ["admin", None]
    assert all(line["address"].startswith("127.") for line in refused())
    assert not any(typed in line for line in superset.logs("web"))


def test_beat_reports_the_load_its_users_and_the_queues(
    opened: float, dashboard: str, superset: World
) -> None:
    def found(name: str) -> list[emf.Measured]:
        return emf.metrics(lines(superset, "beat"), name)

    until("both openings are reported", lambda: len(found("DashboardLoadTime")) >= 4, 90)
    loads = found("DashboardLoadTime")
    assert [dimensions for _, dimensions in loads] == [{}, {"DashboardId": dashboard}] * 2
    assert all(100 < value <= opened for value, _ in loads)
    # The browser and the client are the same person.
    assert max(value for value, _ in found("ActiveUsers")) == 1
    depths = found("QueueDepth")
    queues = {dimensions.get("Queue") for _, dimensions in depths}
    assert queues == {"celery", "sql_lab", "charts", "reports", None}
    assert all(value >= 0 for value, _ in depths + found("QueueAge"))


def test_a_run_that_fails_counts_once(failing: int, admin: Client, superset: World) -> None:
    def failed() -> set[str]:
        log = admin.call("GET", f"report/{failing}/log/?q=(page_size:100)")["result"]
        return {row["uuid"] for row in log if row["state"] == "Error"}

    until("it fails", failed, 90)
    admin.call("PUT", f"report/{failing}", {"active": False})
    runs = failed()

    def counted() -> list[emf.Measured]:
        return emf.metrics(lines(superset, "worker"), "FailedReports")

    until("it is counted", lambda: len(counted()) >= len(runs), 10)
    assert counted() == [(1, {})] * len(failed())


def test_cloudwatch_has_them(opened: float, dashboard: str, superset: World) -> None:
    """What the log groups made of the lines."""
    made = superset.client("cloudwatch").list_metrics(Namespace="Superset/Application")["Metrics"]
    names = {(one["MetricName"], *(each["Value"] for each in one["Dimensions"])) for one in made}
    assert {
        ("DashboardLoadTime", dashboard),
        ("QueryExecutionTime", "examples"),
        ("QueueDepth", "charts"),
        ("CacheHits",),
        ("FailedLogins",),
    } <= names
