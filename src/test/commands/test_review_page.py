"""The page of a plan of more than 500 resources, in a real browser, from a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browsers import CHROMIUM
from commands import review, snapshots
from commands.environment import ROOT
from commands.review import page as pages

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
SECRET = "7c1f-of-the-master"
DATABASE = "aws_db_instance.database_instance_D7FC2283"
#: The levels that axe-core itself calls grave.
GRAVE = ("serious", "critical")


def planned(texts: dict[str, str], output: Path) -> None:
    """A first deploy of everything but the database, which is replaced."""
    for name, text in texts.items():
        records: list[dict[str, Any]] = []
        for kind, blocks in json.loads(text)["resource"].items():
            for label, block in blocks.items():
                after = {key: value for key, value in block.items() if key != "//"}
                change: dict[str, Any] = {"actions": ["create"], "before": None, "after": after}
                if f"{kind}.{label}" == DATABASE:
                    change = {
                        "actions": ["delete", "create"],
                        "before": {"username": "old", "password": SECRET, "port": SECRET},
                        "before_sensitive": {"password": True, "port": True},
                        "after": {"username": "new", "password": SECRET},
                        "after_sensitive": {"password": True},
                        "replace_paths": [["username"]],
                    }
                records.append({"address": f"{kind}.{label}", "mode": "managed", "change": change})
        folder = output / "stacks" / name
        folder.mkdir(parents=True)
        (folder / "plan").write_text(json.dumps({"resource_changes": records}))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    texts = {
        name: text
        for name, text in snapshots.committed().items()
        if not name.startswith(("superset-dev-", "superset-staging-"))
    }
    planned(texts, folder)
    made = review.make(texts, texts, folder, policies=False)
    assert len(made.changes) >= 500
    pages.write(made, "Review of a test", folder / "review.html")
    return folder / "review.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    yield page
    context.close()


def visible(page: Page) -> int:
    return page.locator("details.one:visible").count()


def test_a_masked_value_is_nowhere_in_the_file(file: Path) -> None:
    text = file.read_text()
    assert SECRET not in text
    assert "(sensitive)" in text


def test_what_is_lost_is_said_first(opened: Page) -> None:
    first = opened.locator("main > *").first
    assert "Data would be lost" in first.inner_text()
    assert f"{DATABASE} would be replaced because of username" in first.inner_text()


def test_search_finds_by_name_and_by_value(opened: Page) -> None:
    opened.get_by_label("Search").fill("waf web-acl_logging")
    assert (
        opened.locator("details.one:visible summary .weak").all_inner_texts()
        == ["aws_wafv2_web_acl_logging_configuration.web-acl_logging_D7451C0C"] * 2
    )
    opened.get_by_label("Search").fill("cache.r6g.large")
    assert visible(opened) == 2
    opened.get_by_label("Search").fill("no such thing anywhere")
    assert visible(opened) == 0
    assert opened.locator("#shown").inner_text().startswith("0 of ")


def test_filters_leave_what_they_name(opened: Page) -> None:
    opened.get_by_label("create").uncheck()
    # One in each region.
    assert visible(opened) == 2
    opened.get_by_role("button", name="Reset").click()
    opened.get_by_label("Stack").select_option("superset-global")
    opened.wait_for_function(
        "document.querySelectorAll('section.stack:not([hidden])').length === 1"
    )
    stacks = opened.locator("section.stack:visible h3").all_inner_texts()
    assert stacks == ["superset-global"]


def test_it_is_used_by_keys_alone(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("/")
    assert opened.evaluate("document.activeElement.name") == "search"
    opened.keyboard.type("database instance replace")
    for _ in range(20):
        opened.keyboard.press("Tab")
        if opened.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    opened.keyboard.press("Enter")
    assert opened.locator("details.one[open]").count() == 1
    assert opened.locator("details.one[open] td", has_text="username").is_visible()
    opened.keyboard.press("/")
    opened.keyboard.press("Escape")
    assert visible(opened) >= 500


def test_axe_finds_nothing_grave(browser: Browser, file: Path, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    page.locator("details.one").first.locator("summary").click()
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document).then((result) => result.violations)")
    grave = {one["id"]: one["nodes"][0]["html"] for one in found if one["impact"] in GRAVE}
    context.close()
    assert grave == {}


def test_the_button_changes_the_theme(opened: Page) -> None:
    before = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.get_by_role("button", name="Dark or light").click()
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_no_request_leaves_the_page(browser: Browser, file: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    assert (asked, wrong) == ([file.as_uri()], [])
    # Its policy refuses what the values of a plan could bring in.
    with page.expect_event("requestfailed") as refused:
        page.evaluate("new Image().src = 'https://example.com/x.png'")
    context.close()
    assert refused.value.failure == "csp"
