"""What two sides must agree on: the variables, their documentation, the Dockerfile."""

import json
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from dockerfile_parse import DockerfileParser

from superset_aws.settings import PROCESSES, variables

ROOT = Path(__file__).resolve().parents[3]
IMAGE = ROOT / "src" / "main" / "superset"
SNAPSHOTS = sorted((ROOT / "main.tf.json-snapshots").glob("*.tf.json"))


def containers() -> list[tuple[str, str, dict[str, object]]]:
    """Stack, kind of task and container of every task definition that is synthesized."""
    found = []
    for snapshot in SNAPSHOTS:
        resources = json.loads(snapshot.read_text())["resource"]
        for definition in resources.get("aws_ecs_task_definition", {}).values():
            (container,) = json.loads(definition["container_definitions"])
            found.append((snapshot.stem, container["command"][0], container))
    return found


@pytest.mark.parametrize(
    ("stack", "kind", "container"), containers(), ids=lambda value: value if value is str else None
)
def test_a_task_definition_sets_what_its_process_reads(
    stack: str, kind: str, container: dict[str, list[dict[str, str]]]
) -> None:
    plain = {item["name"] for item in container["environment"]}
    injected = {item["name"] for item in container["secrets"]}
    declared = variables()
    assert {kind in declared[name]["kinds"] for name in plain | injected} == {True}
    assert injected == {name for name in plain | injected if declared[name].get("secret")}
    required = {
        name
        for name, one in declared.items()
        if one.get("required") and kind in one["kinds"] and not one.get("image")
    }
    assert required <= plain | injected
    if "REDIS_HOST" in plain:
        companions = {n for n, one in declared.items() if one.get("required_with") == "REDIS_HOST"}
        assert companions <= plain


def test_there_are_task_definitions_of_every_kind() -> None:
    assert {kind for _, kind, _ in containers()} == {"web", "worker", "beat", "init"}


def test_the_image_sets_the_variables_that_are_its_own() -> None:
    own = {name for name, one in variables().items() if one.get("image")}
    assert own <= set(DockerfileParser(path=str(IMAGE / "Dockerfile")).envs)


def test_sources_are_verified_with_the_systems_authorities_rds_and_our_own(tmp_path: Path) -> None:
    """The image's own command, in a folder in the place of its root."""
    dockerfile = DockerfileParser(path=str(IMAGE / "Dockerfile"))
    bundle = dockerfile.envs["SOURCES_CA"]
    commands = [one["value"] for one in dockerfile.structure if one["instruction"] == "RUN"]
    (command,) = [one for one in commands if bundle in one]
    for path in ("etc/ssl/certs/ca-certificates.crt", "app/certificates/rds.pem",
                 "app/certificates/own.pem"):  # fmt: skip
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        trustme.CA().cert_pem.write_to_path(str(file))
        file.write_text(file.read_text().rstrip())
    for root in ("/etc/", "/app/"):
        command = command.replace(root, f"{tmp_path}{root}")
    subprocess.run(["sh", "-ec", command], check=True)
    context = ssl.create_default_context(cafile=f"{tmp_path}{bundle}")
    assert len(context.get_ca_certs()) == 3


def test_the_dockerfile_has_no_lint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, IMAGE / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_table_of_variables_is_the_declaration() -> None:
    rows = [
        f"| `{name}` | {processes(one['kinds'])} | {source(one)} | {one['meaning']} |"
        for name, one in variables().items()
    ]
    text = (ROOT / "docs" / "superset.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("| `")]
    assert table == rows, "docs/superset.md should say:\n" + "\n".join(rows)


def processes(kinds: list[str]) -> str:
    """Which processes read a variable."""
    if len(kinds) == len(PROCESSES):
        return "all"
    return "Superset's" if set(kinds) == {*PROCESSES} - {"websocket"} else ", ".join(kinds)


def source(one: dict[str, object]) -> str:
    """Where a variable's value comes from."""
    if one.get("image"):
        return "image"
    if one.get("secret"):
        return "secret"
    if one.get("run"):
        return "run-task"
    return "required" if one.get("required") else "optional"
