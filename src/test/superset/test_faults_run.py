"""What the user of a running Superset sees when a part of it goes, and that nothing is lost."""

import os
import signal

import psycopg2
from playwright.sync_api import Page
from world import NAME, World, connect, wait

import browsers

ROWS = "SELECT count(*) AS rows FROM examples.sales"
#: Long enough to be interrupted.
SLOW = "SELECT count(*) AS rows FROM generate_series(1, 60000000)"


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
    wait("the database is another process", lambda: started(superset) not in (None, start))
    wait("the pages answer", lambda: page.goto("/api/v1/dashboard/").status == 200)
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

    wait("another beat runs", again)
    assert max(seen) == 1


def test_a_query_whose_worker_is_killed_gives_no_rows_and_the_next_one_does(
    page: Page, superset: World
) -> None:
    path = f"/api/v1/query/{browsers.submit(page, SLOW)['queryId']}"

    def status() -> str:
        return str(page.goto(path).json()["result"]["status"])

    wait("the query runs", lambda: status() == "running")
    (task,) = superset.running("service:superset-worker")
    os.killpg(task["pid"], signal.SIGKILL)
    wait("another worker runs", lambda: replaced(superset, "worker", task))
    assert browsers.query(page, ROWS) == [{"rows": 1248}]
    # Run once, not taken up again by the new worker.
    assert status() != "success"


def visit(page: Page) -> None:
    page.goto(browsers.EXAMPLE)


def primary(world: World) -> str:
    groups = world.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)
    members = groups["ReplicationGroups"][0]["NodeGroups"][0]["NodeGroupMembers"]
    return next(str(m["CacheClusterId"]) for m in members if m["CurrentRole"] == "primary")


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

    wait("the query runs", lambda: query("running"))
    before = primary(superset)
    superset.client("elasticache").test_failover(ReplicationGroupId=NAME, NodeGroupId="0001")
    after = primary(superset)
    assert after != before
    wait("Redis failed over", lambda: f"{after} is the primary now" in superset.log.read_text())
    assert page.goto(browsers.EXAMPLE).status == 200
    with gate.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_unlock({GATE})")
    key = wait("the query ends", lambda: query("success"))["results_key"]
    rows = page.goto(f"/api/v1/sqllab/results/?q=(key:'{key}')").json()["data"]
    assert rows == [{"run": 1}]
    # What was cached is there still, the worker goes on, and has not run the query again. For
    # five seconds after an error nobody asks the cache (superset_aws.caches, PAUSE_SECONDS).
    page.wait_for_timeout(6_000)
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
    wait("Redis is gone", lambda: not group()["ReplicationGroups"])
    assert page.goto(browsers.EXAMPLE).status == 200
    assert dashboards(page) == before
