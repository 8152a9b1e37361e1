"""The token that stands for a password of Redis."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from superset_aws import redis_login
from superset_aws.redis_login import KEPT_SECONDS, TOKEN_SECONDS, IamToken


class Clock:
    """In the place of the module `time`."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(redis_login, "time", made)
    return made


def role(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """The credentials that the container has now."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"secret-of-{key}")
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"session-of-{key}")


def signed_by(token: str) -> str:
    query = parse_qs(urlsplit(f"http://{token}").query)
    assert query["Action"] == ["connect"]
    assert query["X-Amz-Expires"] == [str(TOKEN_SECONDS)]
    return query["X-Amz-Credential"][0].partition("/")[0]


def test_a_new_connection_is_opened_with_the_credentials_of_its_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = IamToken("superset", "superset-production", "us-east-1")
    role(monkeypatch, "FIRST")
    user, first = provider.get_credentials()
    assert user == "superset"
    assert signed_by(first) == "FIRST"
    role(monkeypatch, "SECOND")
    clock.now += KEPT_SECONDS
    assert provider.get_credentials() == (user, first)
    clock.now += 1
    assert signed_by(provider.get_credentials()[1]) == "SECOND"


def test_a_token_is_given_up_before_aws_refuses_it() -> None:
    assert KEPT_SECONDS < TOKEN_SECONDS


def test_the_server_is_verified_by_its_authority_and_its_name() -> None:
    said = redis_login.tls(SimpleNamespace(ca="/authorities.pem"))
    assert said == {
        "ssl_cert_reqs": "required",
        "ssl_ca_certs": "/authorities.pem",
        "ssl_check_hostname": True,
    }
