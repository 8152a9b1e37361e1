"""Charts that workers compute are announced over a websocket, through the load balancer."""

import socket
import ssl
from collections.abc import Iterator

import jwt
import pytest
from playwright.sync_api import Browser, Page
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from world import DOMAIN, GRACE_SECONDS, PASSWORD, World

from browsers import EXAMPLE, chart_results, chromium, context, drawn, log_in, wait_on

ORIGIN = f"https://{DOMAIN}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With charts that workers compute, and the process that announces them."""
    made = World(tmp_path_factory.mktemp("websocket"))
    try:
        made.environment["WEBSOCKET"] = "true"
        made.environment["FEATURE_FLAGS"] = '{"GLOBAL_ASYNC_QUERIES": true}'
        made.client("logs").create_log_group(logGroupName="/superset/websocket")
        ended = made.run("init")
        assert ended["containers"][0]["exitCode"] == 0, made.logs("init")[-20:]
        made.serve_web()
        made.serve("worker")
        group = made.forward("/ws", 8080)
        websocket = {"targetGroupArn": group, "containerName": "superset", "containerPort": 8080}
        made.serve(
            "websocket",
            loadBalancers=[websocket],
            healthCheckGracePeriodSeconds=GRACE_SECONDS,
        )
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with chromium(world.plane(), DOMAIN) as made:
        yield made


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    made = context(browser, ORIGIN).new_page()
    log_in(made, "admin", PASSWORD)
    return made


def refused(world: World, origin: str, token: str) -> int:
    """Status with which a connection is refused."""
    plane = world.plane()
    trust = ssl.create_default_context(cafile=plane["ca"])
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(
            f"wss://{DOMAIN}/ws",
            sock=socket.create_connection((plane["names"][DOMAIN], 443)),
            ssl=trust,
            origin=origin,
            additional_headers={"Cookie": f"async-token={token}"},
            proxy=None,
        ),
    ):
        pass
    return refusal.value.response.status_code


def test_charts_are_drawn_when_they_are_announced(page: Page) -> None:
    announced: list[str] = []

    def hear(frame: str | bytes) -> None:
        announced.append(str(frame))

    asked: list[str] = []
    page.on("websocket", lambda made: made.on("framereceived", hear))
    page.on("request", lambda made: asked.append(made.url))
    page.goto(EXAMPLE)
    drawn(page)
    wait_on(page, "six announcements", lambda: sum("done" in one for one in announced) >= 6)
    assert not any("/api/v1/async_event/" in url for url in asked), "the browser polls too"
    # They were computed once, by the worker, and come from the cache now.
    results = chart_results(page, lambda: page.reload())
    assert [result["is_cached"] for result in results] == [True] * 6


def test_only_a_channel_that_superset_signed_is_opened(world: World, page: Page) -> None:
    forged = jwt.encode({"channel": "somebody's", "sub": "1"}, "k" * 42, algorithm="HS256")
    assert refused(world, ORIGIN, forged) == 401
    assert refused(world, ORIGIN, "") == 401


def test_a_page_of_another_site_opens_no_channel(world: World, page: Page) -> None:
    cookies = {one["name"]: one["value"] for one in page.context.cookies(ORIGIN)}
    assert refused(world, "https://stranger.example", cookies["async-token"]) == 403
