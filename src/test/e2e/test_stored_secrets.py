"""Secrets are filled after the deploy, and are nowhere but where they belong."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deployments import Deployment
from environments import PROD

from commands.environment import ROOT

SECRETS = {
    "superset/db-credentials": {"username", "password"},
    "superset/secret-key": {"key", "previous"},
    "superset/admin": {"username", "password"},
    "superset/canary": {"username", "password"},
}
PUBLIC = {"superset_admin", "admin", "superset-canary", ""}


def stored(deployment: Deployment, region: str, name: str) -> dict[str, str]:
    client = deployment.emulator.client("secretsmanager", region)
    return json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def passwords_of_the_database(deployment: Deployment) -> list[str]:
    """Every master password that the primary was given, in order."""
    return [
        request["parameters"]["MasterUserPassword"]
        for request in deployment.emulator.requests(service="rds")
        if request["parameters"].get("MasterUserPassword") and not request["error"]
    ]


@pytest.mark.parametrize("name", SECRETS)
def test_secret_has_a_value(production: Deployment, region: str, name: str) -> None:
    found = stored(production, region, name)
    assert found.keys() == SECRETS[name]
    assert len(found.get("password") or found["key"]) >= 32


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_the_same_in_both_regions(production: Deployment, name: str) -> None:
    first, second = (stored(production, region, name) for region in PROD.regions)
    assert first == second


def test_database_was_last_given_the_stored_password(production: Deployment) -> None:
    password = stored(production, PROD.writer, "superset/db-credentials")["password"]
    assert passwords_of_the_database(production)[-1] == password


def test_throw_away_password_of_the_new_database_is_not_the_stored_one(
    production: Deployment,
) -> None:
    given = passwords_of_the_database(production)
    assert given[0] != given[-1]


def test_writer_is_known_in_each_region(production: Deployment, region: str) -> None:
    client = production.emulator.client("ssm", region)
    value = json.loads(client.get_parameter(Name="/superset/writer")["Parameter"]["Value"])
    rds = production.emulator.client("rds", PROD.writer)
    (primary,) = rds.describe_db_instances(DBInstanceIdentifier=PROD.platform)["DBInstances"]
    assert value == {
        "region": PROD.writer,
        "host": primary["Endpoint"]["Address"],
        "port": 5432,
    }


def all_values(deployment: Deployment) -> set[str]:
    """Everything that ever was a secret: passwords given and values stored, in any version."""
    values = set(passwords_of_the_database(deployment))
    for request in deployment.emulator.requests(service="secretsmanager"):
        text = request["parameters"].get("SecretString")
        if text:
            values |= set(json.loads(text).values())
    for region in PROD.regions:
        for name in SECRETS:
            values |= set(stored(deployment, region, name).values())
    return values - PUBLIC


def states(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    for region in PROD.regions:
        client = deployment.emulator.client("s3", region)
        bucket = PROD.bucket("tfstate", region)
        for version in deployment.emulator.pages(
            "s3", region, "list_object_versions", "Versions", Bucket=bucket
        ):
            key, number = version["Key"], version["VersionId"]
            body = client.get_object(Bucket=bucket, Key=key, VersionId=number)["Body"].read()
            yield f"{bucket}/{key} version {number}", body


def plans(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    for stack in PROD.stacks:
        plan = deployment.workspace.plan(stack)
        yield f"plan of {stack} as JSON", json.dumps(plan.document).encode()
        with zipfile.ZipFile(plan.file) as archive:
            for name in archive.namelist():
                yield f"plan of {stack}: {name}", archive.read(name)
        plan.file.unlink()


def files(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    root = deployment.workspace.root
    image = root / "src" / "main" / "superset"
    snapshots = ROOT / "main.tf.json-snapshots"
    for folder in (root / "cdktf.out", root / ".build" / "logs", image, snapshots):
        for path in folder.rglob("*"):
            if path.is_file() and "providers" not in path.parts:
                yield str(path), contents(path)
    printed = [deployment.facts["output"], *deployment.workspace.printed]
    yield "output", "\n".join(printed).encode()


def kept_by_aws(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    """Whatever can be read there by who may not read secrets."""
    emulator = deployment.emulator
    for region in PROD.regions:
        for name, service, operation, key in (
            ("log group", "logs", "describe_log_groups", "logGroups"),
            ("function", "lambda", "list_functions", "Functions"),
            ("parameter", "ssm", "describe_parameters", "Parameters"),
            ("secret", "secretsmanager", "list_secrets", "SecretList"),
        ):
            found = list(emulator.pages(service, region, operation, key))
            yield f"{name}s of {region}", json.dumps(found, default=str).encode()
        for group in emulator.pages("logs", region, "describe_log_groups", "logGroups"):
            name = group["logGroupName"]
            for event in emulator.pages(
                "logs", region, "filter_log_events", "events", logGroupName=name
            ):
                yield f"log {name} of {region}", event["message"].encode()
        ecs = emulator.client("ecs", region)
        for arn in emulator.pages("ecs", region, "list_task_definitions", "taskDefinitionArns"):
            definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            yield arn, json.dumps(definition, default=str).encode()


def contents(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def leaks(haystacks: Iterator[tuple[str, bytes]], needles: set[str]) -> dict[str, int]:
    """Name to the number of secrets in it; never a secret itself."""
    encoded = [needle.encode() for needle in needles]
    found = {}
    searched: dict[str, Any] = {}
    for name, body in haystacks:
        searched[name] = len(body)
        count = sum(needle in body for needle in encoded)
        if count:
            found[name] = count
    assert searched, "nothing was searched"
    return found


def test_there_are_secrets_to_look_for(production: Deployment) -> None:
    """A throw-away password, the stored one, the secret key, the administrator's."""
    values = all_values(production)
    assert len(values) >= 4
    assert min(map(len, values)) >= 16


def test_no_state_has_ever_held_a_secret(production: Deployment) -> None:
    assert leaks(states(production), all_values(production)) == {}


def test_no_plan_holds_a_secret(production: Deployment) -> None:
    assert leaks(plans(production), all_values(production)) == {}


def test_no_file_and_no_output_of_a_deploy_holds_a_secret(production: Deployment) -> None:
    assert leaks(files(production), all_values(production)) == {}


def test_nothing_that_aws_keeps_for_readers_holds_a_secret(production: Deployment) -> None:
    assert leaks(kept_by_aws(production), all_values(production)) == {}


def test_search_reads_what_superset_logged(production: Deployment) -> None:
    read = [name for name, body in kept_by_aws(production) if b"migrate the database" in body]
    assert any(name.startswith("log /superset/init") for name in read)


def test_search_finds_what_is_really_in_the_states(production: Deployment) -> None:
    assert leaks(states(production), {"superset_admin"}) != {}
