"""Dashboards inside the pages of others: in a real browser, from another origin."""

import http.server
import json
import threading
from collections.abc import Iterator

import jwt
import pytest
from api import Client, Guest
from playwright.sync_api import Browser, Page
from world import DOMAIN, PASSWORD, World

import browsers

#: Pages of two companies, on one server. Browsers take loopback addresses for trustworthy; other
#: sites than Superset's they are all the same.
CUSTOMER = "http://customer.localhost"
STRANGER = "http://stranger.localhost"
LOGO = "/static/assets/images/favicon.png"
BACKEND = {"username": "portal", "password": "a-Backends-1"}


class Pages(http.server.ThreadingHTTPServer):
    """Serves one page to every path, under every name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.html = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Pages)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, *_: object) -> None:
        pass


#: What Superset's embedded SDK does: a frame, a message channel, the token through it.
EMBEDDING_PAGE = """<!doctype html><title>Portal</title><h1>Portal</h1>
<iframe id="dashboard" width="1400" height="1000"
  sandbox="allow-same-origin allow-scripts allow-presentation allow-downloads allow-forms"></iframe>
<script>
  const frame = document.getElementById('dashboard');
  frame.addEventListener('load', () => {
    const {port1, port2} = new MessageChannel();
    frame.contentWindow.postMessage(
      {type: '__embedded_comms__', handshake: 'port transfer'}, 'SUPERSET', [port2]);
    port1.postMessage(
      {switchboardAction: 'emit', method: 'guestToken', args: {guestToken: 'TOKEN'}});
  });
  frame.src = 'SUPERSET/embedded/UUID';
</script>"""


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("embedding"))
    try:
        allowed = f"{CUSTOMER}:{pages.server_port}"
        branding = {"name": "Acme Analytics", "logo": LOGO, "theme": {"colorPrimary": "#aa3377"}}
        made.environment["EMBEDDING"] = json.dumps({"allowed_domains": [allowed]})
        made.environment["BRANDING"] = json.dumps(branding)
        ended = made.run("init")
        assert ended["containers"][0]["exitCode"] == 0, made.logs("init")[-20:]
        made.serve_web()
        made.serve("worker")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def admin(world: World) -> Client:
    return Client(world, "admin", PASSWORD)


@pytest.fixture(scope="module")
def embedded(admin: Client) -> str:
    """The address of the example dashboard for others."""
    made = admin.call("POST", "dashboard/examples-sales/embedded", {"allowed_domains": []})
    return str(made["result"]["uuid"])


@pytest.fixture(scope="module")
def backend(world: World, admin: Client) -> Client:
    """A portal's backend, with a user whose one role lets guests in."""
    roles = admin.call("GET", "security/roles/?q=(page_size:100)")["result"]
    role = next(one["id"] for one in roles if one["name"] == "Embedding")
    person = {"first_name": "Portal", "last_name": "Backend", "email": "portal@example.com"}
    admin.call("POST", "security/users/", {**person, **BACKEND, "active": True, "roles": [role]})
    return Client(world, **BACKEND)


def token(backend: Client, embedded: str) -> str:
    asked = {
        "user": {"username": "visitor", "first_name": "A", "last_name": "Visitor"},
        "resources": [{"type": "dashboard", "id": embedded}],
        "rls": [],
    }
    return str(backend.call("POST", "security/guest_token/", asked)["token"])


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with browsers.chromium(world.plane(), DOMAIN) as made:
        yield made


def open_portal(
    browser: Browser, pages: Pages, site: str, uuid: str, guest: str, said: list[str]
) -> Page:
    """The portal's page on a site; what the browser says of it is added to a list."""
    superset = f"https://{DOMAIN}"
    pages.html = EMBEDDING_PAGE.replace("SUPERSET", superset).replace("UUID", uuid)
    pages.html = pages.html.replace("TOKEN", guest)
    return open_page(browser, f"{site}:{pages.server_port}", said)


def open_page(browser: Browser, site: str, said: list[str]) -> Page:
    page = browsers.context(browser, site).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.goto("/")
    return page


