"""How connections to data sources are opened.

What is registered in Superset holds no credential: its user is a placeholder that names the
source. Whenever Superset makes an engine, it asks the mutator below, which lets the engine connect
with what the source's secret says at that moment, over TLS that verifies the server.

The credential goes to the configured address and to no other, whatever has been written into the
registered one. What people registered by hand goes where safe_hosts.py lets it.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pymysql
from sqlalchemy.engine.url import URL, make_url

from superset_aws import safe_hosts
from superset_aws.database import metadata
from superset_aws.secret import Secret, Value
from superset_aws.settings import Settings
from superset_aws.source_kinds import PLACEHOLDER, Source, address, example, placeholder

CONNECT_SECONDS = 10

#: What Superset may add to an address when it selects a catalog or a schema.
_SELECTIONS = ("catalog", "schema")


@dataclass(frozen=True)
class Driver:
    """What a driver must be told.

    :ivar verified: arguments for TLS that verifies, from the file of authorities
    :ivar unverified: arguments for whatever the server has: `tls: off`
    :ivar limit: ends queries at the server after so many seconds; None: see `arguments`
    :ivar arguments: further arguments, from the longest query in seconds
    """

    verified: Callable[[str], dict[str, Any]]
    unverified: Mapping[str, Any]
    limit: Callable[[Any, int], None] | None
    arguments: Callable[[int], dict[str, Any]]


@cache
def _context(authorities: str) -> ssl.SSLContext:
    """Verifies certificate and host name. Reading all authorities takes long; it is shared."""
    return ssl.create_default_context(cafile=authorities)


def _limit_postgres(connection: Any, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout TO %s", (seconds * 1000,))
    # Otherwise the end of the first transaction takes it back.
    connection.commit()


def _limit_mysql(connection: Any, seconds: int) -> None:
    statement = (
        f"SET SESSION max_statement_time = {seconds}"
        if "MariaDB" in connection.get_server_info()
        else f"SET SESSION max_execution_time = {seconds * 1000}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _timeout(_: int) -> dict[str, Any]:
    return {"connect_timeout": CONNECT_SECONDS}


def _snowflake(seconds: int) -> dict[str, Any]:
    return {
        "login_timeout": CONNECT_SECONDS,
        "session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": seconds},
    }


#: By SQLAlchemy's name of the driver, so that custom kinds on these verify as well.
DRIVERS = {
    "psycopg2": Driver(
        lambda authorities: {"sslmode": "verify-full", "sslrootcert": authorities},
        {"sslmode": "prefer"},
        _limit_postgres,
        _timeout,
    ),
    # With a context PyMySQL requires TLS; without one it prefers it.
    "pymysql": Driver(
        lambda authorities: {"ssl": _context(authorities)}, {}, _limit_mysql, _timeout
    ),
    # Speaks HTTPS only and verifies it with the authorities of its own.
    "snowflake": Driver(lambda _: {}, {}, None, _snowflake),
}


class Door:
    """Opens the connections of one source."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source = source
        self._authorities = str(settings.sources_ca)
        self._seconds = settings.server.query_timeout
        self._url = make_url(address(source, self._authorities))
        self._secret = Secret(source["secret"], settings.region, example(source))

    def options(self, url: URL, options: dict[str, Any]) -> dict[str, Any]:
        """Arguments of create_engine.

        :param url: what is registered, with the catalog and the schema that were selected
        :param options: arguments of Superset's own
        """
        if self._source["kind"] == "bigquery":
            value = self._secret.value()
            return {**options, "credentials_info": self._secret.member(value, "credentials_info")}
        query = {key: url.query[key] for key in _SELECTIONS if key in url.query}
        target = self._url.set(database=url.database, query={**query, **self._url.query})
        arguments = {
            name: value
            for name, value in (options.get("connect_args") or {}).items()
            if not safe_hosts.leads_elsewhere(name)
        }
        return {**options, "creator": lambda: self._open(target, arguments)}

    def _open(self, url: URL, arguments: dict[str, Any]) -> Any:
        connection = self._secret.connect(
            lambda value: self._login(url, arguments, value), _is_refusal
        )
        driver = DRIVERS.get(url.get_driver_name())
        if driver is not None and driver.limit is not None:
            driver.limit(connection, self._seconds)
        return connection

    def _login(self, url: URL, arguments: dict[str, Any], value: Value) -> Any:
        """As SQLAlchemy connects: a dialect knows where its driver wants the credential."""
        credential, more = self._credential(value)
        kind = url.get_dialect()
        dialect = kind(dbapi=kind.dbapi())
        positional, named = dialect.create_connect_args(url.set(**credential))
        return dialect.connect(
            *positional, **{**arguments, **named, **self._arguments(url), **more}
        )

    def _credential(self, value: Value) -> tuple[dict[str, str], dict[str, Any]]:
        """For the address, and for the driver."""
        user = self._secret.member(value, "username")
        if self._source["kind"] == "snowflake" and "private_key" in value:
            return {"username": user}, {"private_key": _der(value["private_key"])}
        return {"username": user, "password": self._secret.member(value, "password")}, {}

    def _arguments(self, url: URL) -> dict[str, Any]:
        driver = DRIVERS.get(url.get_driver_name())
        if driver is None:
            return {}
        plain = self._source.get("tls") == "off"
        tls = driver.unverified if plain else driver.verified(self._authorities)
        return {**driver.arguments(self._seconds), **tls}


