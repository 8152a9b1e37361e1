"""The canary, executed as the function that it is, visits the real Superset."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api import Client
from world import HOSTS, World

from commands.waiting import until

FUNCTIONS = Path(__file__).resolve().parents[2] / "main" / "lambda"
NAME = "superset-canary"
LOGIN = {"username": NAME, "password": "of-the-Canary-1"}
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With the secret and the function, and its user made by init."""
    made = World(tmp_path_factory.mktemp("canary"))
    try:
        secrets = made.client("secretsmanager")
        value = json.dumps(LOGIN)
        made.canary = secrets.create_secret(Name="superset/canary", SecretString=value)["ARN"]
        initialize(made)
        made.serve_web()
        deploy(made)
        yield made
    finally:
        made.stop()


def initialize(world: World) -> None:
    ended = world.run("init")
    assert ended["containers"][0]["exitCode"] == 0, "\n".join(world.logs("init")[-20:])


def deploy(world: World) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for folder in ("superset_canary", "superset_shared"):
            for file in (FUNCTIONS / folder).rglob("*.py"):
                archive.write(file, file.relative_to(FUNCTIONS))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam = world.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": [world.canary],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=NAME, PolicyName="operate", PolicyDocument=policy)
    world.client("lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.12",
        Role=role,
        Handler="superset_canary.handler.handle",
        Code={"ZipFile": package.getvalue()},
        Timeout=900,
        Environment={
            "Variables": {
                "SUPERSET_URL": f"https://{HOSTS[-1]}",
                "SUPERSET_CANARY_SECRET": world.canary,
            }
        },
    )


class Canary(Client):
    """Who may not even ask for the token that a form would need."""

    def __init__(self, world: World) -> None:
        self._connect(world)
        token = self.call("POST", "security/login", {**LOGIN, "provider": "db"})["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"


def visit(world: World, at: datetime = AT) -> dict[str, Any]:
    answer = world.client("lambda").invoke(
        FunctionName=NAME, Payload=json.dumps({"at": at.isoformat()})
    )
    document: dict[str, Any] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, document
    return document


def successes(world: World, at: datetime) -> list[float]:
    found = world.client("cloudwatch").get_metric_statistics(
        Namespace="Superset/Canary",
        MetricName="CanarySuccess",
        StartTime=at,
        EndTime=at + timedelta(minutes=5),
        Period=300,
        Statistics=["Minimum"],
    )["Datapoints"]
    return [one["Minimum"] for one in found]


def test_it_signs_in_and_opens_its_dashboard(world: World) -> None:
    result = visit(world)
    assert result["success"], result
    assert successes(world, AT) == [1.0]


def test_its_user_may_do_nothing_else(world: World) -> None:
    canary = Canary(world)
    (shown,) = canary.call("GET", "dashboard/")["result"]
    assert shown["slug"] == "canary"
    assert [canary.ask("GET", f"{what}/")[0] for what in ("chart", "database", "dataset")] == [
        403,
        403,
        403,
    ]


def test_a_new_password_holds_after_the_next_init(world: World) -> None:
    value = json.dumps({**LOGIN, "password": "another-of-the-Canary-2"})
    world.client("secretsmanager").put_secret_value(SecretId=world.canary, SecretString=value)
    at = AT + timedelta(minutes=5)
    assert visit(world, at)["failure"] == "signing in was refused: name or password"
    assert successes(world, at) == [0.0]
    initialize(world)
    assert visit(world)["success"]


def test_without_a_canary_nobody_can_be_one(world: World) -> None:
    canary, world.canary = world.canary, ""
    try:
        initialize(world)
        assert visit(world)["failure"] == "signing in was refused: name or password"
    finally:
        world.canary = canary
    initialize(world)
    assert visit(world)["success"]


def test_a_superset_that_is_gone_is_a_failure(world: World) -> None:
    world.client("ecs").update_service(
        cluster="superset-test", service="superset-web", desiredCount=0
    )
    until("nothing serves", lambda: not world.running("service:superset-web"), 120)
    assert visit(world)["failure"] == "/health answered 503 instead of 200"
