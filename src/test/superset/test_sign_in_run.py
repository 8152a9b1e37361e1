"""People of a real OpenID provider in the real Superset: what each of them sees, and what not."""

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, Page
from world import DOMAIN, PASSWORD, World, connect

import browsers
import emf
from browsers import screenshot, wait_on
from commands.waiting import until

OLD_PASSWORD = "an-Old-password-1"
CALLBACK = f"https://{DOMAIN}/oauth-authorized/keycloak"
CLAUSE = "region = '{{ user_attribute(\"region\") }}'"

SALES = {"name": "sales", "group": "sales-team", "data_sources": ["sales"]}
FINANCE = {"name": "finance", "group": "finance-team", "schemas": ["warehouse.finance"]}
RULE = {
    "name": "own region",
    "data_source": "sales",
    "schema": "public",
    "table": "orders",
    "clause": CLAUSE,
}

TABLES = {
    "sales": [
        "CREATE TABLE orders (region text, amount integer)",
        "INSERT INTO orders VALUES ('Europe', 11), ('Europe', 12), ('Asia', 21), ('', 31)",
    ],
    "warehouse": [
        "CREATE SCHEMA finance",
        "CREATE SCHEMA hr",
        "CREATE TABLE finance.payments (payee text, amount integer)",
        "INSERT INTO finance.payments VALUES ('landlord', 900)",
        "CREATE TABLE hr.salaries (person text, amount integer)",
    ],
}


class Provider:
    """An identity provider with one client, whose secret it checks."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
        self._process = subprocess.Popen(
            [*command, "--require-registration", "true", "--require-nonce", "true"],
            stderr=subprocess.DEVNULL,
        )
        until("the provider listens", self._listens)
        client = self._send("POST", "/oauth2/clients", {"redirect_uris": [CALLBACK]})
        self.client_id, self.client_secret = client["client_id"], client["client_secret"]

    def person(self, name: str, *groups: str, **claims: object) -> None:
        """Make or change one of its people."""
        roles = {"realm_access": {"roles": list(groups)}}
        email = {"email": f"{name}@example.com", "name": f"{name.capitalize()} Example"}
        self._send("PUT", f"/users/{name}", {**email, **roles, **claims})

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)

    def _listens(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.issuer}/jwks"):
                return True
        except OSError:
            return False

    def _send(self, method: str, path: str, body: object) -> Any:
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.issuer + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    try:
        yield made
    finally:
        made.stop()


@dataclass
class Platform:
    """Superset, and the browser in front of it."""

    world: World
    provider: Provider
    browser: Browser
    init: list[str]
    #: One page for all: break-glass sign-in takes few attempts.
    admin: Page = field(init=False)

    def visit(self) -> Page:
        """A page of a browser that nobody used before."""
        return browsers.context(self.browser, f"https://{DOMAIN}").new_page()

    def sign_in(self, person: str) -> Page:
        """Through the sign-in page, the provider's form, and back."""
        page = self.visit()
        page.goto("/login/")
        page.get_by_text("Sign in with Keycloak").click()
        page.wait_for_url(f"{self.provider.issuer}/**")
        page.fill("input[name=sub]", person)
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"https://{DOMAIN}/**")
        return page

    def break_glass(self, password: str) -> Page:
        """The administrator's own way in."""
        page = self.visit()
        page.goto("/login/break-glass/")
        page.fill("#username", "admin")
        page.fill("#password", password)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        return page

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the metadata database says."""
        with sql(self.world, "superset") as cursor:
            cursor.execute(statement)
            return cursor.fetchall()


@contextmanager
def sql(world: World, database: str) -> "Iterator[psycopg2.extensions.cursor]":
    """A cursor of the database's owner; each statement is committed."""
    connection = until(
        "the database answers",
        lambda: connect(world, dbname=database),
        despite=(KeyError, psycopg2.OperationalError),
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def make_sources(world: World) -> list[dict[str, object]]:
    """Two databases of others, each with a user who may read it."""
    made = []
    for name, statements in TABLES.items():
        with sql(world, "superset") as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"CREATE ROLE {name}_reader LOGIN PASSWORD 'a-Readers-1'")
            cursor.execute(f"GRANT pg_read_all_data TO {name}_reader")
        with sql(world, name) as cursor:
            for statement in statements:
                cursor.execute(statement)
        secret = world.client("secretsmanager").create_secret(
            Name=f"superset/data-sources/{name}",
            SecretString=json.dumps({"username": f"{name}_reader", "password": "a-Readers-1"}),
        )["ARN"]
        host = world.environment["DATABASE_HOST"]
        source = {"name": name, "kind": "postgres", "host": host, "port": 5432, "database": name}
        made.append({**source, "tls": "verify", "secret": secret})
    return made


