"""What the user of a running Superset sees when a part of it goes, and that nothing is lost."""

import os
import signal
from collections.abc import Iterator

import psycopg2
import pytest
from playwright.sync_api import Page
from world import DOMAIN, NAME, PASSWORD, World, connect, wait

import browsers

ROWS = "SELECT count(*) AS rows FROM examples.sales"
#: Long enough to be interrupted.
SLOW = "SELECT count(*) AS rows FROM generate_series(1, 60000000)"


@pytest.fixture(scope="module")
def page(superset: World) -> Iterator[Page]:
    with browsers.chromium(superset.plane(), DOMAIN) as browser:
        made = browsers.context(browser, f"https://{DOMAIN}").new_page()
        browsers.log_in(made, "admin", PASSWORD)
        yield made


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
    assert browsers.query(page, ROWS) == {"status": "success", "data": [{"rows": 1248}]}


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
    submitted = page.evaluate(SUBMIT, SLOW)
    path = f"/api/v1/query/{submitted['query']['queryId']}"

    def status() -> str:
        return str(page.goto(path).json()["result"]["status"])

    wait("the query runs", lambda: status() == "running")
    (task,) = superset.running("service:superset-worker")
    os.killpg(task["pid"], signal.SIGKILL)
    wait("another worker runs", lambda: replaced(superset, "worker", task))
    assert browsers.query(page, ROWS) == {"status": "success", "data": [{"rows": 1248}]}
    # Run once, not taken up again by the new worker.
    assert status() != "success"


SUBMIT = """async sql => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const databases = (await (await fetch('/api/v1/database/')).json()).result;
  const id = databases.find(database => database.database_name === 'examples').id;
  const submitted = await fetch('/api/v1/sqllab/execute/', {method: 'POST', headers, body:
    JSON.stringify({database_id: id, sql, runAsync: true, client_id: 'killed-1',
      schema: 'examples', queryLimit: 10})});
  return await submitted.json();
}"""


def test_pages_open_without_redis(page: Page, superset: World) -> None:
    before = dashboards(page)
    superset.client("elasticache").delete_replication_group(ReplicationGroupId=NAME)
    group = superset.client("elasticache").describe_replication_groups
    wait("Redis is gone", lambda: not group()["ReplicationGroups"])
    assert page.goto(browsers.EXAMPLE).status == 200
    assert dashboards(page) == before
