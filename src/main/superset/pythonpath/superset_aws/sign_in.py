"""How people sign in: Superset's settings for it, and what follows from a provider's claims.

Nothing here asks a provider anything, so all of it can be tested without one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from superset_aws.settings import Settings

logger = logging.getLogger(__name__)

Claims = Mapping[str, Any]

#: AUTH_DB and AUTH_OAUTH of flask_appbuilder.const.
BY_DATABASE, BY_OAUTH = 1, 4

#: ab_user.username holds 128 characters; the provider's name and a separator come before it.
LONGEST_SUBJECT = 100


@dataclass(frozen=True)
class Provider:
    """What differs between providers that speak OpenID Connect.

    :ivar icon: of the button on the sign-in page
    :ivar groups: claim that holds the groups unless the configuration names one
    """

    icon: str
    groups: str = "groups"


PROVIDERS = {
    # Google has no groups in its tokens; the Workspace domain is the group.
    "google": Provider("fa-google", "hd"),
    "okta": Provider("fa-circle-o"),
    "entra": Provider("fa-windows"),
    "keycloak": Provider("fa-key"),
    "cognito": Provider("fa-amazon", "cognito:groups"),
    "other": Provider("fa-openid"),
}


def sign_in(settings: Settings) -> dict[str, Any]:
    """Settings of Flask AppBuilder."""
    from superset_aws.sign_in_attributes import macros
    from superset_aws.sign_in_security import SecurityManager

    configured: dict[str, Any] = {
        "CUSTOM_SECURITY_MANAGER": SecurityManager,
        "JINJA_CONTEXT_ADDONS": macros(),
        "AUTH_TYPE": BY_DATABASE,
        # Nobody registers himself: the security manager makes the users that a provider vouches
        # for, and FAB's own registration pages stay away.
        "AUTH_USER_REGISTRATION": False,
    }
    if not is_oidc(settings):
        return configured
    return configured | {
        "AUTH_TYPE": BY_OAUTH,
        "AUTH_ROLES_MAPPING": roles_mapping(settings),
        "AUTH_ROLES_SYNC_AT_LOGIN": True,
        "OAUTH_PROVIDERS": [_provider(settings.sign_in)],
    }


def is_oidc(settings: Settings) -> bool:
    """Whether a provider signs people in."""
    return bool(settings.sign_in.get("kind") == "oidc")


def _provider(section: Mapping[str, Any]) -> dict[str, Any]:
    from superset_aws.sign_in_client import OpenIdApp

    name = str(section["provider"])
    issuer = str(section["issuer"])
    return {
        "name": name,
        "icon": PROVIDERS[name].icon,
        "token_key": "access_token",
        "remote_app": {
            "client_cls": OpenIdApp,
            "client_id": section["client_id"],
            "server_metadata_url": issuer.rstrip("/") + "/.well-known/openid-configuration",
            "client_kwargs": {
                "scope": " ".join(section.get("scopes") or ("openid", "email", "profile")),
                "code_challenge_method": "S256",
                "default_timeout": 10,
            },
        },
    }


def problems(section: Mapping[str, Any]) -> list[str]:
    """What is wrong with the variable SIGN_IN."""
    kind = section.get("kind")
    if kind not in ("database", "oidc"):
        return [f"SIGN_IN: kind {kind!r}; database or oidc"]
    if kind == "database":
        return []
    found = [
        f"SIGN_IN: {key} is missing"
        for key in ("provider", "issuer", "client_id")
        if not section.get(key)
    ]
    if section.get("provider") and section["provider"] not in PROVIDERS:
        found.append(f"SIGN_IN: provider {section['provider']!r}; {', '.join(PROVIDERS)}")
    if section.get("issuer") and not _is_safe(str(section["issuer"])):
        found.append(f"SIGN_IN: issuer {section['issuer']!r} does not begin with https://")
    if section.get("scopes") and "openid" not in section["scopes"]:
        found.append("SIGN_IN: scopes lack openid, without which there is no ID token")
    return found


def _is_safe(issuer: str) -> bool:
    """TLS; without it only a provider on this machine, as in a test."""
    address = urlsplit(issuer)
    return bool(address.hostname) and (
        address.scheme == "https"
        or (address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost", "::1"))
    )


def team_role(team: str) -> str:
    """Name of the role that a team has."""
    return f"Team {team}"


def roles_mapping(settings: Settings) -> dict[str, list[str]]:
    """Group to roles: those of the configuration, and the teams'."""
    pairs = [
        (one["group"], role) for one in settings.sign_in.get("roles") or () for role in one["roles"]
    ]
    pairs += [
        (team["group"], team_role(team["name"])) for team in settings.teams if team.get("group")
    ]
    mapping: dict[str, list[str]] = {}
    for group, role in pairs:
        roles = mapping.setdefault(group, [])
        if role not in roles:
            roles.append(role)
    return mapping


def claim(claims: Claims, path: str) -> Any:
    """A claim by its name, or by a dotted path such as realm_access.roles; None when absent.

    The whole name goes first: names such as https://example.com/groups have dots of their own.
    """
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def values(value: Any) -> list[str]:
    """A claim as texts: one, or a list of them."""
    if isinstance(value, list | tuple):
        return [text for one in value for text in values(one)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)] if isinstance(value, str | int | float) and value != "" else []


def groups_claim(section: Mapping[str, Any]) -> str:
    """Where the provider says the groups."""
    return str(section.get("groups_claim") or PROVIDERS[section["provider"]].groups)


def attributes(section: Mapping[str, Any], claims: Claims) -> dict[str, list[str]]:
    """What row-level security may ask for: the configured claims that have a usable value.

    A backslash escapes a quote in some databases and not in others, and no attribute needs control
    characters: a value with one counts as missing, so that its owner sees nothing.
    """
    kept: dict[str, list[str]] = {}
    for name in section.get("attributes") or ():
        given = values(claim(claims, name))
        usable = [value for value in given if "\\" not in value and value.isprintable()]
        if len(usable) < len(given):
            logger.warning("an attribute with a backslash or control character: %s", name)
        if usable and len(usable) == len(given):
            kept[name] = usable
    return kept


def lacks(section: Mapping[str, Any], claims: Claims) -> bool:
    """Whether the ID token is short of something that the user info endpoint may know."""
    wanted = ["email", groups_claim(section), *(section.get("attributes") or ())]
    return any(claim(claims, name) is None for name in wanted)


def person(section: Mapping[str, Any], claims: Claims) -> dict[str, Any]:
    """A provider's claims in Flask AppBuilder's words.

    The name of the user is made of the provider and the subject: nothing else is unique and stable
    (OpenID Connect Core, 5.7), and no claim can name an account of another origin, such as the
    administrator's.
    """
    subject = str(claims["sub"])
    if len(subject) > LONGEST_SUBJECT:
        subject = hashlib.sha256(subject.encode()).hexdigest()
    full = str(claims.get("name") or "").strip()
    first, _, last = full.rpartition(" ")
    email = str(claims.get("email") or "").strip().lower()
    return {
        "username": f"{section['provider']}_{subject}",
        "first_name": str(claims.get("given_name") or first or last or email or subject)[:64],
        "last_name": str(claims.get("family_name") or (last if first else ""))[:64],
        "email": email,
        "email_verified": claims.get("email_verified") in (True, "true"),
        "role_keys": values(claim(claims, groups_claim(section))),
        "attributes": attributes(section, claims),
    }