@pytest.fixture(scope="module")
def platform(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    world = World(tmp_path_factory.mktemp("sign-in"))
    try:
        yield from start(world, provider)
    finally:
        world.stop()


def start(world: World, provider: Provider) -> Iterator[Platform]:
    secrets = world.client("secretsmanager")
    # In the middle of a rotation: the provider wants the pending one already.
    secret = secrets.create_secret(
        Name="superset/sign-in", SecretString=json.dumps({"client_secret": "the one before"})
    )["ARN"]
    secrets.put_secret_value(
        SecretId=secret,
        SecretString=json.dumps({"client_secret": provider.client_secret}),
        VersionStages=["AWSPENDING"],
    )
    section = {
        "kind": "oidc",
        "provider": "keycloak",
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "groups_claim": "realm_access.roles",
        "attributes": ["region"],
        "roles": [{"group": "analysts", "roles": ["Alpha"]}],
    }
    world.environment |= {
        "SIGN_IN": json.dumps(section),
        "SIGN_IN_SECRET": secret,
        "TEAMS": json.dumps([SALES, FINANCE]),
        "ROW_LEVEL_SECURITY": json.dumps([RULE]),
        "DATA_SOURCES": json.dumps(make_sources(world)),
        "EXAMPLES": "false",
    }
    ended = world.run("init")
    said = world.logs("init")
    assert ended["containers"][0]["exitCode"] == 0, "\n".join(said[-20:])
    balancer = {
        "targetGroupArn": world.balance(),
        "containerName": "superset",
        "containerPort": 8088,
    }
    world.serve("web", loadBalancers=[balancer], healthCheckGracePeriodSeconds=180)
    world.serve("worker")
    with browsers.chromium(world.plane(), DOMAIN) as browser:
        made = Platform(world, provider, browser, said)
        made.admin = made.break_glass(PASSWORD)
        make_content(made)
        yield made


@dataclass
class Answer:
    """Of Superset's API."""

    status: int
    body: Any


def call(page: Page, method: str, path: str, body: object = None) -> Answer:
    """A request of a page, with its session."""
    found = page.evaluate(REQUEST, [method, f"/api/v1{path}", body])
    return Answer(found["status"], found["body"])


REQUEST = """async ([method, path, body]) => {
  const headers = {'Content-Type': 'application/json'};
  if (method !== 'GET') headers['X-CSRFToken'] =
    (await (await fetch('/api/v1/security/csrf_token/')).json()).result || '';
  const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  try { return {status: answer.status, body: JSON.parse(text)}; }
  catch (problem) { return {status: answer.status, body: text}; }
}"""


def failed_logins(platform: Platform) -> int:
    """How many the metric has counted."""
    return len(emf.metrics(emf.of(platform.world.logs("web")), "FailedLogins"))


def names(page: Page, kind: str, key: str) -> set[str]:
    """What somebody finds in a list."""
    return {one[key] for one in call(page, "GET", f"/{kind}/").body["result"]}


def made(answer: Answer) -> int:
    """Id of what was made."""
    assert answer.status == 201, answer
    return int(answer.body["id"])


def make_dataset(page: Page, source: str, schema: str, table: str) -> Answer:
    body = {"schema": schema, "table_name": table}
    return call(page, "POST", "/dataset/", {"database": source_id(source), **body})


_sources: dict[str, int] = {}


def source_id(name: str) -> int:
    """Also of a source that the caller may not see."""
    return _sources[name]


def make_content(platform: Platform) -> None:
    """The administrator makes a dataset, a chart and a dashboard of each team's table."""
    _sources.update(platform.rows("SELECT database_name, id FROM dbs"))
    page = platform.admin
    for source, schema, table in (
        ("sales", "public", "orders"),
        ("warehouse", "finance", "payments"),
    ):
        dataset = made(make_dataset(page, source, schema, table))
        make_dashboard(page, dataset, table)
    made(make_dataset(page, "warehouse", "hr", "salaries"))


def make_dashboard(page: Page, dataset: int, table: str) -> None:
    columns = {"orders": ["region", "amount"], "payments": ["payee", "amount"]}[table]
    form = {
        "datasource": f"{dataset}__table",
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": columns,
        "adhoc_filters": [],
        "row_limit": 100,
    }
    body = {"slice_name": table, "viz_type": "table", "params": json.dumps(form)}
    of = {"datasource_id": dataset, "datasource_type": "table"}
    chart = made(call(page, "POST", "/chart/", {**body, **of}))
    layout = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["ROW"], "parents": ["ROOT_ID"]},
        "ROW": {
            "type": "ROW",
            "id": "ROW",
            "children": ["CHART"],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        },
        "CHART": {
            "type": "CHART",
            "id": "CHART",
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", "ROW"],
            "meta": {"chartId": chart, "sliceName": table, "width": 8, "height": 50},
        },
    }
    body = {"dashboard_title": table, "slug": table, "published": True}
    layout_and = {"position_json": json.dumps(layout)}
    dashboard = made(call(page, "POST", "/dashboard/", {**body, **layout_and}))
    linked = call(page, "PUT", f"/chart/{chart}", {"dashboards": [dashboard]})
    assert linked.status == 200, linked


