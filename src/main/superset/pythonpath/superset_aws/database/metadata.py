"""Connections to the metadata database: where the writer is, and with which credential.

Every engine on the metadata database is built from one URI that names no real host and holds no
password, Superset's own as well as the migration's (superset/migrations/env.py builds a second
one). An SQLAlchemy event opens their connections. A second URI stands for the replica that web
reads from (reads.py).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NoReturn

import psycopg2
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.pool import Pool

from superset_aws import aws
from superset_aws.database.fence import fence
from superset_aws.database.writer_connection import (
    Marks,
    OneTripConnection,
    ReplicaConnection,
    Standby,
    WriterConnection,
    WritesRefused,
)
from superset_aws.secret import Secret, Value
from superset_aws.settings import Settings, current

logger = logging.getLogger(__name__)

#: Stands for the writer, wherever it is. Reserved by RFC 2606: resolves nowhere.
WRITER = "writer.invalid"

URI = f"postgresql+psycopg2://{WRITER}/"

#: Stands for the replica that is read from.
READER = "reader.invalid"

READER_URI = f"postgresql+psycopg2://{READER}/"

#: Role of the example data, which reads its own schema and nothing else.
EXAMPLES = "superset_examples"

CONNECT_SECONDS = 5

#: Who waits for a database that has gone without a word gives up after this many seconds.
ANSWER_SECONDS = 15

#: For so long after a writer could not be reached, no request waits for it where a replica can be
#: read, unless somebody has reached it meanwhile: replica.py tries all the time.
PAUSE_SECONDS = 30

#: A connection is asked whether it still is one before it is used; not one to a writer in another
#: region that was used so lately: the question takes as long as a page from the replica.
_TRUSTED_SECONDS = 2

#: What a session on a replica may do, and that its transaction sees one state of the database: what
#: a request reads was committed together (PostgreSQL, SET TRANSACTION).
_READ_ONLY = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
)

#: Where the writer is, is asked anew after this many seconds, so that a promotion reaches everyone.
WRITER_AGE = 15

_USED_AT = "superset_aws.metadata.used_at"

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
            # Each commit asks for the address: it must not wait for SSM each time.
            self._read_at = time.monotonic()
            return self._address
        address = Address(**json.loads(answer["Parameter"]["Value"]))
        with self._guard:
            self._address = address
            self._read_at = time.monotonic()
        return address


class Connector:
    """Opens connections to the metadata database."""

    #: Whoever wants to know up to where was written; of web.
    marks: Marks | None = None
    #: Called when something may not be written, or a connection breaks.
    refused: Callable[[Exception], None] | None = None
    #: Whether the replica may be read in the place of a writer that cannot be reached; of web.
    may_stand_in: Callable[[], bool] | None = None

    def __init__(self, settings: Settings) -> None:
        self._metadata = settings.metadata
        self._process = settings.process
        self._region = settings.region
        self._secret = Secret(settings.metadata.secret, settings.region)
        self._unreachable_at = float("-inf")
        self.writer = Writer(settings.metadata.writer_parameter, settings.region)

    def connect(self) -> Any:
        """A connection to the writer; for web, while it cannot be reached, one to the replica: what
        only reads goes on. Not to one that follows a former writer."""
        replica = self.replica() if self._process == "web" else None
        if replica is not None and self.is_unreachable() and self._is_of_the_writer():
            return self._standby(replica)
        try:
            return self.connect_to_writer()
        except psycopg2.OperationalError as problem:
            if replica is None or is_refusal(problem):
                raise
            logger.warning("the writer cannot be reached: %s", problem)
            if not self._is_of_the_writer():
                if self.refused:
                    self.refused(ConnectionError("neither the writer nor a replica of it answers"))
                raise
            self._unreachable_at = time.monotonic()
            return self._standby(replica)

    def connect_to_writer(self, **arguments: Any) -> Any:
        """A connection to the writer and nothing else."""
        address = self.writer.address()
        gate = partial(self._gate, address.host)
        arguments["connection_factory"] = partial(WriterConnection, gate=gate)
        if self._process in ("web", "worker"):
            # Some are opened before anybody wants to know about marks.
            arguments["connection_factory"] = partial(
                OneTripConnection, gate=gate, marks=lambda: self.marks
            )
        connection = self.connect_to(address.host, address.port, **arguments)
        self._unreachable_at = float("-inf")
        return connection

    def connect_as(self, user: str, password: str) -> Any:
        """A connection to the writer as somebody else: the role of the examples."""
        address = self.writer.address()
        return self._open(
            address.host,
            address.port,
            user,
            password,
            connection_factory=partial(WriterConnection, gate=partial(self._gate, address.host)),
        )

    def connect_to_replica(self, **arguments: Any) -> Any:
        """A connection to the replica that is read from, which can change nothing."""
        replica = self.replica()
        if replica is None:
            raise psycopg2.OperationalError("the region's own database is the writer")
        arguments["connection_factory"] = ReplicaConnection
        return self.connect_to(*replica, options=_READ_ONLY, **arguments)

    def connect_to(self, host: str, port: int, **arguments: Any) -> Any:
        """A connection to one database of the platform."""

        def login(value: Value) -> Any:
            return self._open(host, port, value["username"], value["password"], **arguments)

        return self._secret.connect(login, is_refusal)

    def replica(self) -> tuple[str, int] | None:
        """Host and port of the replica that is read from. The region's own database, unless that is
        the writer; where it has a read replica, that one."""
        host = self._metadata.replica_host or self._metadata.host
        return None if self.writer.address().host == host else (host, self._metadata.port)

    def is_far(self) -> bool:
        """Whether the writer is in another region."""
        return self.writer.address().region != self._region

    def is_unreachable(self) -> bool:
        """Whether the writer did not answer a moment ago."""
        return time.monotonic() - self._unreachable_at < PAUSE_SECONDS

    def _gate(self, host: str) -> None:
        if reason := fence().refusal():
            self._refuse(reason)
        if self.has_moved(host):
            self._refuse("the writer has moved, and this transaction began before")

    def has_moved(self, host: str) -> bool:
        """Whether the writer is elsewhere by now. The old one may still take what it is given."""
        return self.writer.address().host != host

    def _is_of_the_writer(self) -> bool:
        return self.may_stand_in is None or self.may_stand_in()

    def _refuse(self, reason: str) -> NoReturn:
        problem = WritesRefused(f"nothing is written: {reason}")
        if self.refused:
            self.refused(problem)
        raise problem

    def _standby(self, replica: tuple[str, int]) -> Any:
        def read_only(*arguments: Any, **options: Any) -> Standby:
            refuse = partial(self._refuse, "the writer cannot be reached")
            return Standby(*arguments, gate=refuse, **options)

        return self.connect_to(*replica, options=_READ_ONLY, connection_factory=read_only)

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
            tcp_user_timeout=ANSWER_SECONDS * 1000,
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


def of_examples(url: URL, options: Mapping[str, Any]) -> bool:
    """Whether an engine connects to the example data with their own credential.

    Without a password, the writer would be opened with the platform's, which is for Superset's own
    engines alone.
    """
    arguments = {*url.query, *(options.get("connect_args") or {})}
    own = url.username == EXAMPLES and bool(url.password)
    return own and arguments.isdisjoint(("host", "user", "password"))


def install(connector: Connector) -> None:
    """Let every engine on our URIs connect through the connector."""

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:
        host = cparams.get("host")
        if host == READER:
            return connector.connect_to_replica()
        if host != WRITER:
            return None
        if cparams.get("password"):
            return connector.connect_as(cparams["user"], cparams["password"])
        return connector.connect()

    @event.listens_for(Engine, "handle_error")
    def broken(context: Any) -> None:
        ours = context.engine is not None and context.engine.url.host in (WRITER, READER)
        if ours and context.is_disconnect and connector.refused:
            connector.refused(ConnectionError("the connection to the database broke"))

    @event.listens_for(Pool, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(Pool, "checkout")
    def checkout(connection: Any, record: Any, proxy: Any) -> None:
        if isinstance(connection, Standby) and not connector.is_unreachable():
            raise DisconnectionError("the writer is asked again")
        if isinstance(connection, WriterConnection) and connector.has_moved(connection.info.host):
            raise DisconnectionError("the writer has moved")
        used_at = record.info.get(_USED_AT)
        if used_at is None:
            return
        if isinstance(connection, WriterConnection) and connector.is_far():
            if time.monotonic() - used_at > _TRUSTED_SECONDS:
                _ping(connection)
        elif isinstance(connection, (WriterConnection, Standby, ReplicaConnection)):
            _ping(connection)


def initializer(app: Any) -> Any:
    """Superset's APP_INITIALIZER: without its question on each connection before each use."""
    from superset import initialization

    initialization.pessimistic_connection_handling = lambda engine: None
    return initialization.SupersetAppInitializer(app)


def _ping(connection: Any) -> None:
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.autocommit = False
    except psycopg2.Error as problem:
        raise InvalidatePoolError(str(problem)) from problem
