"""A browser and what a person does with Superset in it, for every suite that opens pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from commands.waiting import until

SCREENSHOTS = Path(__file__).resolve().parents[3] / ".build" / "screenshots"
VIEW = {"width": 1440, "height": 1100}
CHROMIUM = "/usr/bin/chromium"
#: Milliseconds that a page may take on a machine with two busy cores.
PATIENCE = 120_000
EXAMPLE = "/superset/dashboard/examples-sales/"
CHARTS = 6


@contextmanager
def chromium(plane: Mapping[str, Any], *hosts: str) -> Iterator[Browser]:
    """Debian's Chromium.

    :param plane: what the data plane says of itself; its certificates are trusted, no others
    :param hosts: names that lead to the data plane's load balancers
    """
    rules = ",".join(f"MAP {host} {plane['names'][host]}" for host in hosts)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                f"--host-resolver-rules={rules}",
                f"--ignore-certificate-errors-spki-list={plane['spki']}",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def context(browser: Browser, base_url: str) -> BrowserContext:
    """A person's own cookies; paths are below an address."""
    made = browser.new_context(base_url=base_url, viewport=VIEW)
    made.set_default_timeout(PATIENCE)
    return made


def log_in(page: Page, user: str, password: str) -> None:
    """With the form of database sign-in."""
    page.goto("/login/", wait_until="domcontentloaded")
    page.fill("input#username", user)
    page.fill("input#password", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/superset/welcome/", wait_until="domcontentloaded")


def drawn(page: Page) -> None:
    """The example dashboard: three pictures, two numbers, one table."""
    page.wait_for_selector("text=Best sellers")
    charts = page.locator(".slice_container")
    wait_on(page, "pictures", lambda: charts.locator("canvas").count() >= 3)
    charts.locator("table tbody tr").first.wait_for()


def chart_results(page: Page, act: Callable[[], None]) -> list[dict[str, Any]]:
    """What the charts of the example dashboard were answered while something is done."""
    answers: list[dict[str, Any]] = []
    refused: list[str] = []

    def keep(response: Response) -> None:
        if "/api/v1/chart/data" in response.url:
            if response.status == 200:
                answers.append(response.json()["result"][0])
            else:
                refused.append(f"{response.status} {response.text()}")

    page.on("response", keep)
    try:
        act()
        wait_on(page, "all charts are answered", lambda: len(answers) + len(refused) >= CHARTS)
    finally:
        page.remove_listener("response", keep)
    assert not refused, refused
    return answers


def screenshot(page: Page, name: str) -> None:
    """Kept in .build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def wait_on(page: Page, what: str, done: Callable[[], bool]) -> None:
    """Wait while the page goes on: its policy forbids Playwright's own waiting for a function."""
    seconds = PATIENCE / 1000
    until(what, done, seconds, sleep=lambda moment: page.wait_for_timeout(moment * 1000))


def submit(page: Page, sql: str) -> dict[str, Any]:
    """Submit a query asynchronously as SQL Lab does; the query as it was accepted."""
    answer: dict[str, Any] = page.evaluate(_SUBMIT, [sql, uuid4().hex[:10]])
    assert answer["status"] == 202, answer
    return dict(answer["body"]["query"])


def query(page: Page, sql: str) -> list[dict[str, Any]]:
    """Submit a query, poll as SQL Lab does, and fetch its rows."""
    answer: dict[str, Any] = page.evaluate(_ROWS, submit(page, sql)["queryId"])
    assert answer["status"] == "success", answer
    return list(answer["data"])


_SUBMIT = """async ([sql, client]) => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const databases = (await (await fetch('/api/v1/database/')).json()).result;
  const id = databases.find(database => database.database_name === 'examples').id;
  const submitted = await fetch('/api/v1/sqllab/execute/', {method: 'POST', headers, body:
    JSON.stringify({database_id: id, sql, runAsync: true, client_id: client,
      schema: 'examples', queryLimit: 10})});
  return {status: submitted.status, body: await submitted.json()};
}"""

_ROWS = """async (query) => {
  for (let i = 0; i < 600; i++) {
    const seen = (await (await fetch('/api/v1/query/' + query)).json()).result;
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
