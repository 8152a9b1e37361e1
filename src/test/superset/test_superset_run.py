"""The real Superset on real PostgreSQL and Redis, started as ECS starts it."""

import gzip
import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from world import DOMAIN, NAME, PASSWORD, World, connect, wait

SCREENSHOTS = Path(__file__).resolve().parents[3] / ".build" / "screenshots"


def steps(lines: list[str]) -> dict[str, str]:
    """Outcome by step, of the last run."""
    found = [json.loads(line) for line in lines if line.startswith('{"step"')]
    return {step["step"]: step.get("outcome", "") for step in found}


def test_init_brings_an_empty_database_to_the_images_version(initialized: World) -> None:
    done = steps(initialized.logs("init"))
    assert done["migrate the database"].startswith("now at version")
    assert done["administrator"] == "made"
    assert done["examples"] == "made /superset/dashboard/examples-sales/"


def test_init_changes_nothing_when_it_runs_again(initialized: World) -> None:
    ended = initialized.run("init")
    assert ended["containers"][0]["exitCode"] == 0
    done = steps(initialized.logs("init", ended["taskArn"]))
    assert done["migrate the database"].endswith("already")
    assert done["roles and permissions"] == "unchanged"
    assert done["administrator"] == "unchanged"
    assert done["examples"] == "there already"


def test_a_task_with_a_wrong_environment_ends_and_says_why(initialized: World) -> None:
    ended = initialized.run("init", DATABASE_SECRET="", DATABASE_PORT="none")
    assert ended["containers"][0]["exitCode"] == 78
    said = "\n".join(initialized.logs("init", ended["taskArn"]))
    assert "DATABASE_SECRET is missing" in said
    assert "DATABASE_PORT: 'none'" in said


@pytest.fixture(scope="module")
def page(superset: World) -> Iterator[Page]:
    """A browser that trusts this AWS's authority for the load balancer's name only."""
    plane = superset.plane()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                f"--host-resolver-rules=MAP {DOMAIN} {plane['names'][DOMAIN]}",
                f"--ignore-certificate-errors-spki-list={plane['spki']}",
            ],
        )
        context = browser.new_context(base_url=f"https://{DOMAIN}", viewport=VIEW)
        made = context.new_page()
        made.set_default_timeout(60_000)
        made.goto("/login/")
        made.fill("input#username", "admin")
        made.fill("input#password", PASSWORD)
        made.click("button[type=submit]")
        made.wait_for_url("**/superset/welcome/")
        yield made
        browser.close()


VIEW = {"width": 1440, "height": 1100}


def screenshot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def drawn(page: Page) -> None:
    """All charts: three of them are pictures, one is a table, two are numbers."""
    page.wait_for_selector("text=Best sellers")
    charts = page.locator(".slice_container")
    pictures = charts.locator("canvas")
    wait("pictures", lambda: page.wait_for_timeout(100) or pictures.count() >= 3, 60)
    charts.locator("table tbody tr").first.wait_for()


def test_a_person_logs_in_and_sees_the_dashboard_from_the_cache_the_second_time(
    page: Page,
) -> None:
    answers: list[dict[str, object]] = []

    def keep(response: object) -> None:
        if "/api/v1/chart/data" in response.url and response.status == 200:  # type: ignore[attr-defined]
            answers.append(response.json()["result"][0])  # type: ignore[attr-defined]

    page.goto("/superset/dashboard/examples-sales/")
    drawn(page)
    page.on("response", keep)
    page.reload()
    drawn(page)
    wait("six charts are there", lambda: page.wait_for_timeout(100) or len(answers) == 6, 30)
    screenshot(page, "dashboard")
    assert [answer["is_cached"] for answer in answers] == [True] * 6


def test_what_the_login_page_reports_leaves_the_session_alone(page: Page) -> None:
    """Or its answer, coming late, would sign out who has just signed in."""
    nobody = page.context.browser.new_page(base_url=f"https://{DOMAIN}")
    nobody.goto("/login/")

    def cookie() -> str:
        return next(one["value"] for one in nobody.context.cookies() if one["name"] == "session")

    before = cookie()
    redirected = nobody.evaluate(
        "fetch('/superset/log/?explode=events', {method: 'POST', redirect: 'manual'})"
        ".then(answer => answer.type)"
    )
    assert redirected == "opaqueredirect"
    assert cookie() == before
    nobody.close()


