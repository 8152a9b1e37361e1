"""GitHub's workflows: what may write, what is pinned, and that each step is a command of here."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import image, matrix, snapshots
from commands.environment import ROOT

FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, FOLDER / "actions" / "setup" / "action.yml"]
#: Before there is a checkout there is no Makefile.
BEFORE = "apt-get update -q && apt-get install -qy --no-install-recommends ca-certificates git"


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text()))


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}: {name}", job


def steps() -> list[dict[str, Any]]:
    return [step for _, job in jobs() for step in job["steps"]]


def writers(permission: str) -> set[str]:
    """The jobs that may write something."""
    return {name for name, job in jobs() if job["permissions"].get(permission) == "write"}


def test_every_action_is_pinned_by_its_commit_and_to_one_version() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        for uses in re.findall(r"uses: (.+)", path.read_text()):
            if uses.startswith("./"):
                continue
            name, _, version = uses.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", version), (path.name, uses)
            found.setdefault(name, set()).add(version)
    assert {name for name, versions in found.items() if len(versions) > 1} == set()


def test_every_job_says_what_it_may_and_for_how_long() -> None:
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {}, path.name
    for name, job in jobs():
        assert "timeout-minutes" in job, name
        assert "contents" in job["permissions"], name


def test_only_these_jobs_reach_an_account_or_write_on_github() -> None:
    assert writers("id-token") == {
        *("plan: plan", "deploy: deploy", "drift: plan"),
        *("image: build", "image: copy"),
    }
    assert writers("contents") == {"image: propose"}
    assert writers("pull-requests") == {"plan: comment", "image: propose"}
    assert writers("issues") == {"drift: issue"}
    granted = {key for _, job in jobs() for key in job["permissions"]}
    assert granted == {"contents", "id-token", "pull-requests", "issues"}


def test_what_writes_on_a_pull_request_runs_nothing_of_it() -> None:
    comment = dict(jobs())["plan: comment"]
    assert comment["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


def test_what_writes_the_pull_request_of_an_image_runs_no_setup_and_no_build() -> None:
    propose = dict(jobs())["image: propose"]
    assert [step["uses"].partition("@")[0] for step in propose["steps"] if "uses" in step] == [
        "actions/checkout",
        "actions/download-artifact",
    ]
    # What the other job made comes beside the code that runs, not over it.
    assert propose["steps"][1]["with"]["path"] == "pinned"


def test_an_image_is_judged_before_it_is_copied_and_copied_before_it_is_pinned() -> None:
    every = dict(jobs())
    steps = [step["run"] for step in every["image: build"]["steps"] if "run" in step]
    assert [words.split()[4] for words in steps] == ["build", "judge"]
    needs = {name: every[f"image: {name}"]["needs"] for name in ("copy", "pin", "propose")}
    assert needs == {
        "copy": ["environments", "build"],
        "pin": ["build", "copy"],
        "propose": "pin",
    }


def test_an_image_is_built_when_what_is_in_it_changes() -> None:
    [path] = [one for one in WORKFLOWS if one.stem == "image"]
    triggers: Any = {str(key): value for key, value in read(path).items()}["True"]
    assert triggers["push"] == {"branches": ["main"], "paths": [f"{image.CONTEXT}/**"]}
    assert "github.ref == 'refs/heads/main'" in dict(jobs())["image: build"]["if"]


def test_what_builds_is_pinned_by_its_digest() -> None:
    used = [
        str(value)
        for step in dict(jobs())["image: build"]["steps"]
        for key, value in step.get("with", {}).items()
        if key in ("image", "driver-opts")
    ]
    assert len(used) == 2
    assert [
        one for one in [*used, image.SBOM] if not re.search(r"@sha256:[0-9a-f]{64}$", one)
    ] == []


def test_no_checkout_leaves_its_token_behind() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_step_is_a_command_of_here() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for step in steps():
        if "run" not in step or step["run"] == BEFORE:
            continue
        made = re.fullmatch(r"make ([a-z-]+)( .*)?", step["run"])
        called = re.fullmatch(r"PYTHONPATH=src python3 -m commands\.([a-z]+) ?.*", step["run"])
        assert made or called, step["run"]
        if made:
            assert made[1] in targets
        if called:
            assert (ROOT / "src" / "commands" / f"{called[1]}.py").is_file()


def test_all_containers_are_one() -> None:
    images = {job["container"] for _, job in jobs() if "container" in job}
    assert len(images) == 1
    assert re.fullmatch(r"debian:12@sha256:[0-9a-f]{64}", images.pop())


def test_what_is_merged_is_deployed_in_the_environment_that_the_role_trusts() -> None:
    deploy = dict(jobs())["deploy: deploy"]
    assert deploy["environment"] == "${{ matrix.environment }}"
    # YAML 1.1 reads the word on as true.
    triggers: Any = {str(key): value for key, value in read(WORKFLOWS[0]).items()}["True"]
    assert WORKFLOWS[0].stem == "deploy"
    for name in snapshots.environments():
        platform = yaml.safe_load((ROOT / "regions" / name / "platform.yaml").read_text())
        if "ci" in platform:
            assert triggers["push"]["branches"] == [platform["ci"].get("branch", "main")]


def test_a_session_is_no_longer_than_its_role_allows() -> None:
    text = (snapshots.FOLDER / "superset-bootstrap.tf.json").read_text()
    roles = json.loads(text)["resource"]["aws_iam_role"].values()
    longest = {role["name"]: role.get("max_session_duration") for role in roles}
    deploy = dict(jobs())["deploy: deploy"]
    [seconds] = [step["with"]["seconds"] for step in deploy["steps"] if "seconds" in str(step)]
    assert int(seconds) == longest["superset-production-ci-deploy"]
    assert longest["superset-production-ci-plan"] == 3600
    assert deploy["timeout-minutes"] * 60 <= int(seconds)
    for name in ("image: build", "image: copy"):
        job = dict(jobs())[name]
        lasts = {
            step["with"]["role-duration-seconds"]
            for step in job["steps"]
            if "role-duration-seconds" in step.get("with", {})
        }
        assert lasts == {longest["superset-production-ci-image"]}
        assert job["timeout-minutes"] * 60 <= lasts.pop()


def test_the_matrix_has_the_environments_with_roles_of_ci() -> None:
    line = matrix.line()
    name, _, value = line.partition("=")
    assert name == "environments"
    assert json.loads(value) == [
        {
            "environment": "prod",
            "region": "us-east-1",
            "plan": "arn:aws:iam::123456789012:role/superset-production-ci-plan",
            "deploy": "arn:aws:iam::123456789012:role/superset-production-ci-deploy",
            "image": "arn:aws:iam::123456789012:role/superset-production-ci-image",
        }
    ]


@pytest.mark.parametrize("module", ["matrix", "github", "image"])
def test_what_runs_without_a_setup_needs_nothing_but_python(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import commands.{module}"],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
