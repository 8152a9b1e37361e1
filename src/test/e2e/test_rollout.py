"""Changes of a running Superset under load: rolled out, stopped by init, rolled back."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD
from people import Load, Person, admin, database
from workspaces import Result

REGION = "us-east-1"
STACK = PROD.stack(REGION)
HOST = f"{REGION}.{PROD.domain}"
FILE = f"regions/prod/{REGION}.yaml"
PLATFORM_FILE = "regions/prod/platform.yaml"
#: Longer than the deregistration delay, as the local AWS paces it.
QUERY_SECONDS = 15
#: The version before the migration that widens ab_user.username from 64 to 128 characters.
NARROW = "c233f5365c9e"


def change(production: Deployment, before: str, after: str) -> Result:
    """A change of the region's file, deployed."""
    workspace = production.workspace
    workspace.edit(FILE, lambda text: text.replace(before, after) if before else text + after)
    workspace.synthesize()
    return workspace.apply(STACK)


def web(production: Deployment) -> set[int]:
    """Process ids of the region's web tasks."""
    return {task["pid"] for task in production.emulator.tasks("superset-web", REGION)}


def revision(production: Deployment) -> str:
    """What the web service runs, as ECS says."""
    ecs = production.emulator.client("ecs", REGION)
    (service,) = ecs.describe_services(cluster=PROD.platform, services=["superset-web"])["services"]
    return str(service["taskDefinition"])


@pytest.fixture
def load(production: Deployment) -> Iterator[Load]:
    """People at work in the region."""
    with closing(database(production, REGION)) as gate:
        made = Load(production.emulator.plane(), HOST, admin(production), gate, QUERY_SECONDS)
        made.begin(readers=3)
        yield made
        made.end()


def assert_nobody_noticed(load: Load) -> None:
    load.end()
    assert load.answered > 20
    assert load.failures == []


def test_a_new_revision_is_rolled_out_without_a_failed_request(
    production: Deployment, load: Load
) -> None:
    before = web(production)
    change(production, "", "\nweb: {threads: 9}\n").ok()
    assert_nobody_noticed(load)
    after = web(production)
    assert len(after) == 3
    assert not before & after


@pytest.fixture
def broken_migration(production: Deployment) -> Iterator[Any]:
    """A database that is one migration back, with a view on the column which that one widens."""
    with closing(database(production, REGION)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        (current,) = cursor.fetchone()
        cursor.execute("ALTER TABLE ab_user ALTER username TYPE varchar(64)")
        cursor.execute("CREATE VIEW somebodys_report AS SELECT username FROM ab_user")
        cursor.execute("UPDATE alembic_version SET version_num = %s", (NARROW,))
        yield cursor
        cursor.execute("DROP VIEW IF EXISTS somebodys_report")
        cursor.execute("ALTER TABLE ab_user ALTER username TYPE varchar(128)")
        cursor.execute("UPDATE alembic_version SET version_num = %s", (current,))


def test_a_failing_migration_stops_the_deploy_and_the_next_one_goes_on(
    production: Deployment, broken_migration: Any, load: Load
) -> None:
    before, running = web(production), revision(production)
    failed = change(production, "threads: 9", "threads: 8")
    assert failed.code != 0
    assert "superset-init failed:" in failed.output
    assert "cannot alter type of a column used by a view" in failed.output
    assert "The services keep their old version" in " ".join(failed.output.replace("│", "").split())
    assert web(production) == before
    assert revision(production) == running

    broken_migration.execute("DROP VIEW somebodys_report")
    production.workspace.apply(STACK).ok()
    broken_migration.execute("SELECT version_num FROM alembic_version")
    assert broken_migration.fetchone() != (NARROW,)
    assert_nobody_noticed(load)
    assert not before & web(production)


@pytest.fixture
def broken_image(production: Deployment, tmp_path: Path) -> Iterator[str]:
    """Digest of an image whose web process ends at once; its init is all right."""
    workspace = production.workspace
    folder = tmp_path / "superset"
    shutil.copytree(workspace.root / "src/main/superset", folder)
    (folder / "pythonpath/superset_aws/web.py").write_text('raise RuntimeError("broken image")\n')
    digest = "sha256:" + "b" * 64
    production.emulator.bind_image(digest, folder)
    before = workspace.root.joinpath(PLATFORM_FILE).read_text()
    yield digest
    workspace.root.joinpath(PLATFORM_FILE).write_text(before)
    workspace.synthesize()
    workspace.apply(STACK).ok()


def test_a_revision_that_never_becomes_healthy_is_rolled_back_and_fails_the_deploy(
    production: Deployment, broken_image: str, load: Load
) -> None:
    before, running, workspace = web(production), revision(production), production.workspace
    workspace.edit(PLATFORM_FILE, lambda text: re.sub(r"sha256:[0-9a-f]{64}", broken_image, text))
    workspace.synthesize()
    failed = workspace.apply(STACK)
    assert failed.code != 0
    assert "was rolled back" in " ".join(failed.output.replace("│", "").split())
    assert web(production) == before
    assert revision(production) == running
    assert_nobody_noticed(load)


def test_two_runs_of_init_at_once_get_along(production: Deployment) -> None:
    """The second waits for the first one's task, or its own task for the advisory lock."""
    emulator = production.emulator
    ecs = emulator.client("ecs", REGION)
    newest = ecs.describe_task_definition(taskDefinition="superset-init")["taskDefinition"]
    payload = f'{{"task_definition": "{newest["taskDefinitionArn"]}"}}'
    results = []

    def invoke() -> None:
        answer = emulator.client("lambda", REGION).invoke(
            FunctionName="superset-init", Payload=payload.encode()
        )
        results.append((answer.get("FunctionError"), answer["Payload"].read().decode()))

    threads = [threading.Thread(target=invoke) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert [error for error, _ in results] == [None, None], results


def test_a_person_of_before_is_still_signed_in(production: Deployment) -> None:
    person = Person(production.emulator.plane(), HOST)
    person.log_in(admin(production))
    assert person.get("/api/v1/me/").json()["result"]["username"] == "admin"