def look(page: Page, slug: str) -> tuple[list[dict[str, object]], bool]:
    """Rows of the dashboard's chart as the browser got them, and whether from the cache."""
    answers: list[dict[str, Any]] = []

    def keep(response: Any) -> None:
        if "/api/v1/chart/data" in response.url and response.status == 200:
            answers.append(response.json()["result"][0])

    page.on("response", keep)
    page.goto(f"/superset/dashboard/{slug}/")
    wait_on(page, "the chart has its data", lambda: bool(answers))
    page.remove_listener("response", keep)
    return answers[-1]["data"], answers[-1]["is_cached"]


def roles(platform: Platform, person: str) -> set[str]:
    statement = (
        "SELECT r.name FROM ab_user u JOIN ab_user_role j ON j.user_id = u.id"
        f" JOIN ab_role r ON r.id = j.role_id WHERE u.username = 'keycloak_{person}'"
    )
    return {name for (name,) in platform.rows(statement)}


def steps(lines: list[str]) -> dict[str, str]:
    found = [json.loads(line) for line in lines if line.startswith('{"step"')]
    return {step["step"]: step["outcome"] for step in found}


# --- The tests ----------------------------------------------------------------------------------


def test_init_makes_teams_and_rules_and_says_which_table_is_no_dataset(platform: Platform) -> None:
    done = steps(platform.init)
    assert done["teams"] == "changed: Team sales, Team finance"
    assert done["row-level security"] == "changed: own region"
    warnings = [json.loads(line) for line in platform.init if line.startswith('{"warning"')]
    assert {
        "warning": "the table of a rule is no dataset yet",
        "rule": "own region",
        "table": "sales.public.orders",
    } in warnings


def test_nobody_who_is_not_signed_in_may_do_anything(platform: Platform) -> None:
    granted = platform.rows(
        "SELECT count(*) FROM ab_permission_view_role p JOIN ab_role r ON r.id = p.role_id"
        " WHERE r.name = 'Public'"
    )
    assert granted == [(0,)]


