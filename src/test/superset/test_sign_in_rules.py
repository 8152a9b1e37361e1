"""What follows from a provider's claims, and what a macro writes into SQL."""

import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask, g
from jinja2.sandbox import SandboxedEnvironment

from superset_aws import sign_in, sign_in_attributes

OKTA = {"kind": "oidc", "provider": "okta", "issuer": "https://example.okta.com", "client_id": "id"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "ldap"}, "kind 'ldap'; database or oidc"),
        ({"issuer": ""}, "issuer is missing"),
        ({"client_id": None}, "client_id is missing"),
        ({"provider": "github"}, "provider 'github'"),
        ({"issuer": "http://example.okta.com"}, "does not begin with https://"),
        ({"issuer": "https://"}, "does not begin with https://"),
        ({"scopes": ["email"]}, "scopes lack openid"),
    ],
)
def test_a_wrong_section_is_refused(changes: dict[str, object], said: str) -> None:
    (problem,) = sign_in.problems(OKTA | changes)
    assert said in problem


@pytest.mark.parametrize(
    "section",
    [
        {"kind": "database"},
        OKTA,
        OKTA | {"issuer": "http://127.0.0.1:9400"},
        OKTA | {"issuer": "http://localhost:9400", "scopes": ["openid", "groups"]},
    ],
)
def test_a_right_section_is_taken(section: dict[str, object]) -> None:
    assert sign_in.problems(section) == []


@pytest.mark.parametrize(
    ("provider", "path", "claims", "groups"),
    [
        ("okta", None, {"groups": ["a", "b"]}, ["a", "b"]),
        ("okta", None, {"groups": "a"}, ["a"]),
        ("okta", None, {}, []),
        ("google", None, {"hd": "example.com"}, ["example.com"]),
        ("cognito", None, {"cognito:groups": ["a"]}, ["a"]),
        ("keycloak", "realm_access.roles", {"realm_access": {"roles": ["a"]}}, ["a"]),
        ("keycloak", "realm_access.roles", {"realm_access": ["roles"]}, []),
        (
            "entra",
            None,
            {"groups": ["0c5b4c1e-0000-4000-8000-0a1b2c3d4e5f"]},
            ["0c5b4c1e-0000-4000-8000-0a1b2c3d4e5f"],
        ),
        ("other", "https://example.com/groups", {"https://example.com/groups": ["a"]}, ["a"]),
        ("other", None, {"groups": [{"name": "a"}, None]}, []),
    ],
)
def test_groups_are_found_where_providers_put_them(
    provider: str, path: str | None, claims: dict[str, object], groups: list[str]
) -> None:
    section = {"provider": provider, "groups_claim": path}
    assert sign_in.person(section, claims | {"sub": "1"})["role_keys"] == groups


def test_groups_become_roles_and_teams() -> None:
    settings = SimpleNamespace(
        sign_in={
            "roles": [
                {"group": "analysts", "roles": ["Alpha"]},
                {"group": "sales-team", "roles": ["Alpha", "Team sales"]},
            ]
        },
        teams=[{"name": "sales", "group": "sales-team"}, {"name": "by hand"}],
    )
    assert sign_in.roles_mapping(settings) == {
        "analysts": ["Alpha"],
        "sales-team": ["Alpha", "Team sales"],
    }


def test_a_user_is_named_by_provider_and_subject_and_by_nothing_he_can_choose() -> None:
    claims = {
        "sub": "00u1",
        "preferred_username": "admin",
        "email": "A@Example.com",
        "name": "admin",
    }
    made = sign_in.person(OKTA, claims)
    assert made["username"] == "okta_00u1"
    assert (made["email"], made["email_verified"]) == ("a@example.com", False)
    assert (made["first_name"], made["last_name"]) == ("admin", "")


def test_a_long_subject_fits_the_column() -> None:
    made = sign_in.person(OKTA, {"sub": "s" * 255})
    assert len(made["username"]) <= 128
    assert made["username"] != sign_in.person(OKTA, {"sub": "s" * 254})["username"]


