"""One account with everything running, for all tests of the folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from world import DOMAIN, PASSWORD, World

from browsers import chromium, context, log_in


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def initialized(world: World) -> World:
    ended = world.run("init")
    lines = world.logs("init")
    assert ended["containers"][0]["exitCode"] == 0, "\n".join(lines[-20:])
    return world


@pytest.fixture(scope="session")
def superset(initialized: World) -> World:
    """All of it: web behind the load balancer, worker and beat."""
    initialized.serve_web()
    initialized.serve("worker")
    initialized.serve("beat")
    return initialized


@pytest.fixture(scope="module")
def page(superset: World) -> Iterator[Page]:
    """The administrator's, through the load balancer."""
    with chromium(superset.plane(), DOMAIN) as browser:
        made = context(browser, f"https://{DOMAIN}").new_page()
        log_in(made, "admin", PASSWORD)
        yield made
