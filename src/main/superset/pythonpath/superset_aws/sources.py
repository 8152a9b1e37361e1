"""Data sources: how they are registered in Superset, and how their connections are opened.

What is registered holds no credential. Its user is a placeholder that names the secret; an
SQLAlchemy event replaces it when a connection is made, and adds verified TLS.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.engine import Engine

from superset_aws.secret import Secret, Value
from superset_aws.settings import Settings

#: User of a registered address; the source's name follows.
PLACEHOLDER = "source-"

CONNECT_SECONDS = 10

Source = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """How one kind of database is addressed.

    :ivar uri: format of the SQLAlchemy address; `user` is the placeholder
    :ivar tls: arguments that make the driver verify the server
    :ivar plain: arguments that make it do without TLS
    """

    uri: str
    tls: Callable[[str], dict[str, Any]]
    plain: dict[str, Any]


def _libpq(ca: str) -> dict[str, Any]:
    return {"sslmode": "verify-full", "sslrootcert": ca, "connect_timeout": CONNECT_SECONDS}


def _pymysql(ca: str) -> dict[str, Any]:
    return {"ssl": ssl.create_default_context(cafile=ca), "connect_timeout": CONNECT_SECONDS}


def _always(ca: str) -> dict[str, Any]:
    """These speak HTTPS only and verify it."""
    return {}


KINDS = {
    "postgres": Kind(
        "postgresql+psycopg2://{user}@{host}:{port}/{database}", _libpq, {"sslmode": "disable"}
    ),
    "redshift": Kind(
        "redshift+psycopg2://{user}@{host}:{port}/{database}", _libpq, {"sslmode": "disable"}
    ),
    "mysql": Kind("mysql+pymysql://{user}@{host}:{port}/{database}", _pymysql, {}),
    "snowflake": Kind(
        "snowflake://{user}@{account}/{database}?warehouse={warehouse}&role={role}", _always, {}
    ),
    "athena": Kind(
        "awsathena+rest://@athena.{region}.amazonaws.com/{database}"
        "?s3_staging_dir={output}&work_group={workgroup}",
        _always,
        {},
    ),
    "bigquery": Kind("bigquery://{database}", _always, {}),
    "custom": Kind("{uri}", _always, {}),
}


def address(source: Source) -> str:
    """The address that is registered: complete but for the credential."""
    kind = KINDS[source["kind"]]
    values = {
        key: quote(str(value), safe=":/@?&=+" if key == "uri" else "")
        for key, value in source.items()
        if value is not None
    }
    host = str(source.get("host") or "")
    values.setdefault("account", host.removesuffix(".snowflakecomputing.com"))
    values["user"] = PLACEHOLDER + quote(str(source["name"]), safe="")
    return kind.uri.format_map(_Blank(values))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def install(settings: Settings) -> None:
    """Open the connections of every source."""
    sources = {PLACEHOLDER + str(source["name"]): source for source in settings.data_sources}
    secrets = {
        user: Secret(source["secret"], settings.region)
        for user, source in sources.items()
        if source.get("secret")
    }
    ca = str(settings.sources_ca)

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:
        user = cparams.get("user")
        source = sources.get(user or "")
        if source is None:
            return None
        kind = KINDS[source["kind"]]
        cparams.update(kind.tls(ca) if source.get("tls") != "off" else kind.plain)

        def login(value: Value) -> Any:
            credential = {"user": value["username"], "password": value["password"]}
            return dialect.connect(*cargs, **{**cparams, **credential})

        return secrets[user].connect(login, _is_refusal)


#: How the drivers word a refused login.
_REFUSALS = ("password authentication failed", "access denied", "incorrect username or password")


def _is_refusal(problem: Exception) -> bool:
    text = str(problem).lower()
    return any(words in text for words in _REFUSALS)