def test_the_provider_is_asked_with_state_nonce_and_pkce(platform: Platform) -> None:
    page = platform.visit()
    page.goto("/login/keycloak")
    page.wait_for_url(f"{platform.provider.issuer}/**")
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256"):
        assert part in page.url
    page.goto(f"{CALLBACK}?code=anything&state=anything")
    page.goto("/api/v1/me/")
    assert page.evaluate("async () => (await fetch('/api/v1/me/')).status") == 401


def test_the_client_secret_rotates_without_a_restart(platform: Platform) -> None:
    platform.provider.person("ada", "sales-team", region="Europe")
    platform.sign_in("ada")
    refreshed = [line for line in platform.world.logs("web") if "credential refreshed" in line]
    assert any("superset/sign-in" in line and "AWSPENDING" in line for line in refreshed)


def test_two_people_see_their_own_rows_of_one_chart_also_from_the_cache(platform: Platform) -> None:
    platform.provider.person("ada", "sales-team", region="Europe")
    platform.provider.person("bob", "sales-team", region="Asia")
    ada, bob = platform.sign_in("ada"), platform.sign_in("bob")
    europe = [{"region": "Europe", "amount": 11}, {"region": "Europe", "amount": 12}]
    asia = [{"region": "Asia", "amount": 21}]
    look(ada, "orders")
    assert look(ada, "orders") == (europe, True)
    screenshot(ada, "own-rows")
    first, _ = look(bob, "orders")
    assert first == asia
    assert look(bob, "orders") == (asia, True)
    assert look(ada, "orders") == (europe, True)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"region": ["Europe", "Asia"]},
        {"region": "x' OR '1'='1"},
    ],
)
def test_a_missing_or_a_hostile_attribute_shows_no_row(
    platform: Platform, claims: dict[str, object]
) -> None:
    platform.provider.person("mallory", "sales-team", **claims)
    rows, _ = look(platform.sign_in("mallory"), "orders")
    assert rows == []


def test_two_teams_see_nothing_of_each_other(platform: Platform) -> None:
    platform.provider.person("ada", "sales-team", region="Europe")
    platform.provider.person("eve", "finance-team")
    ada, eve = platform.sign_in("ada"), platform.sign_in("eve")
    assert names(ada, "dataset", "table_name") == {"orders"}
    assert names(eve, "dataset", "table_name") == {"payments"}
    for page, own, other in ((ada, "orders", "payments"), (eve, "payments", "orders")):
        assert names(page, "dashboard", "dashboard_title") == {own}
        assert names(page, "chart", "slice_name") == {own}
        assert call(page, "GET", f"/dashboard/{other}").status in (403, 404)
        assert call(page, "GET", f"/dashboard/{other}/charts").status in (403, 404)
    rows, _ = look(eve, "payments")
    assert rows == [{"payee": "landlord", "amount": 900}]
    assert names(ada, "database", "database_name") == {"sales"}
    assert names(eve, "database", "database_name") == {"warehouse"}


def test_data_of_another_team_is_refused_by_its_number_too(platform: Platform) -> None:
    platform.provider.person("eve", "finance-team")
    eve = platform.sign_in("eve")
    ((orders,),) = platform.rows("SELECT id FROM tables WHERE table_name = 'orders'")
    query = {"columns": ["region"], "row_limit": 10}
    source = {"id": orders, "type": "table"}
    answer = call(eve, "POST", "/chart/data", {"datasource": source, "queries": [query]})
    assert answer.status == 403, answer


def test_a_dashboard_of_ones_own_lends_nobody_the_data_of_another_team(platform: Platform) -> None:
    platform.provider.person("eve", "finance-team")
    eve = platform.sign_in("eve")
    ((orders,),) = platform.rows("SELECT id FROM tables WHERE table_name = 'orders'")
    ((role,),) = platform.rows("SELECT id FROM ab_role WHERE name = 'Team finance'")
    target = {"datasetId": orders, "column": {"name": "region"}}
    chosen = {"id": "NATIVE_FILTER-1", "type": "NATIVE_FILTER", "targets": [target]}
    metadata = json.dumps({"native_filter_configuration": [chosen]})
    body = {"dashboard_title": "bait", "published": True, "roles": [role]}
    bait = made(call(eve, "POST", "/dashboard/", {**body, "json_metadata": metadata}))
    form = {"dashboardId": bait, "type": "NATIVE_FILTER", "native_filter_id": chosen["id"]}
    query = {"columns": ["region"], "row_limit": 10}
    source = {"datasource": {"id": orders, "type": "table"}}
    answer = call(eve, "POST", "/chart/data", {**source, "queries": [query], "form_data": form})
    assert answer.status == 403, answer


