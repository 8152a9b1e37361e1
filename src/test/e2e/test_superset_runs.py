"""What was deployed runs: the real Superset in every region, started from Terraform's resources."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD
from people import admin, visited
from playwright.sync_api import Browser, Page

from browsers import (
    EXAMPLE,
    chart_results,
    chromium,
    context,
    drawn,
    log_in,
    query,
    screenshot,
    wait_on,
)


@pytest.fixture(scope="module")
def browser(production: Deployment) -> Iterator[Browser]:
    hosts = [PROD.domain, *(f"{region}.{PROD.domain}" for region in PROD.regions)]
    with chromium(production.emulator.plane(), *hosts) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(production: Deployment, browser: Browser) -> Page:
    """Logged in, through the load balancer."""
    made = context(browser, f"https://{PROD.domain}").new_page()
    user = admin(production)
    log_in(made, user["username"], user["password"])
    return made


def lines(production: Deployment, kind: str, region: str) -> list[str]:
    """Everything that a kind of task has logged."""
    group = f"/superset/{kind}"
    streams = production.emulator.pages(
        "logs", region, "describe_log_streams", "logStreams", logGroupName=group
    )
    logs = production.emulator.client("logs", region)
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=10_000
        )["events"]
    ]


def steps(production: Deployment, region: str) -> dict[str, str]:
    """What the region's init task did: step to outcome."""
    said = [json.loads(line) for line in lines(production, "init", region) if '"step"' in line]
    return {step["step"]: step.get("outcome", "") for step in said}


def test_the_deploy_migrated_the_database_before_the_services_began(
    production: Deployment,
) -> None:
    done = steps(production, PROD.writer)
    assert done["migrate the database"].startswith("now at version")
    assert done["administrator"] == "made"


def test_a_region_that_is_not_the_writer_only_looks_at_the_schema(production: Deployment) -> None:
    assert list(steps(production, "eu-west-1")) == ["check the schema"]


@pytest.mark.parametrize(
    ("service", "tasks"), [("superset-web", 3), ("superset-worker", 1), ("superset-beat", 1)]
)
def test_every_service_has_its_processes_and_they_are_healthy(
    production: Deployment, region: str, service: str, tasks: int
) -> None:
    running = production.emulator.tasks(service, region)
    assert len({task["pid"] for task in running}) == tasks
    assert {task["health"] for task in running} == {"HEALTHY"}
    if service == "superset-web":
        assert {task["target"] for task in running} == {"healthy"}


def test_a_person_logs_in_and_sees_the_dashboard(page: Page) -> None:
    page.goto(EXAMPLE)
    drawn(page)


def test_the_dashboard_comes_from_the_cache_the_second_time(page: Page) -> None:
    page.goto(EXAMPLE)
    drawn(page)
    results = chart_results(page, lambda: page.reload())
    drawn(page)
    screenshot(page, "dashboard-deployed")
    assert [result["is_cached"] for result in results] == [True] * 6


def test_a_query_of_sql_lab_runs_in_the_worker(production: Deployment, page: Page) -> None:
    assert query(page, "SELECT count(*) AS rows FROM examples.sales") == [{"rows": 1248}]
    assert any(
        "sql_lab.get_sql_results" in line for line in lines(production, "worker", PROD.writer)
    )


def test_the_other_region_shows_the_same_dashboard_to_the_same_person(
    production: Deployment, browser: Browser
) -> None:
    page = context(browser, f"https://eu-west-1.{PROD.domain}").new_page()
    user = admin(production)
    log_in(page, user["username"], user["password"])
    page.goto(EXAMPLE)
    drawn(page)
    page.close()


def test_the_canary_of_each_region_signs_in_and_opens_its_dashboard(
    production: Deployment, region: str
) -> None:
    assert visited(production, region)["failure"] is None


def test_a_person_without_a_session_is_asked_to_log_in(browser: Browser) -> None:
    page = context(browser, f"https://{PROD.domain}").new_page()
    page.goto(EXAMPLE, wait_until="domcontentloaded")
    assert "/login/" in page.url
    page.close()


def test_who_logs_out_is_out(production: Deployment, browser: Browser) -> None:
    page = context(browser, f"https://{PROD.domain}").new_page()
    user = admin(production)
    log_in(page, user["username"], user["password"])
    page.goto("/logout/", wait_until="domcontentloaded")
    assert page.goto("/api/v1/me/").status == 401
    page.close()


def test_the_running_processes_hold_no_secret_in_the_task_definitions(
    production: Deployment, region: str
) -> None:
    """Whoever reads task definitions, as the plan role may, learns nothing."""
    secrets = production.emulator.client("secretsmanager", region)
    values: set[str] = set()
    for listed in production.emulator.pages("secretsmanager", region, "list_secrets", "SecretList"):
        if listed.get("SecretVersionsToStages"):
            value = secrets.get_secret_value(SecretId=listed["ARN"])["SecretString"]
            values |= {text for text in json.loads(value).values() if len(str(text)) > 12}
    assert values
    ecs = production.emulator.client("ecs", region)
    for arn in production.emulator.pages(
        "ecs", region, "list_task_definitions", "taskDefinitionArns"
    ):
        shown: dict[str, Any] = ecs.describe_task_definition(taskDefinition=arn)
        text = json.dumps(shown, default=str)
        assert not any(value in text for value in values), arn


def test_the_address_for_a_person_on_this_machine_leads_in(
    production: Deployment, browser: Browser
) -> None:
    """What `make demo` prints."""
    plane = production.emulator.plane()
    page = context(browser, plane["url"]).new_page()
    user = admin(production)
    log_in(page, user["username"], user["password"])
    page.goto(EXAMPLE)
    drawn(page)
    wait_on(page, "the title", lambda: page.title() != "")
    page.close()