def test_names_are_split_where_the_provider_gives_one() -> None:
    made = sign_in.person(OKTA, {"sub": "1", "name": "Ada King Lovelace"})
    assert (made["first_name"], made["last_name"]) == ("Ada King", "Lovelace")


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        ({"region": "Europe"}, {"region": ["Europe"]}),
        ({"region": ["Europe", "Asia"]}, {"region": ["Europe", "Asia"]}),
        ({"region": 7}, {"region": ["7"]}),
        ({"region": "O'Hara"}, {"region": ["O'Hara"]}),
        ({"region": ""}, {}),
        ({"region": None}, {}),
        ({"other": "Europe"}, {}),
        ({"region": "back\\slash"}, {}),
        ({"region": "new\nline"}, {}),
        ({"region": ["Europe", "back\\slash"]}, {}),
    ],
)
def test_only_configured_and_harmless_attributes_are_kept(
    claims: dict[str, object], kept: dict[str, list[str]]
) -> None:
    assert sign_in.attributes({"attributes": ["region"]}, claims) == kept


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, dict[str, list[str]]]]:
    known: dict[int, dict[str, list[str]]] = {}
    store = SimpleNamespace(attributes=lambda user: known.get(user, {}))
    # In its place: it needs SQLAlchemy, which is only in the image.
    monkeypatch.setitem(sys.modules, "superset_aws.sign_in_store", store)
    with Flask("test").app_context():
        yield known


def rendered(clause: str, user: object = None, dialect: str = "postgresql") -> str:
    g.user = user or SimpleNamespace(id=1)
    environment = SandboxedEnvironment()
    environment.filters["where_in"] = SimpleNamespace(dialect=SimpleNamespace(name=dialect))
    return environment.from_string(clause).render(sign_in_attributes.macros())


CLAUSE = "region = '{{ user_attribute(\"region\") }}'"
LIST = "region IN ({{ user_attribute_list('region') }})"


@pytest.mark.parametrize(
    ("clause", "value", "dialect", "sql"),
    [
        (CLAUSE, ["Europe"], "postgresql", "region = 'Europe'"),
        (CLAUSE, ["' OR 1=1 --"], "postgresql", "region = ''' OR 1=1 --'"),
        (CLAUSE, ["' OR 1=1 --"], "mysql", "region = ''' OR 1=1 --'"),
        (CLAUSE, ["' OR 1=1 --"], "snowflake", "region = ''' OR 1=1 --'"),
        (CLAUSE, ["' OR 1=1 --"], "bigquery", "region = '\\' OR 1=1 --'"),
        (CLAUSE, ["{{ 7 * 7 }}"], "postgresql", "region = '{{ 7 * 7 }}'"),
        (LIST, ["Europe", "O'Hara"], "postgresql", "region IN ('Europe', 'O''Hara')"),
    ],
)
def test_a_value_stays_inside_its_quotes(
    clause: str, value: list[str], dialect: str, sql: str, people: dict[int, dict[str, list[str]]]
) -> None:
    people[1] = {"region": value}
    assert rendered(clause, dialect=dialect) == sql


@pytest.mark.parametrize(
    ("clause", "known", "answerable"),
    [
        (CLAUSE, {"region": ["Europe"]}, True),
        (CLAUSE, {}, False),
        (CLAUSE, {"region": ["Europe", "Asia"]}, False),
        (LIST, {"region": ["Europe", "Asia"]}, True),
        (LIST, {}, False),
        ("region <> '{{ user_attribute(\"region\") }}'", {}, False),
        ("{% if user_attribute('a') %}1 = 1{% endif %}", {}, False),
        ("region = 'Europe'", {}, True),
    ],
)
def test_a_clause_without_its_attribute_is_found_out(
    clause: str,
    known: dict[str, list[str]],
    answerable: bool,
    people: dict[int, dict[str, list[str]]],
) -> None:
    people[1] = known
    g.user = SimpleNamespace(id=1)
    assert sign_in_attributes.is_answerable(clause) is answerable


@pytest.mark.parametrize("clause", [CLAUSE, LIST, "{% set n = 'region' %}{{ user_attribute(n) }}"])
@pytest.mark.parametrize("user", [SimpleNamespace(id=2), SimpleNamespace()])
def test_a_missing_attribute_is_never_a_text(
    clause: str, user: object, people: dict[int, dict[str, list[str]]]
) -> None:
    people[1] = {"region": ["Europe"]}
    with pytest.raises(sign_in_attributes.MissingAttribute):
        rendered(clause, user)


def test_attributes_are_the_current_users_when_it_changes_within_a_request(
    people: dict[int, dict[str, list[str]]],
) -> None:
    people.update({1: {"region": ["Europe"]}, 2: {"region": ["Asia"]}})
    assert rendered(CLAUSE, SimpleNamespace(id=1)) == "region = 'Europe'"
    assert rendered(CLAUSE, SimpleNamespace(id=2)) == "region = 'Asia'"
    assert json.dumps(sign_in_attributes.mine()) == '{"region": ["Asia"]}'