class Mutator:
    """Named by DB_CONNECTION_MUTATOR: Superset asks it whenever it makes an engine."""

    def __init__(self, settings: Settings) -> None:
        # Superset looks for MySQL's types in MySQLdb (superset/db_engine_specs/mysql.py).
        pymysql.install_as_MySQLdb()
        self._doors = {
            placeholder(source): Door(source, settings)
            for source in settings.data_sources
            if source.get("secret")
        }
        self._metadata = settings.metadata
        self._redis = settings.redis

    def __call__(self, url: URL, options: dict[str, Any], *_: Any) -> tuple[URL, dict[str, Any]]:
        """Address and arguments of create_engine."""
        user = url.username or ""
        if not user.startswith(PLACEHOLDER):
            self._check(url, options)
            return url, options
        if user not in self._doors:
            name = user.removeprefix(PLACEHOLDER)
            raise LookupError(f"the data source {name} is no longer in the configuration")
        return url, self._doors[user].options(url, options)

    def _check(self, url: URL, options: dict[str, Any]) -> None:
        """Raises what Superset shows to whoever wrote the address."""
        from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
        from superset.exceptions import SupersetSecurityException

        own = [metadata.WRITER, metadata.READER, self._metadata.host]
        own += [self._metadata.replica_host or "", self._redis.host if self._redis else ""]
        if metadata.of_examples(url, options):
            own.remove(metadata.WRITER)
        try:
            safe_hosts.check(url, options, own)
        except safe_hosts.UnsafeAddress as problem:
            raise SupersetSecurityException(
                SupersetError(
                    message=str(problem),
                    error_type=SupersetErrorType.DATABASE_SECURITY_ACCESS_ERROR,
                    level=ErrorLevel.ERROR,
                )
            ) from problem


def registered(source: Source, settings: Settings) -> str:
    """The address as Superset writes it too, when somebody saves its form."""
    return str(make_url(address(source, str(settings.sources_ca))))


def tls_warning(source: Source, settings: Settings) -> str | None:
    """What is to be said about the TLS of a source."""
    if source["kind"] in ("athena", "bigquery", "snowflake"):
        return None
    if source.get("tls") == "off":
        return "TLS is not verified: tls is off"
    driver = make_url(address(source, str(settings.sources_ca))).get_driver_name()
    if driver in DRIVERS:
        return None
    return f"TLS is what the address asks of {driver}: the platform does not know this driver"


def _der(pem: str) -> bytes:
    """A private key as Snowflake's driver wants it."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pem.encode(), password=None)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


#: How the drivers word a refused login: libpq, PyMySQL, Snowflake, and others.
_REFUSALS = (
    "password authentication failed",
    "access denied",
    "incorrect username or password",
    "jwt token is invalid",
    "authentication failed",
    "login failed",
    "invalid username",
    "unauthorized",
)


def _is_refusal(problem: Exception) -> bool:
    text = str(problem).lower()
    return any(words in text for words in _REFUSALS)