def test_a_team_makes_datasets_of_its_own_data_only(platform: Platform) -> None:
    platform.provider.person("eve", "finance-team")
    platform.provider.person("ada", "sales-team", region="Europe")
    with sql(platform.world, "warehouse") as cursor:
        cursor.execute("CREATE TABLE finance.taxes (year integer)")
        cursor.execute("CREATE TABLE hr.reviews (person text)")
    eve, ada = platform.sign_in("eve"), platform.sign_in("ada")
    dataset = made(make_dataset(eve, "warehouse", "finance", "taxes"))
    assert make_dataset(eve, "warehouse", "hr", "reviews").status >= 400
    assert make_dataset(eve, "sales", "public", "orders_2").status >= 400
    moved = call(eve, "PUT", f"/dataset/{dataset}", {"schema": "hr", "table_name": "reviews"})
    assert moved.status >= 400
    assert names(eve, "dataset", "table_name") == {"payments", "taxes"}
    dashboard = call(eve, "POST", "/dashboard/", {"dashboard_title": "eve's own"})
    assert dashboard.status == 201
    # Rows are hidden from sales, so it may not write SQL, which a virtual dataset would be.
    assert make_dataset(ada, "sales", "public", "orders_2").status == 403
    assert call(ada, "GET", "/sqllab/").status == 403
    assert call(eve, "GET", "/sqllab/").status == 200


def test_a_change_of_groups_changes_the_roles_at_the_next_sign_in(platform: Platform) -> None:
    platform.provider.person("max", "finance-team")
    platform.sign_in("max")
    assert roles(platform, "max") == {"Team finance"}
    platform.provider.person("max", "sales-team", "analysts", "unknown")
    page = platform.sign_in("max")
    assert roles(platform, "max") == {"Team sales", "Alpha"}
    assert "orders" in names(page, "dataset", "table_name")


def test_somebody_without_a_group_gets_a_clear_page(platform: Platform) -> None:
    platform.provider.person("zoe")
    page = platform.sign_in("zoe")
    page.wait_for_selector("text=No access yet")
    assert "Zoe Example" in page.inner_text("body")
    screenshot(page, "no-access")
    answer = page.goto("/superset/dashboard/orders/")
    assert answer is not None
    assert answer.status == 403
    assert roles(platform, "zoe") == set()
    page.get_by_role("link", name="sign out").click()
    page.wait_for_url("**/login/**")


def test_an_account_of_the_same_address_is_taken_over_only_when_it_was_verified(
    platform: Platform,
) -> None:
    for name in ("ida", "joe"):
        make_account(platform, name, "Gamma")
    platform.provider.person("ida", "finance-team", email_verified=True)
    platform.provider.person("joe", "finance-team")
    platform.provider.person("fake", "finance-team", email="admin@example.com", email_verified=True)
    before = failed_logins(platform)
    for name in ("ida", "joe", "fake"):
        platform.sign_in(name)
    until("both are counted", lambda: failed_logins(platform) == before + 2, 10)
    known = platform.rows("SELECT username FROM ab_user WHERE username ~ 'ida|joe|fake'")
    assert {name for (name,) in known} == {"keycloak_ida", "joe"}
    assert roles(platform, "ida") == {"Team finance"}


def make_account(platform: Platform, name: str, role: str) -> None:
    """One with a password, as the administrator makes it."""
    ((number,),) = platform.rows(f"SELECT id FROM ab_role WHERE name = '{role}'")
    person = {"first_name": "Old", "last_name": "Account", "active": True, "roles": [number]}
    account = {"username": name, "email": f"{name}@example.com", "password": OLD_PASSWORD}
    assert call(platform.admin, "POST", "/security/users/", {**person, **account}).status == 201


