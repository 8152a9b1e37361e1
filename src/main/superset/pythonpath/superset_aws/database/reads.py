"""Where a request reads: from the region's replica, or from the writer, which may be far away.

Decided when a request reads for the first time, and then for all of it. From the replica reads what
is known to change nothing, in one transaction that sees one state of the database; everything else
reads from the writer, so that what is changed is what was read, all but who is asking and whether
he may.

Whoever has written reads from the writer until the replica has replayed that. The position of his
last write travels in the session, which is a signed cookie, and once more in a cookie of its own: a
page that was on its way while he wrote may renew the session's, and would take it away again.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import sqlalchemy
from flask import Flask, Response, has_request_context, jsonify, make_response, request, session
from itsdangerous import BadSignature, Signer
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.expression import CompoundSelect, Delete, Insert, Select, Update

from superset_aws.database import metadata
from superset_aws.database.metadata import Connector
from superset_aws.database.positions import Position
from superset_aws.database.read_requests import (
    asks_permission,
    changes_permissions,
    is_known_to_read,
)
from superset_aws.database.replica import Replica
from superset_aws.keys import derived_key
from superset_aws.settings import Settings

logger = logging.getLogger(__name__)

COOKIE = "superset-position"

#: As long as Superset's session.
_COOKIE_SECONDS = 31 * 86_400

#: What Superset and Flask-AppBuilder answer, besides 5xx, when a write fails.
_FAILURES = frozenset((400, 409, 422))

#: Where a request keeps what was decided.
_ROUTE = "superset_aws.reads.route"
_PERMISSIONS = "superset_aws.reads.permissions"
_MARK = "superset_aws.reads.mark"
_REFUSAL = "superset_aws.reads.refusal"


def is_plain_read(clause: Any) -> bool:
    """Whether a statement is known to change and to lock nothing: text is not."""
    clause = getattr(clause, "_resolved", clause)  # a statement in a lambda
    return isinstance(clause, (Select, CompoundSelect)) and clause._for_update_arg is None


class Reads:
    """The decisions of this process."""

    def __init__(self, settings: Settings, connector: Connector, engine: Engine) -> None:
        self._with_redis = settings.redis is not None
        self._has_other_regions = bool(settings.fences)
        self._signer = Signer(derived_key(settings, "position"), salt=COOKIE)
        self._replica = Replica(connector, settings.metadata.max_replica_lag)
        self.engine = engine

    def from_replica(self) -> bool:
        """Whether what is read now is read from the replica."""
        if not has_request_context():
            return False
        kept = request.environ
        if _ROUTE not in kept:
            readable = self._is_readable()
            reads = is_known_to_read(request.method, request.path, self._with_redis)
            kept[_ROUTE] = readable and reads
            kept[_PERMISSIONS] = readable and not changes_permissions(request.path)
        return bool(kept[_ROUTE] or (kept[_PERMISSIONS] and asks_permission()))

    def to_writer(self) -> None:
        """From here on this request reads from the writer: it writes, or the replica is lost."""
        if has_request_context():
            request.environ[_ROUTE] = request.environ[_PERMISSIONS] = False

    def lost_replica(self, problem: Exception) -> None:
        """A connection to it failed."""
        logger.warning("the replica cannot be reached: %s", problem)
        self._replica.lost()
        self.to_writer()

    def may_stand_in(self) -> bool:
        """Whether the replica may be read in the place of a writer that cannot be reached."""
        return self._replica.may_stand_in()

    def are_wanted(self) -> bool:
        """Whether it counts up to where is written: here, or in a region that he may be sent to."""
        return has_request_context() and (self._has_other_regions or self._replica.is_there())

    def committed(self, position: Position) -> None:
        """The request has written up to there."""
        request.environ[_MARK] = position

    def answer(self, response: Response) -> Response:
        """What the answer of a request gets."""
        mark = request.environ.get(_MARK)
        if mark is not None:
            response.set_cookie(
                COOKIE,
                self._signer.sign(str(mark)).decode(),
                max_age=_COOKIE_SECONDS,
                httponly=True,
                secure=True,
                samesite="Lax",
            )
            if session:
                session[COOKIE] = str(mark)
        refusal = request.environ.get(_REFUSAL)
        if refusal is not None and (
            response.status_code in _FAILURES or response.status_code >= 500
        ):
            return _unavailable(refusal)
        return response

    def start(self) -> None:
        """Begin to watch the replica, in a process that is going to serve."""
        if self._replica.is_there():
            self._replica.watch()

    def _is_readable(self) -> bool:
        return self._replica.is_there() and self._replica.may_be_read(self._mark())

    def _mark(self) -> Position | None:
        """Up to where whoever asks has written."""
        found = []
        with suppress(BadSignature, ValueError):
            cookie = request.cookies.get(COOKIE, "")
            found.append(Position.parse(self._signer.unsign(cookie).decode()))
        with suppress(ValueError):
            found.append(Position.parse(session.get(COOKIE, "")))
        return max(found, default=None)


def refused(problem: Exception) -> None:
    """A request wanted what may not be done now, or what broke."""
    if has_request_context():
        request.environ[_REFUSAL] = str(problem)


def _unavailable(reason: str) -> Response:
    text = f"This cannot be done at the moment: {reason}."
    if request.path.startswith("/api/") or request.is_json:
        response = jsonify(message=text)
    else:
        response = make_response(text)
        response.mimetype = "text/plain"
    response.status_code = 503
    response.headers["Retry-After"] = "30"
    return response


class Routing:
    """Named by FLASK_APP_MUTATOR, in web."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options

    def __call__(self, app: Flask) -> None:
        """Once per process, before its views are registered."""
        connector = metadata.connector()
        engine = sqlalchemy.create_engine(metadata.READER_URI, **self._options)
        reads = Reads(self._settings, connector, engine)
        connector.marks = reads
        connector.may_stand_in = reads.may_stand_in
        connector.refused = refused
        _route(reads)
        app.after_request(reads.answer)
        app.extensions[COOKIE] = reads


def of(app: Flask) -> Reads:
    """What Routing made."""
    reads: Reads = app.extensions[COOKIE]
    return reads


def _route(reads: Reads) -> None:
    """Let Superset's session ask where to read."""
    from superset.extensions import db

    made_by: Any = db.session.session_factory

    class RoutedSession(made_by.class_):  # type: ignore[misc, name-defined]
        """Superset's, with two databases."""

        def get_bind(self, mapper: Any = None, clause: Any = None, **more: Any) -> Any:
            if not self._flushing and is_plain_read(clause):
                if reads.from_replica():
                    return reads.engine
            elif self._flushing or isinstance(clause, (Insert, Update, Delete)):
                reads.to_writer()
            return super().get_bind(mapper, clause, **more)

        def _connection_for_bind(self, engine: Any, *options: Any, **more: Any) -> Any:
            try:
                return super()._connection_for_bind(engine, *options, **more)
            except OperationalError as problem:
                if engine is not reads.engine:
                    raise
                reads.lost_replica(problem)
                return super()._connection_for_bind(self.get_bind(), *options, **more)

    made_by.class_ = RoutedSession
