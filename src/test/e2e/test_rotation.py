"""Secrets that are rotated in both regions while people work there."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import psycopg2
import pytest
from deployments import Deployment
from environments import PROD
from people import Load, Person, admin, database, secret, visited

from commands.plane import connect, host_of_database

PLATFORM_FILE = "regions/prod/platform.yaml"
#: As docs/runbooks/rotate-a-secret.md says it.
RAISED = "\nsecrets: {db_credentials: 2, admin: 2, canary: 2}\n"
NAMES = ("superset/db-credentials", "superset/admin", "superset/canary", "superset/secret-key")
QUERY_SECONDS = 5
#: Writer first, as a deploy goes.
REGIONS = sorted(PROD.regions, key=lambda region: region != PROD.writer)

Values = dict[str, dict[str, str]]


def stored(production: Deployment, region: str) -> Values:
    return {name: secret(production.emulator, name, region) for name in NAMES}


@pytest.fixture(scope="module")
def before(production: Deployment) -> Values:
    return stored(production, PROD.writer)


@pytest.fixture(scope="module")
def loads(production: Deployment, before: Values) -> Iterator[list[Load]]:
    """What people saw in each region while both were deployed with raised numbers."""
    plane, user, workspace = production.emulator.plane(), admin(production), production.workspace
    made = []
    with ExitStack() as stack:
        for region in REGIONS:
            gate = stack.enter_context(closing(database(production, PROD.writer)))
            load = Load(plane, f"{region}.{PROD.domain}", user, gate, QUERY_SECONDS)
            stack.callback(load.end)
            load.begin(readers=2)
            made.append(load)
        workspace.edit(PLATFORM_FILE, lambda text: text + RAISED)
        workspace.synthesize()
        for region in REGIONS:
            workspace.apply(PROD.stack(region)).ok()
    yield made


def test_no_request_fails_in_either_region(loads: list[Load]) -> None:
    assert [load.failures for load in loads] == [[], []]
    assert min(load.answered for load in loads) > 20


@pytest.mark.usefixtures("loads")
def test_what_was_raised_is_new_and_the_same_in_both_regions(
    production: Deployment, before: Values
) -> None:
    here, there = (stored(production, region) for region in REGIONS)
    assert here == there
    changed = {name for name in NAMES if here[name] != before[name]}
    assert changed == {"superset/db-credentials", "superset/admin", "superset/canary"}


@pytest.mark.usefixtures("loads")
def test_the_database_takes_the_new_password_only(production: Deployment, before: Values) -> None:
    database(production, PROD.writer).close()
    plane = production.emulator.plane()
    host = host_of_database(plane, PROD.writer, PROD.platform)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(plane, host, before["superset/db-credentials"])


@pytest.mark.usefixtures("loads")
@pytest.mark.parametrize("region", REGIONS)
def test_the_administrator_logs_in_with_the_new_password_only(
    production: Deployment, before: Values, region: str
) -> None:
    plane, host = production.emulator.plane(), f"{region}.{PROD.domain}"
    Person(plane, host).log_in(admin(production))
    with pytest.raises(AssertionError):
        Person(plane, host).log_in(before["superset/admin"])


@pytest.mark.usefixtures("loads")
@pytest.mark.parametrize("region", REGIONS)
def test_the_canary_signs_in_with_its_new_password(production: Deployment, region: str) -> None:
    assert visited(production, region)["failure"] is None
