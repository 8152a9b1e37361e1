"""What a process says when it cannot start, and that it starts only what is asked for."""

import json
import subprocess
from pathlib import Path

import pytest

from superset_aws.settings import PROCESSES, BadEnvironment, Settings, variables

IMAGE = Path(__file__).resolve().parents[2] / "main" / "superset"
PYTHON = Path(__file__).resolve().parents[3] / ".build" / "superset" / "bin" / "python"


@pytest.fixture
def complete(tmp_path: Path) -> dict[str, str]:
    """An environment in which every process starts."""
    ca = tmp_path / "ca.pem"
    ca.touch()
    examples = {"text": "text", "integer": "5", "port": "5432", "path": str(ca), "boolean": "true"}
    return {
        name: examples[declared["type"]]
        for name, declared in variables().items()
        if declared["type"] in examples
    } | {"LOG_LEVEL": "INFO"}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_complete_environment_is_accepted(process: str, complete: dict[str, str]) -> None:
    assert Settings.read(process, complete).process == process


@pytest.mark.parametrize(
    "name", [name for name, declared in variables().items() if declared.get("required")]
)
def test_every_required_variable_is_missed(name: str, complete: dict[str, str]) -> None:
    del complete[name]
    kind = variables()[name]["kinds"][0]
    with pytest.raises(BadEnvironment, match=f"{name} is missing"):
        Settings.read(kind, complete)


def test_everything_that_is_wrong_is_said_at_once(complete: dict[str, str]) -> None:
    wrong = {
        "DATABASE_PORT": "70000",
        "GUNICORN_THREADS": "many",
        "FEATURE_FLAGS": '{"A": 1',
        "REDIS_CA": "/no/such/file",
        "LOG_LEVEL": "LOUD",
        "SUPERSET_ENV": "",
    }
    with pytest.raises(BadEnvironment) as caught:
        Settings.read("web", complete | wrong)
    said = str(caught.value)
    for name in set(wrong) - {"LOG_LEVEL"}:
        assert name in said
    del wrong["SUPERSET_ENV"], wrong["FEATURE_FLAGS"], wrong["REDIS_CA"]
    del wrong["DATABASE_PORT"], wrong["GUNICORN_THREADS"]
    with pytest.raises(BadEnvironment, match="LOG_LEVEL: 'LOUD'"):
        Settings.read("web", complete | wrong)


def test_redis_is_all_or_nothing(complete: dict[str, str]) -> None:
    without = {name: value for name, value in complete.items() if not name.startswith("REDIS_")}
    without["REDIS_CA"] = complete["REDIS_CA"]
    assert Settings.read("web", without).redis is None
    with pytest.raises(BadEnvironment, match="REDIS_HOST is missing"):
        Settings.read("worker", without)
    with pytest.raises(BadEnvironment, match="REDIS_USER is missing"):
        Settings.read("web", without | {"REDIS_HOST": "redis", "REDIS_PORT": "6379"})


def test_a_secret_is_never_shown(complete: dict[str, str]) -> None:
    settings = Settings.read("init", complete | {"SUPERSET_SECRET_KEY": "hidden-key"})
    assert "hidden-key" not in repr(settings)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ({"kind": "ldap"}, "kind 'ldap'"),
        ({"kind": "oidc", "provider": "okta"}, "issuer is missing"),
    ],
)
def test_sign_in_is_checked(provider: object, said: str, complete: dict[str, str]) -> None:
    with pytest.raises(BadEnvironment, match=said):
        Settings.read("web", complete | {"SIGN_IN": json.dumps(provider)})


def start(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", "superset_aws.start", *arguments],
        env={**environment, "PYTHONPATH": str(IMAGE / "pythonpath"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_entrypoint_names_every_missing_variable_without_a_stack_trace() -> None:
    done = start({}, "web")
    assert done.returncode == 78
    assert "Traceback" not in done.stderr
    for name, declared in variables().items():
        if declared.get("required") and "web" in declared["kinds"]:
            assert name in done.stderr


def test_the_entrypoint_says_what_it_can_start() -> None:
    done = start({}, "flower")
    assert done.returncode == 2
    assert "web|worker|beat|init|websocket" in done.stderr


def test_another_release_than_the_configured_one_does_not_start(complete: dict[str, str]) -> None:
    done = start(complete | {"SUPERSET_VERSION": "5.0.0"}, "web")
    assert done.returncode == 78
    assert "the image holds Superset 6.1.0" in done.stderr
