"""Credentials that change while they are used."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from superset_aws import aws
from superset_aws.secret import Secret

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:superset/data-sources/sales-a1B2c3"


class Vault:
    """Secrets Manager with one secret: texts by stage."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.down = False
        self.reads: list[str] = []

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == ARN
        self.reads.append(VersionStage)
        if self.down:
            raise EndpointConnectionError(endpoint_url="secretsmanager")
        if VersionStage not in self.texts:
            error = {"Error": {"Code": "ResourceNotFoundException", "Message": ""}}
            raise ClientError(error, "GetSecretValue")
        return {"SecretString": self.texts[VersionStage]}

    def put(self, stage: str, **value: str) -> None:
        self.texts[stage] = json.dumps(value)


class Server:
    """Accepts one password."""

    def __init__(self, password: str) -> None:
        self.password = password

    def open(self, value: Any) -> str:
        if value["password"] != self.password:
            raise PermissionError("password authentication failed")
        return f"connected with {value['password']}"


def refused(problem: Exception) -> bool:
    return isinstance(problem, PermissionError)


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    made = Vault()
    monkeypatch.setattr(aws, "client", lambda service, region: made)
    return made


@pytest.fixture
def secret() -> Secret:
    return Secret(ARN, "us-east-1", '{"username": "…", "password": "…"}')


def test_a_value_is_read_once_while_it_is_accepted(vault: Vault, secret: Secret) -> None:
    vault.put("AWSCURRENT", password="one")
    for _ in range(3):
        assert secret.connect(Server("one").open, refused) == "connected with one"
    assert vault.reads == ["AWSCURRENT"]


@pytest.mark.parametrize("stage", ["AWSCURRENT", "AWSPENDING"])
def test_whoever_is_refused_asks_for_the_new_value(
    vault: Vault, secret: Secret, stage: str
) -> None:
    vault.put("AWSCURRENT", password="one")
    secret.connect(Server("one").open, refused)
    vault.put(stage, password="two")
    assert secret.connect(Server("two").open, refused) == "connected with two"
    vault.reads.clear()
    assert secret.connect(Server("two").open, refused) == "connected with two"
    assert vault.reads == []


def test_a_password_that_nobody_accepts_is_the_servers_word(vault: Vault, secret: Secret) -> None:
    vault.put("AWSCURRENT", password="one")
    vault.put("AWSPENDING", password="two")
    with pytest.raises(PermissionError, match="password authentication failed"):
        secret.connect(Server("three").open, refused)


def test_another_failure_is_no_reason_to_ask(vault: Vault, secret: Secret) -> None:
    vault.put("AWSCURRENT", password="one")

    def fail(_: Any) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        secret.connect(fail, refused)
    assert vault.reads == ["AWSCURRENT"]


def test_an_old_value_is_used_while_secrets_manager_is_down(
    vault: Vault, secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("AWSCURRENT", password="one")
    secret.value()
    monkeypatch.setattr("superset_aws.secret.MAXIMUM_AGE", 0)
    vault.down = True
    assert secret.value() == {"password": "one"}
    assert vault.reads == ["AWSCURRENT"] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "has no value yet"), ("one", "is no JSON object"), ("{}", "has no password")],
)
def test_what_a_person_forgot_is_named_with_the_command_and_counts_once_it_is_right(
    vault: Vault, secret: Secret, text: str | None, said: str
) -> None:
    def member() -> Any:
        return secret.member(secret.value(), "password")

    if text is not None:
        vault.texts["AWSCURRENT"] = text
    with pytest.raises(LookupError, match=f"superset/data-sources/sales {said}") as caught:
        member()
    assert "--secret-id superset/data-sources/sales --secret-string" in str(caught.value)
    vault.put("AWSCURRENT", password="one")
    assert member() == "one"
