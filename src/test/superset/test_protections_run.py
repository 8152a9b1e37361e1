"""What the running Superset refuses to people who are signed in, and to their browsers."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from api import Client
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page
from world import DOMAIN, PASSWORD, World

import browsers

#: Bytes; more than anybody may send (web_security.LONGEST_BODY).
TOO_LONG = 33 * 1024 * 1024


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("protections"))
    try:
        # No worker here: charts are computed by the web task.
        made.environment["FEATURE_FLAGS"] = json.dumps({"GLOBAL_ASYNC_QUERIES": False})
        ended = made.run("init")
        assert ended["containers"][0]["exitCode"] == 0, made.logs("init")[-20:]
        made.serve_web()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def admin(world: World) -> Client:
    return Client(world, "admin", PASSWORD)


@pytest.fixture(scope="module")
def dataset(admin: Client) -> int:
    return int(admin.call("GET", "dataset/")["result"][0]["id"])


@pytest.fixture(scope="module")
def examples(admin: Client) -> int:
    """Id of the database of the examples."""
    return int(admin.call("GET", "database/")["result"][0]["id"])


@pytest.fixture(scope="module")
def page(world: World) -> Iterator[Page]:
    with browsers.chromium(world.plane(), DOMAIN) as browser:
        made = browsers.context(browser, f"https://{DOMAIN}").new_page()
        browsers.log_in(made, "admin", PASSWORD)
        yield made


# --- Connections --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("postgresql+psycopg2://a:b@169.254.169.254:80/x", "link-local"),
        ("mysql+pymysql://a:b@169.254.170.2:80/x", "link-local"),
        ("postgresql+psycopg2://a:b@127.0.0.1:8088/x", "the task itself"),
        ("mysql+pymysql://a:b@2130706433/x", "the task itself"),
        ("postgresql+psycopg2://a:b@db.example.com/x?hostaddr=169.254.170.2", "link-local"),
        ("postgresql+psycopg2:///x", "needs a host"),
        # With the platform's own credential, which would open everything.
        ("postgresql+psycopg2://writer.invalid/superset", "the platform's own"),
        ("postgresql+psycopg2://reader.invalid/superset", "the platform's own"),
        ("postgresql+psycopg2://a:b@DATABASE_HOST/superset", "the platform's own"),
        ("mysql+pymysql://a:b@REDIS_HOST:6379/x", "the platform's own"),
    ],
)
def test_a_connection_goes_nowhere_that_only_the_platform_may(
    world: World, admin: Client, uri: str, reason: str
) -> None:
    for name in ("DATABASE_HOST", "REDIS_HOST"):
        uri = uri.replace(name, world.environment[name])
    asked = {"database_name": "elsewhere", "sqlalchemy_uri": uri}
    status, answer = admin.ask("POST", "database/test_connection/", asked)
    assert (status, reason in json.dumps(answer)) == (422, True), answer
    assert admin.ask("POST", "database/", asked)[0] == 422
    assert [one["database_name"] for one in admin.call("GET", "database/")["result"]] == [
        "examples"
    ]


def test_arguments_of_a_driver_lead_nowhere_else(admin: Client) -> None:
    extra = {"engine_params": {"connect_args": {"hostaddr": "169.254.170.2"}}}
    asked = {
        "database_name": "elsewhere",
        "sqlalchemy_uri": "postgresql+psycopg2://a:b@db.example.com/x",
        "extra": json.dumps(extra),
    }
    status, answer = admin.ask("POST", "database/test_connection/", asked)
    assert status == 422
    assert "link-local" in json.dumps(answer)


def test_no_tunnel_leads_elsewhere(admin: Client) -> None:
    asked = {
        "database_name": "tunnel",
        "sqlalchemy_uri": "postgresql+psycopg2://a:b@db.example.com:5432/x",
        "ssh_tunnel": {
            "server_address": "127.0.0.1",
            "server_port": 22,
            "username": "a",
            "password": "b",
        },
    }
    status, answer = admin.ask("POST", "database/", asked)
    assert status in (400, 422)
    assert "SSH Tunneling is not enabled" in json.dumps(answer)


# --- SQL ----------------------------------------------------------------------------------------


def run(admin: Client, examples: int, sql: str) -> tuple[int, dict[str, Any]]:
    """In SQL Lab, by the web task."""
    document = {"database_id": examples, "sql": sql, "runAsync": False, "schema": "examples"}
    return admin.ask("POST", "sqllab/execute/", document)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_catalog.pg_sleep_for('1 hour')",
        "SELECT * FROM dblink('host=169.254.170.2', 'SELECT 1') AS t (a int)",
        "SELECT * FROM ts_stat('SELECT to_tsvector(region) FROM examples.sales')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM pg_user_mappings",
        "SELECT * FROM pg_catalog.pg_shadow",
    ],
)
def test_sql_lab_runs_nothing_dangerous(admin: Client, examples: int, sql: str) -> None:
    status, answer = run(admin, examples, sql)
    assert status != 200
    assert "disallowed" in json.dumps(answer), answer


def test_sql_lab_runs_the_rest(admin: Client, examples: int) -> None:
    status, answer = run(admin, examples, "SELECT count(*) AS n FROM sales WHERE units > 0")
    assert (status, answer["data"]) == (200, [{"n": 1248}])


def chart(dataset: int, expression: str) -> dict[str, Any]:
    metric = {"expressionType": "SQL", "sqlExpression": expression, "label": "it"}
    return {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [{"columns": [], "metrics": [metric], "row_limit": 5}],
        "force": True,
    }


def test_a_chart_runs_nothing_dangerous(admin: Client, dataset: int) -> None:
    """Superset itself looks at SQL Lab only."""
    for expression in ("max(pg_read_file('/etc/passwd'))", "count(pg_sleep_for('1 hour'))"):
        status, answer = admin.ask("POST", "chart/data", chart(dataset, expression))
        assert status != 200
        assert "disallowed" in json.dumps(answer), answer
    status, answer = admin.ask("POST", "chart/data", chart(dataset, "sum(units)"))
    assert status == 200, answer


@pytest.mark.parametrize("function", ["pg_read_file", 'U&"pg\\005fread_file"'])
def test_a_virtual_dataset_runs_nothing_dangerous(
    world: World, admin: Client, examples: int, function: str
) -> None:
    asked = {
        "database": examples,
        "schema": "examples",
        "table_name": "file",
        "sql": f"SELECT {function}('/etc/passwd') AS content",
    }
    # Superset answers "Fatal error", and the log says why.
    assert admin.ask("POST", "dataset/", asked)[0] == 500
    assert any("disallowed function" in line for line in world.logs("web"))
    (only,) = admin.call("GET", "dataset/")["result"]
    assert only["table_name"] == "sales"


# --- Files --------------------------------------------------------------------------------------


def upload(admin: Client, examples: int, name: str, content: bytes) -> tuple[int, str]:
    headers = {**admin._headers}
    del headers["Content-Type"]
    answer = admin._pool.request(
        "POST",
        f"/api/v1/database/{examples}/upload/",
        fields={"type": "csv", "table_name": "uploaded", "file": (name, content)},
        headers=headers,
    )
    return answer.status, answer.data.decode()


def test_a_file_may_not_be_of_every_kind_or_length(admin: Client, examples: int) -> None:
    for name in ("table.xls", "table.zip", "table.html", "table"):
        status, text = upload(admin, examples, name, b"a,b\n1,2\n")
        assert (status, "File extension is not allowed" in text) == (400, True), (name, text)
    status, text = upload(admin, examples, "table.csv", b"a" * TOO_LONG)
    assert status == 413, text
    # An ordinary one gets as far as the database, which takes no uploads.
    status, text = upload(admin, examples, "table.csv", b"a,b\n1,2\n")
    assert "File extension" not in text
    assert status != 413


# --- Sessions and pages -------------------------------------------------------------------------


class _Signer:
    """Reads and writes session cookies as Superset does, with the key of this world."""

    def __init__(self) -> None:
        app = Flask("signer")
        app.secret_key = "k" * 42
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        self._signer = signer

    def read(self, cookie: str) -> dict[str, Any]:
        return dict(self._signer.loads(cookie))

    def write(self, content: dict[str, Any]) -> str:
        return str(self._signer.dumps(content))


def test_a_session_ends_however_lately_its_cookie_was_written(admin: Client, page: Page) -> None:
    signer = _Signer()
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == "session")
    content = signer.read(cookie)
    assert time.time() - 600 < content["began"] <= time.time()

    def status(**changes: int) -> int:
        text = signer.write({**content, **changes})
        answer = admin._pool.request(
            "GET", "/api/v1/me/", headers={"Host": DOMAIN, "Cookie": f"session={text}"}
        )
        return int(answer.status)

    hour = 3600
    assert status(began=int(time.time()) - 11 * hour) == 200
    assert status(began=int(time.time()) - 13 * hour) == 401
    del content["began"]
    assert status() == 401


def test_pages_run_no_script_but_their_own(page: Page) -> None:
    """In a real browser, which says what its policy forbids."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    answer = page.goto(browsers.EXAMPLE)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    scripts = next(one for one in policy.split("; ") if one.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'strict-dynamic' 'nonce-[^']+'", scripts)
    assert "unsafe-eval" not in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    browsers.drawn(page)
    for path in ("/sqllab/", "/chart/list/", "/dashboard/list/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    # A picture that counts the pages of all Supersets for their makers is not loaded, on purpose.
    forbidden = [
        line for line in said if "Content Security Policy" in line and "scarf.sh/pixel" not in line
    ]
    assert forbidden == []
    # Later: what the debugger itself calls is exempt.
    made = """() => new Promise(done => setTimeout(() => {
      try { done(new Function('return 1')()) } catch (problem) { done(problem.name) }
    }))"""
    assert page.evaluate(made) == "EvalError"


def test_headers_protect_a_page(page: Page) -> None:
    answer = page.goto("/login/")
    assert answer is not None
    headers = answer.headers
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
