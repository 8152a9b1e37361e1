"""Metrics of the application: what is measured, how it is put together, how it is written."""

import json
import logging
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

import emf
from commands.waiting import until
from superset_aws.metrics import gathered, lines, queues, web
from superset_aws.metrics.gathered import (
    ACTIVE_SECONDS,
    KEPT_SECONDS,
    QUIET_SECONDS,
    InMemory,
    InRedis,
    Store,
)
from superset_aws.metrics.lines import Metric, Values, dimension_value, record
from superset_aws.metrics.loads import LONGEST, SLACK, Part, Span, load_time, parts
from superset_aws.queues_names import QUEUES

ALL = [one for one in vars(lines).values() if isinstance(one, Metric)]
DOCUMENTED = (Path(__file__).resolve().parents[3] / "docs" / "metrics.md").read_text()
NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What is written, in a process that has seen no dimension yet."""
    found: list[dict[str, Any]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert isinstance(record.msg, dict)
            found.append(json.loads(json.dumps(record.msg)))

    handler, level = Handler(), lines.lines.level
    monkeypatch.setattr(lines, "_values", {})
    lines.lines.addHandler(handler)
    lines.lines.setLevel(logging.INFO)
    yield found
    lines.lines.removeHandler(handler)
    lines.lines.setLevel(level)


# --- Lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_a_line_is_what_cloudwatch_takes(metric: Metric, written: list[dict[str, Any]]) -> None:
    record({metric: 1.5})
    record({metric: 2}, "7", at=NOW)
    directives = [line["_aws"]["CloudWatchMetrics"][0] for line in written]
    assert {one["Metrics"][0]["Unit"] for one in directives} == {metric.unit}
    second: list[emf.Measured] = [(2, {})]
    if metric.dimension:
        second.append((2, {metric.dimension: "7"}))
    assert emf.metrics(written, metric.name) == [(1.5, {}), *second]
    assert written[1]["_aws"]["Timestamp"] == NOW * 1000


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_the_documentation_has_every_metric(metric: Metric) -> None:
    dimensions = f"none; `{metric.dimension}`" if metric.dimension else "none"
    assert f"| `{metric.name}` | {metric.unit} | {dimensions} |" in DOCUMENTED


def test_a_value_beyond_the_bound_counts_without_its_dimension(
    written: list[dict[str, Any]],
) -> None:
    for dashboard in range(lines.MOST_VALUES + 1):
        record({lines.DASHBOARD_LOAD_TIME: 5}, dashboard)
    found = emf.metrics(written, "DashboardLoadTime")
    assert sum(not dimensions for _, dimensions in found) == lines.MOST_VALUES + 1
    assert len({str(dimensions) for _, dimensions in found}) == lines.MOST_VALUES + 1


def test_a_place_is_free_an_hour_after_it_was_last_used() -> None:
    values = Values(most=2, seconds=3600)
    assert values.admit("a", 0)
    assert values.admit("b", 1000)
    assert not values.admit("c", 3599)
    assert values.admit("b", 3599)
    assert values.admit("c", 3600)
    assert not values.admit("a", 3700)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sales", "sales"),
        ("Zürich", "Z?rich"),
        (":x", "?x"),
        ("", "?"),
        ("  ", "?"),
        ("a\nb", "a?b"),
    ],
)
def test_a_dimension_has_only_what_cloudwatch_allows(name: str, value: str) -> None:
    assert dimension_value(name) == value
    assert len(dimension_value("x" * 5000)) == lines.LONGEST_VALUE


# --- Loads of dashboards ------------------------------------------------------------------------


def mounted(view: str = "v", duration: object = 900, **more: object) -> dict[str, Any]:
    event = {"source": "dashboard", "source_id": 5, "event_name": "mount_dashboard"}
    return {**event, "event_id": view, "mount_duration": duration, "visibility": "visible", **more}


def chart(
    view: str = "v", start: object = 900, duration: object = 100, **more: object
) -> dict[str, Any]:
    event = {"source": "dashboard", "source_id": 5, "event_name": "load_chart"}
    event |= {"trigger_event": view, "start_offset": start, "duration": duration}
    return {**event, **more}


def test_the_parts_of_a_batch_begin_with_the_page() -> None:
    drawn = chart(start=1000, duration=50, event_name="render_chart")
    assert parts([chart(), drawn, mounted()]) == [
        Part(5, "v", Span(0, 900), True),
        Part(5, "v", Span(900, 1000), False),
        Part(5, "v", Span(1000, 1050), False),
    ]


@pytest.mark.parametrize(
    "record",
    [
        mounted(visibility="hidden"),
        mounted(duration=-1),
        mounted(duration=float("nan")),
        mounted(duration="900"),
        mounted(duration=True),
        mounted(duration=LONGEST + 1),
        mounted(view=""),
        mounted(view="x" * 41),
        mounted(event_id=None),
        mounted(source_id="5"),
        mounted(source_id=0),
        mounted(source="explore"),
        chart(start=LONGEST, duration=1),
        chart(start=None),
        chart(event_name="force_refresh_chart"),
        "text",
        None,
    ],
)
def test_what_a_browser_may_say_wrongly_is_left_out(record: object) -> None:
    assert parts([record]) == []


@pytest.mark.parametrize(
    ("charts", "milliseconds"),
    [
        ([], 900),
        ([(850, 3000), (910, 1200), (3000, 3100)], 3100),
        # Filters had to be filled first.
        ([(15_000, 16_000)], 16_000),
        # Scrolled to, when all was there.
        ([(910, 1200), (1200 + SLACK + 1, 9000)], 1200),
        # One that is slow, and one that was asked for meanwhile.
        ([(910, 90_000), (5000, 6000)], 90_000),
    ],
)
def test_a_load_ends_when_the_last_chart_is_drawn(
    charts: list[tuple[int, int]], milliseconds: int
) -> None:
    assert load_time(Span(0, 900), [Span(*one) for one in charts]) == milliseconds


# --- What a region knows ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Redis of its own."""
    folder = tmp_path_factory.mktemp("redis")
    program = shutil.which("redis-server")
    assert program
    socket = folder / "redis.sock"
    words = [
        program,
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    until("Redis listens", socket.exists, 10)
    try:
        yield socket
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def client(server: Path) -> Iterator[redis.Redis]:
    made = redis.Redis(unix_socket_path=str(server))
    made.flushall()
    yield made
    made.close()


@pytest.fixture(params=["Redis", "memory"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return InMemory()
    return InRedis(request.getfixturevalue("client"), "superset")


def loads(written: list[dict[str, Any]]) -> list[float]:
    found = emf.metrics(written, "DashboardLoadTime")
    assert [dimensions for _, dimensions in found] == [{}, {"DashboardId": "5"}] * (len(found) // 2)
    return [value for value, dimensions in found if dimensions]


def test_a_load_is_put_together_from_batches_and_told_once(
    store: Store, written: list[dict[str, Any]]
) -> None:
    store.add(parts([mounted(), chart()]), NOW)
    store.add(parts([chart(start=910, duration=4000)]), NOW + 4)
    gathered.report(store, NOW + 3 + QUIET_SECONDS)
    assert loads(written) == []
    gathered.report(store, NOW + 4 + QUIET_SECONDS)
    gathered.report(store, NOW + 40 + QUIET_SECONDS)
    assert loads(written) == [4910]
    (line,) = [line for line in written if "DashboardLoadTime" in line]
    assert line["_aws"]["Timestamp"] == (NOW + 4) * 1000


def test_a_chart_that_comes_very_late_makes_a_longer_load(
    store: Store, written: list[dict[str, Any]]
) -> None:
    store.add(parts([mounted(), chart()]), NOW)
    gathered.report(store, NOW + 30)
    store.add(parts([chart(start=910, duration=59_000)]), NOW + 60)
    gathered.report(store, NOW + 90)
    # What is scrolled to afterwards is none.
    store.add(parts([chart(start=200_000, duration=900)]), NOW + 200)
    gathered.report(store, NOW + 230)
    assert loads(written) == [1000, 59_910]


def test_charts_of_a_page_that_was_not_opened_are_no_load(
    store: Store, written: list[dict[str, Any]]
) -> None:
    store.add(parts([chart(view="a filter")]), NOW)
    gathered.report(store, NOW + 60)
    assert loads(written) == []


def test_users_are_counted_once_and_for_five_minutes(
    store: Store, written: list[dict[str, Any]]
) -> None:
    for user, at in ((1, NOW), (2, NOW), (1, NOW + 100)):
        store.saw(user, at)
    for now in (NOW + 101, NOW + ACTIVE_SECONDS + 1, NOW + 100 + ACTIVE_SECONDS):
        gathered.report(store, now)
    assert emf.metrics(written, "ActiveUsers") == [(2, {}), (1, {}), (0, {})]


def test_redis_keeps_nothing_for_ever_and_nothing_outside_the_prefix(client: redis.Redis) -> None:
    store = InRedis(client, "superset")
    store.saw(1, NOW)
    store.add(parts([mounted(), chart()]), NOW)
    gathered.report(store, NOW + 60)
    store.add(parts([chart()]), NOW + 60)
    keys = client.keys("*")
    assert len(keys) == 4
    assert all(key.startswith(b"superset:metrics:") for key in keys)
    assert all(0 < client.ttl(key) <= KEPT_SECONDS for key in keys)


def test_memory_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "MOST_LOADS", 1)
    store = InMemory()
    store.add(parts([mounted("a")]), NOW)
    store.add(parts([mounted("b")]), NOW)
    assert [load.key for load in store.quiet(NOW + 30)] == ["5:a"]
    store.add(parts([mounted("c")]), NOW + 30)
    assert store.quiet(NOW + KEPT_SECONDS + 1) == []
    store.add(parts([mounted("d")]), NOW + KEPT_SECONDS + 1)
    assert [load.key for load in store.quiet(NOW + KEPT_SECONDS + 60)] == ["5:d"]


# --- On the way there ---------------------------------------------------------------------------


class Slow(InMemory):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.seen: list[int] = []

    def saw(self, user: int, now: float) -> None:
        assert self.open.wait(10)
        self.seen.append(user)


def test_a_request_does_not_wait_for_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_WAITING", 3)
    slow = Slow()
    watcher = web.Watcher(lambda: slow, reports=False)
    for user in (*range(10), 0, 0):
        watcher.note(user, "dashboard", [{}])
    slow.open.set()
    until("what found a place is counted", lambda: len(slow.seen) >= 3, 10)
    assert len(set(slow.seen)) == len(slow.seen) <= 5


def test_a_process_without_redis_reports_itself(
    monkeypatch: pytest.MonkeyPatch, written: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(web, "REPORT_SECONDS", 0.2)
    watcher = web.Watcher(InMemory, reports=True)
    watcher.note(3, "log", [mounted()])
    until("it reports", lambda: (1, {}) in emf.metrics(list(written), "ActiveUsers"), 10)


def test_a_store_that_fails_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, written: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(web, "PAUSE_SECONDS", 0)
    slow = Slow()
    slow.open.set()
    answers: list[Callable[[], None]] = [lambda: 1 / 0, lambda: None]  # type: ignore[list-item]

    def saw(user: int, now: float) -> None:
        answers.pop(0)()
        slow.seen.append(user)

    monkeypatch.setattr(slow, "saw", saw)
    watcher = web.Watcher(lambda: slow, reports=False)
    watcher.note(1, "dashboard", [])
    watcher.note(2, "dashboard", [])
    until("the second is counted", lambda: slow.seen == [2], 10)


# --- Queues -------------------------------------------------------------------------------------


def message(published: object) -> str:
    return json.dumps({"body": "", "headers": {queues.PUBLISHED_AT: published}})


def test_depth_and_age_are_of_each_queue_and_of_all(
    client: redis.Redis, written: list[dict[str, Any]]
) -> None:
    for published in (NOW - 60, NOW - 5):
        client.lpush("superset:celery:charts", message(published))
    client.lpush("superset:celery:reports", message(NOW - 1.25))
    queues.report(client, "superset:celery:", NOW)
    depth = dict.fromkeys(QUEUES, 0) | {"charts": 2, "reports": 1}
    assert emf.metrics(written, "QueueDepth") == [
        *((depth[queue], {"Queue": queue}) for queue in QUEUES),
        (3, {}),
    ]
    age = dict.fromkeys(QUEUES, 0.0) | {"charts": 60.0, "reports": 1.25}
    assert emf.metrics(written, "QueueAge") == [
        *((age[queue], {"Queue": queue}) for queue in QUEUES),
        (60.0, {}),
    ]


@pytest.mark.parametrize(
    "waiting", [None, b"{}", b"not JSON", b"[]", b'{"headers": null}', message("soon").encode()]
)
def test_a_message_that_does_not_say_its_age_has_none(waiting: bytes | None) -> None:
    assert queues.age(waiting, NOW) == 0
    assert queues.age(message(NOW + 1).encode(), NOW) == 0


def test_a_message_is_stamped_when_it_is_published() -> None:
    headers: dict[str, Any] = {"id": "1"}
    queues.stamp(headers=headers, sender="task")
    assert queues.age(json.dumps({"headers": headers}).encode(), headers["published_at"] + 2) == 2
