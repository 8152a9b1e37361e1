"""Connections to the metadata database: where the writer is, and with which credential.

Every engine on the metadata database is built from one URI that names no real host and holds no
password, Superset's own as well as the migration's (superset/migrations/env.py builds a second
one). An SQLAlchemy event opens their connections.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg2
from sqlalchemy import event
from sqlalchemy.engine import Engine

from superset_aws import aws
from superset_aws.secret import Secret, Value
from superset_aws.settings import Settings, current

logger = logging.getLogger(__name__)

#: Stands for the writer, wherever it is. Reserved by RFC 2606: resolves nowhere.
WRITER = "writer.invalid"

URI = f"postgresql+psycopg2://{WRITER}/"

CONNECT_SECONDS = 5

#: Where the writer is, is asked anew after this many seconds, so that a promotion reaches everyone.
WRITER_AGE = 15

#: SQLSTATEs of a refused login (PostgreSQL, Appendix A). libpq gives no SQLSTATE for a connection
#: that failed, only the text.
_REFUSALS = ("password authentication failed", "28P01", "28000")


@dataclass(frozen=True)
class Address:
    """Where a database listens."""

    region: str
    host: str
    port: int


class Writer:
    """The parameter that says where the writer is; every region has its own copy."""

    def __init__(self, name: str, region: str) -> None:
        self._name = name
        self._region = region
        self._address: Address | None = None
        self._read_at = 0.0
        self._guard = threading.Lock()

    def address(self) -> Address:
        """Where the writer is; the last known place while the parameter cannot be read."""
        with self._guard:
            if self._address and time.monotonic() - self._read_at < WRITER_AGE:
                return self._address
        try:
            answer = aws.client("ssm", self._region).get_parameter(Name=self._name)
        except Exception:
            if self._address is None:
                raise
            logger.warning("the writer parameter cannot be read", exc_info=True)
            return self._address
        address = Address(**json.loads(answer["Parameter"]["Value"]))
        with self._guard:
            self._address = address
            self._read_at = time.monotonic()
        return address


class Connector:
    """Opens connections to the metadata database."""

    def __init__(self, settings: Settings) -> None:
        self._metadata = settings.metadata
        self._process = settings.process
        self._secret = Secret(settings.metadata.secret, settings.region)
        self.writer = Writer(settings.metadata.writer_parameter, settings.region)

    def connect(self, **arguments: Any) -> Any:
        """A connection to the writer."""
        address = self.writer.address()
        return self.connect_to(address.host, address.port, **arguments)

    def connect_as(self, user: str, password: str) -> Any:
        """A connection to the writer as somebody else: the role of the examples."""
        address = self.writer.address()
        return self._open(address.host, address.port, user, password)

    def connect_to(self, host: str, port: int, **arguments: Any) -> Any:
        """A connection to one database of the platform."""

        def login(value: Value) -> Any:
            return self._open(host, port, value["username"], value["password"], **arguments)

        return self._secret.connect(login, is_refusal)

    def _open(self, host: str, port: int, user: str, password: str, **arguments: Any) -> Any:
        return psycopg2.connect(
            host=host,
            port=port,
            dbname=self._metadata.name,
            user=user,
            password=password,
            sslmode="verify-full",
            sslrootcert=str(self._metadata.ca),
            connect_timeout=CONNECT_SECONDS,
            application_name=f"superset-{self._process}",
            # A peer that is gone is noticed in half a minute, not after TCP's two hours.
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=4,
            **arguments,
        )


@cache
def connector() -> Connector:
    """The one of this process."""
    return Connector(current())


def is_refusal(problem: Exception) -> bool:
    """Whether a connection failed because of its credential."""
    return isinstance(problem, psycopg2.OperationalError) and any(
        word in str(problem) for word in _REFUSALS
    )


def install(connector: Connector) -> None:
    """Let every engine on URI connect through the connector."""

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:
        if cparams.get("host") != WRITER:
            return None
        if cparams.get("password"):
            return connector.connect_as(cparams["user"], cparams["password"])
        return connector.connect()