def api_login(platform: Platform, user: str, password: str) -> int:
    page = platform.visit()
    page.goto("/health")
    body = {"username": user, "password": password, "provider": "db"}
    return call(page, "POST", "/security/login", body).status


def test_an_application_that_embeds_dashboards_logs_in_with_a_password(platform: Platform) -> None:
    make_account(platform, "portal", "Embedding")
    assert api_login(platform, "portal", OLD_PASSWORD) == 200
    assert api_login(platform, "portal", "wrong") == 401


@pytest.mark.parametrize(("user", "password"), [("admin", PASSWORD), ("joe", OLD_PASSWORD)])
def test_passwords_work_nowhere_else(platform: Platform, user: str, password: str) -> None:
    assert api_login(platform, user, password) == 401


def test_break_glass_is_for_the_administrator_and_is_logged(platform: Platform) -> None:
    before = failed_logins(platform)
    page = platform.break_glass("wrong")
    assert "not right" in page.inner_text("body")
    screenshot(page, "break-glass")
    page.goto("/login/break-glass/")
    page.evaluate("document.querySelector('[name=csrf_token]').remove()")
    page.fill("#username", "admin")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    assert page.evaluate("async () => (await fetch('/api/v1/me/')).status") == 401
    page.goto("/login/break-glass/")
    page.fill("#username", "joe")
    page.fill("#password", OLD_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("text=not right")
    until("both are counted", lambda: failed_logins(platform) == before + 2, 10)
    page = platform.break_glass(PASSWORD)
    assert page.url.endswith("/superset/welcome/")
    said = [
        json.loads(line) for line in platform.world.logs("web") if "break-glass sign-in" in line
    ]
    assert {line["level"] for line in said} == {"WARNING"}
    assert {line["message"].split()[-1] for line in said} == {"succeeded", "refused"}

    def recorded() -> bool:
        found = platform.rows("SELECT DISTINCT action FROM logs WHERE action LIKE 'break_glass%'")
        return {name for (name,) in found} == {"break_glass_sign_in", "break_glass_refused"}

    until("the events are recorded", recorded)


def test_break_glass_takes_few_attempts(platform: Platform) -> None:
    page = platform.visit()
    page.goto("/login/break-glass/")
    statuses = page.evaluate(ATTEMPTS)
    assert 429 in statuses


ATTEMPTS = """async () => {
  const statuses = [];
  for (let i = 0; i < 7; i++) {
    const body = new FormData(document.querySelector('form'));
    body.set('username', 'admin'); body.set('password', 'guess' + i);
    statuses.push((await fetch(location.href, {method: 'POST', body})).status);
  }
  return statuses;
}"""


def test_what_leaves_the_configuration_is_taken_away(platform: Platform) -> None:
    """Last: it changes what the others need."""
    schemas = {**FINANCE, "schemas": ["warehouse.hr"]}
    changes = {"TEAMS": json.dumps([schemas]), "ROW_LEVEL_SECURITY": "[]"}
    ended = platform.world.run("init", **changes)
    said = platform.world.logs("init", ended["taskArn"])
    assert ended["containers"][0]["exitCode"] == 0, "\n".join(said[-20:])
    done = steps(said)
    assert done["teams"] == "changed: Team finance; removed: Team sales"
    assert done["row-level security"] == "removed: own region"
    assert platform.rows("SELECT count(*) FROM row_level_security_filters") == [(0,)]
    assert platform.rows("SELECT name FROM ab_role WHERE name LIKE 'Team %'") == [("Team finance",)]
    page = platform.sign_in("eve")
    assert "payments" not in names(page, "dataset", "table_name")
    assert "salaries" in names(page, "dataset", "table_name")
    again = platform.world.run("init", **changes)
    done = steps(platform.world.logs("init", again["taskArn"]))
    assert (done["teams"], done["row-level security"]) == ("unchanged", "unchanged")