def test_a_page_of_an_allowed_origin_shows_the_dashboard(
    browser: Browser, pages: Pages, backend: Client, embedded: str
) -> None:
    page = open_portal(browser, pages, CUSTOMER, embedded, token(backend, embedded), [])
    frame = page.frames[1]
    browsers.drawn(frame)
    browsers.screenshot(page, "embedded")
    assert frame.url.startswith(f"https://{DOMAIN}/embedded/{embedded}")
    # This browser denies frames of other sites their cookies and their storage.
    assert page.context.cookies(f"https://{DOMAIN}") == []


def test_the_browser_refuses_a_page_of_any_other_origin(
    browser: Browser, pages: Pages, backend: Client, embedded: str
) -> None:
    page = open_portal(browser, pages, STRANGER, embedded, token(backend, embedded), said := [])
    browsers.wait_on(page, "a refusal", lambda: any("frame-ancestors" in line for line in said))
    refused = "chrome-error://chromewebdata/"
    browsers.wait_on(page, "an empty frame", lambda: page.frames[1].url == refused)


def test_an_allowed_origin_may_frame_nothing_else(browser: Browser, pages: Pages) -> None:
    pages.html = f'<iframe src="https://{DOMAIN}/login/"></iframe>'
    page = open_page(browser, f"{CUSTOMER}:{pages.server_port}", said := [])
    browsers.wait_on(page, "a refusal", lambda: any("frame" in line for line in said))
    refused = "chrome-error://chromewebdata/"
    browsers.wait_on(page, "an empty frame", lambda: page.frames[1].url == refused)


def test_a_guest_sees_nothing_but_its_dashboard(
    world: World, admin: Client, backend: Client, embedded: str
) -> None:
    other = admin.call("POST", "dashboard/", {"dashboard_title": "Secret", "published": True})["id"]
    dataset = admin.call("GET", "dataset/")["result"][0]["id"]
    guest = Guest(world, token(backend, embedded))
    mine = guest.call("GET", "dashboard/examples-sales")["result"]
    assert mine["dashboard_title"] == "Sales"
    for path in (
        f"dashboard/{other}",
        f"dataset/{dataset}",
        "database/",
        "security/users/",
        "query/",
        "report/",
    ):
        status, answer = guest.ask("GET", path)
        assert status in (401, 403, 404), (path, status, answer)
    listed = guest.call("GET", "dashboard/")["result"]
    assert [one["dashboard_title"] for one in listed] == ["Sales"]
    assert guest.call("GET", "chart/")["result"] == []
    sql = {"database_id": 1, "sql": "SELECT 1", "client_id": "guest"}
    assert guest.ask("POST", "sqllab/execute/", sql)[0] in (400, 401, 403)
    raw = {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [{"columns": ["region"], "metrics": [], "row_limit": 5}],
    }
    # The dataset of its dashboard, but no chart of it.
    assert guest.ask("POST", "chart/data", raw)[0] == 403


def test_a_backend_lets_guests_in_and_sees_nothing_itself(backend: Client) -> None:
    assert backend.ask("GET", "dashboard/")[0] == 403
    assert backend.ask("GET", "security/users/")[0] == 403


def test_a_forged_or_foreign_token_opens_nothing(
    world: World, backend: Client, embedded: str
) -> None:
    genuine = token(backend, embedded)
    claims = jwt.decode(genuine, options={"verify_signature": False})
    assert claims["aud"] == f"https://{DOMAIN}/"
    assert claims["exp"] - claims["iat"] == 300
    for forged in (jwt.encode(claims, "k" * 42, algorithm="HS256"), genuine[:-4] + "AAAA"):
        assert Guest(world, forged).ask("GET", "dashboard/examples-sales")[0] == 401


def test_only_allowed_origins_may_read_the_api_from_a_page(
    world: World, pages: Pages, admin: Client
) -> None:
    allowed = f"{CUSTOMER}:{pages.server_port}"
    for origin, answered in ((allowed, allowed), ("https://stranger.example", None)):
        assert admin.cors("dashboard/", origin) == answered


def test_the_login_page_carries_name_logo_and_theme(browser: Browser) -> None:
    page = browsers.context(browser, f"https://{DOMAIN}").new_page()
    page.goto("/login/")
    page.locator("input#username").wait_for()
    logo = page.locator(f'img[src="{LOGO}"]').first
    logo.wait_for()
    assert logo.get_attribute("alt") == "Acme Analytics"
    assert "Acme Analytics" in page.title()
    button = page.locator("button[type=submit]")
    assert button.evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(170, 51, 119)"
    browsers.screenshot(page, "branding")
