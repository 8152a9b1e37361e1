"""What the running Superset answers to whoever has no session: nothing that is anybody's."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from api import Client
from world import DOMAIN, PASSWORD, World

#: Run as a web task with the same image and environment: what its application routes.
ROUTES = """
import json
from superset_aws.web import app
for rule in app.url_map.iter_rules():
    methods = sorted(rule.methods - {"HEAD", "OPTIONS"})
    print("ROUTE " + json.dumps([rule.rule, methods]))
"""

#: Routes that answer without a session, and why they must. Everything else has to refuse.
OPEN = {
    "GET /health": "the load balancer's health check: OK",
    "GET /healthcheck": "the same, of older Supersets",
    "GET /ping": "the same",
    "GET /version": "Superset's release, which every static file tells as well",
    "GET /login/": "the page to sign in with, without anything of anybody",
    "POST /login/": "the form of that page, sent without a name and password: shown again",
    "POST /api/v1/security/login": "takes a name and a password; without them it says so",
    "GET /register/": "the frame of a page that registration would fill, if it were on",
    "GET /register/activation/<string:activation_hash>": "leads home: there is no registration",
    "GET /": "leads to the welcome page, which leads to the login",
    "GET /back": "leads home",
    "GET /logout/": "leads home",
    "GET /login/logout/": "leads home",
    "GET /lang/<string:locale>": "the language of the login page; the walk asks for no real one",
    "GET /redirect/": "warns of a link in a mail; the walk gives none",
    "GET /api/v1/database/oauth2/": "a data source's provider comes back; without a state",
    "GET /embedded/<uuid>": "the frame of an embedded dashboard; data need a guest token",
    "GET /dashboard/<dashboard_id_or_slug>/embedded": "the same, by the dashboard's name",
    "GET /api/v1/user/<int:user_id>/avatar.png": "nothing, with 204: only Slack brings pictures",
    **{
        f"{route} /{view}/{rest}": reason
        for view in ("users", "roles", "groups")
        for route, rest, reason in (
            ("GET", "action/<string:name>/<pk>", "leads home: it looks at the permission itself"),
            ("POST", "action/<string:name>/<pk>", "the same, after it has looked for the action"),
            ("POST", "action_post", "refuses a form without fields; else as the other two"),
        )
    },
}

#: How a route refuses: 401 and 403 say so, 404 and 405 that there is nothing.
REFUSED = (401, 403, 404, 405)

LOGIN = "/login/"


@dataclass(frozen=True)
class Answer:
    """What a route answered."""

    route: str
    status: int
    location: str
    body: bytes

    def is_refusal(self) -> bool:
        leads_to_login = self.status in (302, 308) and self.location.startswith(
            (LOGIN, f"https://{DOMAIN}{LOGIN}")
        )
        return self.status in REFUSED or leads_to_login


class Nobody:
    """Comes without a session, and with the token that the login page gives to everybody: what
    refuses must be the permission, not the protection of forms."""

    def __init__(self, world: World) -> None:
        plane = world.plane()
        self._pool = urllib3.HTTPSConnectionPool(
            plane["names"][DOMAIN],
            443,
            server_hostname=DOMAIN,
            assert_hostname=DOMAIN,
            ca_certs=plane["ca"],
        )
        self._headers = {"Host": DOMAIN, "Referer": f"https://{DOMAIN}/"}
        page = self._request("GET", "/login/")
        # Others are set as well, with flags of their own.
        cookies = page.headers.getlist("Set-Cookie")
        (self.cookie,) = (one for one in cookies if one.startswith("session="))
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.data) or re.search(
            rb"csrf_token&#34;: &#34;([^&]+)&#34;", page.data
        )
        assert token is not None, page.data[:2000]
        self._headers["Cookie"] = re.search("session=[^;]+", self.cookie)[0]
        self._headers["X-CSRFToken"] = token[1].decode()

    def _request(self, method: str, path: str) -> Any:
        more = {} if method == "GET" else {"Content-Type": "application/json"}
        body = None if method == "GET" else b"{}"
        headers = {**self._headers, **more}
        return self._pool.request(method, path, body=body, headers=headers, redirect=False)

    def ask(self, rule: str, method: str, values: dict[str, str]) -> Answer:
        """Ask a route for the first thing of its kind, or for one that is named."""
        path = re.sub(
            r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda part: values.get(part[1], "1"), rule
        )
        answer = self._request(method, path)
        return Answer(
            f"{method} {rule}", answer.status, answer.headers.get("Location", ""), answer.data
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("anonymous"))
    try:
        allowed = {"allowed_domains": ["https://portal.example.com"]}
        made.environment["EMBEDDING"] = json.dumps(allowed)
        # The walk is faster than any person: not the limit shall refuse.
        made.environment["RATE_LIMIT"] = "10000 per second"
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
def embedded(admin: Client) -> str:
    made = admin.call("POST", "dashboard/examples-sales/embedded", {"allowed_domains": []})
    return str(made["result"]["uuid"])


@pytest.fixture(scope="module")
def routes(world: World) -> list[tuple[str, list[str]]]:
    program = ("env", "SUPERSET_PROCESS=web", "python", "-c")
    ended = world.run("web", ROUTES, program)
    lines = world.logs("web", ended["taskArn"])
    found = [json.loads(line[6:]) for line in lines if line.startswith("ROUTE ")]
    assert len(found) > 300, lines[-20:]
    return [(rule, methods) for rule, methods in found]


@pytest.fixture(scope="module")
def answers(world: World, embedded: str, routes: list[tuple[str, list[str]]]) -> dict[str, Answer]:
    nobody = Nobody(world)
    # An embedded dashboard has two names; whatever else is asked for is the first of its kind.
    values = {"uuid": embedded, "dashboard_id_or_slug": "examples-sales"}
    found = [nobody.ask(rule, one, values) for rule, methods in routes for one in methods]
    return {answer.route: answer for answer in found}


def test_no_route_answers_whoever_has_no_session(answers: dict[str, Answer]) -> None:
    wrong = [
        (answer.route, answer.status, answer.location, answer.body[:300])
        for answer in answers.values()
        if answer.route not in OPEN and not answer.is_refusal()
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_every_open_route_exists_and_answers(answers: dict[str, Answer]) -> None:
    unused = [route for route in OPEN if route not in answers or answers[route].is_refusal()]
    assert unused == []


def test_what_is_open_tells_nothing_of_what_is_stored(answers: dict[str, Answer]) -> None:
    """Dashboards, charts, people, data sources and settings of the example."""
    told = [
        (route, secret)
        for route, answer in answers.items()
        for secret in ("Best sellers", "admin@example.com", "superset_examples", "Break-glass")
        if secret.encode() in answer.body
    ]
    assert told == []


def test_the_public_role_may_do_nothing(admin: Client) -> None:
    roles = admin.call("GET", "security/roles/?q=(page_size:100)")["result"]
    public = next(one["id"] for one in roles if one["name"] == "Public")
    assert admin.call("GET", f"security/roles/{public}/permissions/")["result"] == []


def test_the_walk_sees_what_the_public_role_is_given(world: World, admin: Client) -> None:
    """Or it would prove nothing."""
    roles = admin.call("GET", "security/roles/?q=(page_size:100)")["result"]
    public = next(one["id"] for one in roles if one["name"] == "Public")
    found = admin.call("GET", "security/permissions-resources/?q=(page_size:-1)")["result"]
    chart = next(
        one["id"]
        for one in found
        if one["permission"]["name"] == "can_read" and one["view_menu"]["name"] == "Chart"
    )
    path = f"security/roles/{public}/permissions"
    admin.call("POST", path, {"permission_view_menu_ids": [chart]})
    try:
        answer = Nobody(world).ask("/api/v1/chart/", "GET", {})
        assert (answer.status, answer.is_refusal()) == (200, False)
    finally:
        admin.call("POST", path, {"permission_view_menu_ids": []})
    assert Nobody(world).ask("/api/v1/chart/", "GET", {}).is_refusal()


def test_the_cookie_of_the_login_page_is_secure(world: World) -> None:
    cookie = Nobody(world).cookie
    for word in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert word in cookie