def test_static_files_come_compressed_and_say_how_long_they_stay(superset: World) -> None:
    (task,) = superset.running("service:superset-web")
    url = f"http://{task['address']}:8088"

    def get(path: str) -> tuple[bytes, Message]:
        asked = urllib.request.Request(url + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked) as answer:
            return answer.read(), answer.headers

    login, _ = get("/login/")
    page_text = gzip.decompress(login).decode()
    script = re.findall(r'src="(/static/assets/[^"]+\.js)"', page_text)[0]
    body, headers = get(script)
    assert headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(body)) > len(body)
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    _, headers = get("/static/assets/images/superset-logo-horiz.png")
    assert headers["Cache-Control"] == "max-age=86400, public"


def test_a_query_of_sql_lab_runs_in_the_worker(page: Page, superset: World) -> None:
    result = page.evaluate(QUERY)
    assert result["status"] == "success", result
    assert result["data"] == [{"rows": 1248}]
    assert any("sql_lab.get_sql_results" in line for line in superset.logs("worker"))


#: Submits as SQL Lab does, polls as it does, and fetches the rows.
QUERY = """async () => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const databases = (await (await fetch('/api/v1/database/')).json()).result;
  const id = databases.find(database => database.database_name === 'examples').id;
  const submitted = await fetch('/api/v1/sqllab/execute/', {method: 'POST', headers, body:
    JSON.stringify({database_id: id, sql: 'SELECT count(*) AS rows FROM examples.sales',
      runAsync: true, client_id: 'test-query', schema: 'examples', queryLimit: 10})});
  if (submitted.status !== 202) return {status: submitted.status, body: await submitted.text()};
  const {query} = await submitted.json();
  for (let i = 0; i < 300; i++) {
    const seen = (await (await fetch('/api/v1/query/' + query.queryId)).json()).result;
    if (seen.status === 'failed') return seen;
    if (seen.status === 'success') {
      const key = encodeURIComponent(`(key:'${seen.results_key}')`);
      const rows = await (await fetch('/api/v1/sqllab/results/?q=' + key)).json();
      return {status: 'success', data: rows.data};
    }
    await new Promise(done => setTimeout(done, 100));
  }
  return {status: 'waited in vain'};
}"""


def test_events_are_in_the_log_and_in_the_table(page: Page, superset: World) -> None:
    page.goto("/superset/dashboard/examples-sales/")
    lines = [json.loads(line) for line in superset.logs("web") if '"superset.events"' in line]
    assert any(line["action"] == "dashboard" or line["dashboard_id"] for line in lines)
    wait("the rows are written", lambda: count(superset) >= len(lines), 10)


def count(world: World) -> int:
    connection = connect(world)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM logs")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def test_a_rotated_database_password_fails_no_request(page: Page, superset: World) -> None:
    """The order of superset-secrets: pending, then the database, then current."""
    secrets, rds = superset.client("secretsmanager"), superset.client("rds")
    value = json.dumps({"username": "superset_admin", "password": "second-Database-2"})
    version = secrets.put_secret_value(
        SecretId=superset.credentials, SecretString=value, VersionStages=["AWSPENDING"]
    )["VersionId"]
    rds.modify_db_instance(
        DBInstanceIdentifier=NAME, MasterUserPassword="second-Database-2", ApplyImmediately=True
    )
    time.sleep(1)
    rds.reboot_db_instance(DBInstanceIdentifier=NAME)
    time.sleep(2)
    wait("the pages answer", lambda: page.goto("/api/v1/me/").status == 200, 30)
    stages = secrets.list_secret_version_ids(SecretId=superset.credentials)["Versions"]
    before = next(one["VersionId"] for one in stages if "AWSCURRENT" in one["VersionStages"])
    secrets.update_secret_version_stage(
        SecretId=superset.credentials,
        VersionStage="AWSCURRENT",
        MoveToVersionId=version,
        RemoveFromVersionId=before,
    )
    assert page.goto("/api/v1/me/").status == 200


def test_a_killed_web_task_is_replaced(superset: World) -> None:
    (task,) = superset.running("service:superset-web")
    os.kill(task["pid"], signal.SIGKILL)

    def replaced() -> bool:
        now = superset.running("service:superset-web")
        return len(now) == 1 and now[0]["pid"] != task["pid"] and now[0]["target"] == "healthy"

    wait("another task is healthy", replaced)


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_a_frozen_process_is_replaced(superset: World, kind: str) -> None:
    group = f"service:superset-{kind}"
    (task,) = superset.running(group)
    os.killpg(task["pid"], signal.SIGSTOP)

    def replaced() -> bool:
        now = [one for one in superset.running(group) if one["task"] != task["task"]]
        return len(now) == 1 and superset.is_steady(kind)

    wait("another task does its work", replaced)
