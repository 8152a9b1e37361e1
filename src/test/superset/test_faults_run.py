"""What the user of a running Superset sees when a part of it goes, and that nothing is lost."""

import os
import signal
import socket
from functools import partial

import psycopg2
from playwright.sync_api import Page
from world import NAME, World, connect

import browsers
from commands.waiting import until

#: After an error the cache is not asked for five seconds (superset_aws.caches, PAUSE_SECONDS).
PAUSE_MS = 6_000
ROWS = "SELECT count(*) AS rows FROM examples.sales"
#: Long enough to be interrupted.
SLOW = "SELECT count(*) AS rows FROM generate_series(1, 60000000)"

#: 3 GB, more than the task's memory: all rows are read before one is used.
HUGE = "SELECT repeat('x', 300000000) AS words FROM generate_series(1, 10)"


def replaced(world: World, kind: str, task: dict[str, object]) -> bool:
    now = world.running(f"service:superset-{kind}")
    return len(now) == 1 and now[0]["task"] != task["task"] and world.is_steady(kind)


def started(world: World) -> object:
    """When the database was; None while it is not."""
    try:
        connection = connect(world)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()")
            found: object = cursor.fetchone()[0]
        connection.close()
    except psycopg2.OperationalError:
        return None
    return found


def dashboards(page: Page) -> list[str]:
    found = page.goto("/api/v1/dashboard/").json()["result"]
    return sorted(one["dashboard_title"] for one in found)


def test_a_restarted_database_loses_nothing(page: Page, superset: World) -> None:
    before = dashboards(page)
    assert before
    start = started(superset)
    superset.client("rds").reboot_db_instance(DBInstanceIdentifier=NAME)
    until("the database is another process", lambda: started(superset) not in (None, start))
    until("the pages answer", lambda: page.goto("/api/v1/dashboard/").status == 200)
    assert dashboards(page) == before
    assert browsers.query(page, ROWS) == [{"rows": 1248}]


def test_a_killed_beat_is_replaced_by_one(superset: World) -> None:
    """Two would send each report twice."""
    (task,) = superset.running("service:superset-beat")
    os.killpg(task["pid"], signal.SIGKILL)
    seen = []

    def again() -> bool:
        seen.append(len(superset.running("service:superset-beat")))
        return replaced(superset, "beat", task)

    until("another beat runs", again)
    assert max(seen) == 1


def test_a_query_whose_worker_is_killed_gives_no_rows_and_the_next_one_does(
    page: Page, superset: World
) -> None:
    path = f"/api/v1/query/{browsers.submit(page, SLOW)['queryId']}"

    def status() -> str:
        return str(page.goto(path).json()["result"]["status"])

    until("the query runs", lambda: status() == "running")
    (task,) = superset.running("service:superset-worker")
    os.killpg(task["pid"], signal.SIGKILL)
    until("another worker runs", lambda: replaced(superset, "worker", task))
    assert browsers.query(page, ROWS) == [{"rows": 1248}]
    # Run once, not taken up again by the new worker.
    assert status() != "success"


def test_a_worker_that_takes_too_much_memory_is_killed_and_its_query_gives_no_rows(
    page: Page, superset: World
) -> None:
    (task,) = superset.running("service:superset-worker")
    path = f"/api/v1/query/{browsers.submit(page, HUGE)['queryId']}"
    until("another worker runs", lambda: replaced(superset, "worker", task), 300)
    (stopped,) = superset.client("ecs").describe_tasks(cluster=NAME, tasks=[task["task"]])["tasks"]
    (container,) = stopped["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError")
    assert page.goto(browsers.EXAMPLE).status == 200
    assert browsers.query(page, ROWS) == [{"rows": 1248}]
    # The new worker has not taken it up again, to be killed as well.
    assert page.goto(path).json()["result"]["status"] != "success"
    assert len(superset.running("service:superset-worker")) == 1


def visit(page: Page) -> None:
    page.goto(browsers.EXAMPLE)


def primary(world: World) -> str:
    groups = world.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)
    members = groups["ReplicationGroups"][0]["NodeGroups"][0]["NodeGroupMembers"]
    return next(str(m["CacheClusterId"]) for m in members if m["CurrentRole"] == "primary")


