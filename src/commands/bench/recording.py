"""What a browser asks for when it opens the example dashboard: watched once, then repeated."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Request as Asked
from playwright.sync_api import sync_playwright

from commands.bench.client import Answer, Connections, Page, Request, Session

DASHBOARD = "/superset/dashboard/examples-sales/"


@dataclass(frozen=True)
class Recording:
    """The page with a warm browser cache, and with an empty one."""

    warm: Page
    cold: Page
    #: The charts' data among it.
    charts: tuple[Request, ...]


#: An answer that is read, not only counted.
_PLAIN = {"Accept-Encoding": "identity"}


async def sign_in(connections: Connections, host: str, user: str, password: str) -> Session:
    """Through the form, as people do."""
    headers = Session("").headers(host)
    shown = await connections.ask(Request("GET", "/login/", _PLAIN).encoded(headers))
    form = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown.body.decode())
    if form is None:
        raise RuntimeError("there is no form at /login/")
    headers = Session(_cookie(shown)).headers(host)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"username": user, "password": password, "csrf_token": form[1]})
    sent = Request("POST", "/login/", kind, body.encode()).encoded(headers)
    answer = await connections.ask(sent)
    if answer.status != 302 or "/login" in answer.headers["location"]:
        raise RuntimeError(f"{user} was not let in: {answer.status} {answer.headers}")
    session = Session(_cookie(answer))
    asked = Request("GET", "/api/v1/security/csrf_token/", _PLAIN).encoded(session.headers(host))
    answer = await connections.ask(asked)
    token = json.loads(answer.body)["result"]
    # The session keeps what the token is checked against.
    return Session(_cookie(answer, session.cookie), token)


def _cookie(answer: Answer, otherwise: str = "") -> str:
    found = re.search(r"session=([^;]+)", answer.headers.get("set-cookie", ""))
    if found is None and not otherwise:
        raise RuntimeError(f"there is no session cookie: {answer.headers}")
    return found[1] if found else otherwise


def record(url: str, session: Session) -> Recording:
    """Open the dashboard in Chromium, with an empty cache, and note every request."""
    seen: list[Asked] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        # High enough for all charts: those below the window's end are not asked for.
        context = browser.new_context(
            viewport={"width": 1440, "height": 1600}, user_agent=session.headers("")["User-Agent"]
        )
        context.add_cookies([{"name": "session", "value": session.cookie, "url": url}])
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("requestfinished", lambda one: seen.append(one))
        page.goto(url + DASHBOARD)
        shown = page.locator(".slice_container")
        shown.locator("canvas").nth(2).wait_for(state="attached")
        shown.locator("table tbody tr").first.wait_for()
        page.wait_for_load_state("networkidle")
        requests = [_request(one) for one in seen if one.url.startswith(url)]
        browser.close()
    (document,) = [one for one in requests if one.path == DASHBOARD]
    assets = [one for one in requests if one.path.startswith("/static/")]
    calls = [one for one in requests if one != document and one not in assets]
    charts = [one for one in calls if one.path.startswith("/api/v1/chart/data")]
    first = calls.index(charts[0])
    steps = [calls[:first], calls[first:]]
    return Recording(Page([[document], *steps]), Page([[document], assets, *steps]), tuple(charts))


#: Headers of the browser's that a server looks at and that no session depends on.
_KEPT = ("accept", "content-type")


def _request(asked: Asked) -> Request:
    parts = urlsplit(asked.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {name: value for name, value in asked.headers.items() if name in _KEPT}
    return Request(asked.method, path, headers, asked.post_data_buffer or b"")
