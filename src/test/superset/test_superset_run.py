"""The real Superset on real PostgreSQL and Redis, started as ECS starts it."""

import gzip
import json
import os
import re
import signal
import time
import urllib.request
from contextlib import closing
from email.message import Message
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Page
from world import DOMAIN, NAME, PASSWORD, World, connect

from browsers import CHARTS, EXAMPLE, chart_results, drawn, log_in, query, screenshot
from commands.waiting import until


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


def test_a_database_of_another_authority_is_refused(initialized: World, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    ended = initialized.run("init", DATABASE_CA=str(other))
    assert ended["containers"][0]["exitCode"] == 1
    assert "certificate verify failed" in "\n".join(initialized.logs("init", ended["taskArn"]))


def test_a_person_logs_in_and_sees_the_dashboard_from_the_cache_the_second_time(
    page: Page,
) -> None:
    page.goto(EXAMPLE)
    drawn(page)
    results = chart_results(page, lambda: page.reload())
    drawn(page)
    screenshot(page, "dashboard")
    assert [result["is_cached"] for result in results] == [True] * CHARTS


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
    assert query(page, "SELECT count(*) AS rows FROM examples.sales") == [{"rows": 1248}]
    assert any("sql_lab.get_sql_results" in line for line in superset.logs("worker"))


def test_events_are_in_the_log_and_in_the_table(page: Page, superset: World) -> None:
    page.goto(EXAMPLE)
    lines = [json.loads(line) for line in superset.logs("web") if '"superset.events"' in line]
    assert any(line["action"] == "dashboard" or line["dashboard_id"] for line in lines)
    until("the rows are written", lambda: count(superset) >= len(lines), 10)


def count(world: World) -> int:
    connection = connect(world)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM logs")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


SEND = """
from superset_aws.worker import app
for name in ("prune_logs", "prune_query"):
    entry = app.conf.beat_schedule[name]
    app.send_task(entry["task"], kwargs=entry["kwargs"])
"""


def test_what_beat_schedules_deletes_events_and_queries_older_than_configured(
    superset: World,
) -> None:
    days, ages = 30, (29, 31)
    with closing(connect(superset)) as connection, connection, connection.cursor() as cursor:
        for age in ages:
            stamp = f"now() - interval '{age} days'"
            cursor.execute(f"INSERT INTO logs (action, dttm) VALUES ('kept {age}', {stamp})")
            cursor.execute(
                "INSERT INTO query (client_id, database_id, changed_on)"
                f" SELECT '{age}', min(id), {stamp} FROM dbs"
            )
    program = ("env", "SUPERSET_PROCESS=beat", "python", "-c")
    superset.run("beat", SEND, program, EVENT_LOG_DAYS=str(days))

    def left() -> tuple[list[str], list[str]]:
        with closing(connect(superset)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT action FROM logs WHERE action LIKE 'kept %' ORDER BY 1")
            events = [str(action) for (action,) in cursor]
            cursor.execute("SELECT client_id FROM query WHERE client_id IN ('29', '31') ORDER BY 1")
            return events, [str(identifier) for (identifier,) in cursor]

    until("the worker has deleted them", lambda: left() == (["kept 29"], ["29"]), 60)


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
    until("the pages answer", lambda: page.goto("/api/v1/me/").status == 200, 30)
    stages = secrets.list_secret_version_ids(SecretId=superset.credentials)["Versions"]
    before = next(one["VersionId"] for one in stages if "AWSCURRENT" in one["VersionStages"])
    secrets.update_secret_version_stage(
        SecretId=superset.credentials,
        VersionStage="AWSCURRENT",
        MoveToVersionId=version,
        RemoveFromVersionId=before,
    )
    assert page.goto("/api/v1/me/").status == 200


def replace(superset: World, kind: str, number: int) -> None:
    """Send a signal to a service's only task, and wait until another one does its work."""
    group = f"service:superset-{kind}"
    (task,) = superset.running(group)
    os.killpg(task["pid"], number)

    def replaced() -> bool:
        now = [one for one in superset.running(group) if one["task"] != task["task"]]
        if len(now) != 1 or not superset.is_steady(kind):
            return False
        return kind != "web" or now[0]["target"] == "healthy"

    until("another task does its work", replaced)


def test_a_killed_web_task_is_replaced(superset: World) -> None:
    replace(superset, "web", signal.SIGKILL)


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_a_frozen_process_is_replaced(superset: World, kind: str) -> None:
    replace(superset, kind, signal.SIGSTOP)


def test_a_rotated_secret_key_loses_nothing_that_is_stored(page: Page, superset: World) -> None:
    value = json.dumps({"key": "n" * 42, "previous": "k" * 42})
    secrets = superset.client("secretsmanager")
    secrets.put_secret_value(SecretId=superset.secret_key, SecretString=value)
    ended = superset.run("init")
    done = steps(superset.logs("init", ended["taskArn"]))
    said = done["re-encrypt stored credentials"]
    assert re.fullmatch(r"[1-9]\d* values can be read with the current key", said)
    # A task is given the key when it starts.
    replace(superset, "web", signal.SIGKILL)
    replace(superset, "worker", signal.SIGKILL)
    assert page.goto("/api/v1/me/").status == 401
    log_in(page, "admin", PASSWORD)
    query(page, f"SELECT {int(time.time())} AS number")