def is_open(world: World, before: dict[str, int]) -> bool:
    """Whether Redis has another door, and it listens."""
    plane = world.plane()
    if plane["doors"] == before:
        return False
    address = plane["names"][world.environment["REDIS_HOST"]]
    try:
        socket.create_connection((address, 6379), timeout=1).close()
    except OSError:
        return False
    return True


def test_connections_that_redis_ends_are_made_again_and_lose_nothing(
    page: Page, superset: World
) -> None:
    """ElastiCache ends each twelve hours after its token: every consumer logs in anew."""
    page.goto(browsers.EXAMPLE)
    browsers.drawn(page)
    for _ in range(3):
        closed = superset.plane()["doors"]
        os.killpg(closed[superset.environment["REDIS_HOST"]], signal.SIGKILL)
        # On AWS Redis listens all along: it is its clients' connections that end.
        until("Redis has another door", partial(is_open, superset, closed))
        # The first that meets the ended connections is the broker, on both sides.
        assert browsers.query(page, ROWS) == [{"rows": 1248}]
    page.wait_for_timeout(PAUSE_MS)
    answers = browsers.chart_results(page, lambda: visit(page))
    assert [answer["is_cached"] for answer in answers] == [True] * browsers.CHARTS


def test_a_failover_of_redis_loses_no_result_and_doubles_no_query(
    page: Page, superset: World
) -> None:
    gate = connect(superset)
    gate.autocommit = True
    with gate.cursor() as cursor:
        cursor.execute(COUNTED)
        cursor.execute(f"SELECT pg_advisory_lock({GATE})")
    page.goto(browsers.EXAMPLE)
    browsers.drawn(page)
    submitted = browsers.submit(page, "SELECT run FROM examples.counted")
    path = f"/api/v1/query/{submitted['queryId']}"

    def query(status: str) -> dict[str, object] | None:
        found = page.goto(path).json()["result"]
        assert found["status"] != "failed", found
        return dict(found) if found["status"] == status else None

    until("the query runs", lambda: query("running"))
    before = primary(superset)
    superset.client("elasticache").test_failover(ReplicationGroupId=NAME, NodeGroupId="0001")
    after = primary(superset)
    assert after != before
    until("Redis failed over", lambda: f"{after} is the primary now" in superset.log.read_text())
    assert page.goto(browsers.EXAMPLE).status == 200
    with gate.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_unlock({GATE})")
    key = until("the query ends", lambda: query("success"))["results_key"]
    rows = page.goto(f"/api/v1/sqllab/results/?q=(key:'{key}')").json()["data"]
    assert rows == [{"run": 1}]
    # What was cached is there still, the worker goes on, and has not run the query again. After
    # an error nobody asks the cache for a while.
    page.wait_for_timeout(PAUSE_MS)
    answers = browsers.chart_results(page, lambda: visit(page))
    assert [answer["is_cached"] for answer in answers] == [True] * browsers.CHARTS
    assert browsers.query(page, ROWS) == [{"rows": 1248}]
    with gate.cursor() as cursor:
        cursor.execute("SELECT last_value FROM examples.runs")
        assert cursor.fetchone() == (1,)
    gate.close()


#: A query that waits, and counts how often it ran.
GATE = 4712
COUNTED = f"""
  CREATE SEQUENCE examples.runs;
  CREATE VIEW examples.counted AS
    SELECT nextval('examples.runs') AS run FROM pg_advisory_xact_lock_shared({GATE});
  GRANT USAGE ON examples.runs TO PUBLIC;
  GRANT SELECT ON examples.counted TO PUBLIC
"""


def test_pages_open_without_redis(page: Page, superset: World) -> None:
    before = dashboards(page)
    superset.client("elasticache").delete_replication_group(ReplicationGroupId=NAME)
    group = superset.client("elasticache").describe_replication_groups
    until("Redis is gone", lambda: not group()["ReplicationGroups"])
    assert page.goto(browsers.EXAMPLE).status == 200
    assert dashboards(page) == before
