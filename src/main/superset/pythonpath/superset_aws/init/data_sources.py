"""Data sources: registered in Superset as they are configured, and tried."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import NullPool
from superset.extensions import db, security_manager

from superset_aws.settings import Settings
from superset_aws.source_kinds import KINDS, PLACEHOLDER, Source
from superset_aws.sources import registered, tls_warning

#: Databases that init itself registers besides.
OWN = {"examples"}

#: A deploy does not wait longer for the answer of sources.
CHECK_SECONDS = 8


def register(settings: Settings) -> str:
    """Makes and changes what is configured; deletes nothing, because charts hang on it."""
    from superset.models.core import Database

    made, changed = [], []
    for source in settings.data_sources:
        name = source["name"]
        database = db.session.query(Database).filter_by(database_name=name).one_or_none()
        if database is None:
            database = Database(database_name=name)
            db.session.add(database)
            _put_right(database, source, settings)
            made.append(name)
            continue
        # Init changes as nobody: somebody's name is that of a person.
        person = database.changed_by
        if fields := _put_right(database, source, settings):
            changed.append(f"{name} ({', '.join(fields)})")
            if person is not None:
                _warn("changed by hand, put right", name, fields=fields, by=person.username)
    db.session.flush()
    for database in db.session.query(Database):
        security_manager.add_permission_view_menu("database_access", database.perm)
    db.session.commit()
    _name_others(settings)
    for source in settings.data_sources:
        if warning := tls_warning(source, settings):
            _warn(warning, source["name"])
    parts = [("made", made), ("changed", changed)]
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names) or "unchanged"


def check(settings: Settings) -> str:
    """Tries all at once. One that does not answer is said; it does not stop a deploy."""
    mutate = current_app.config["DB_CONNECTION_MUTATOR"]
    outcomes: dict[str, str] = {}

    def try_one(source: Source) -> None:
        try:
            _ping(registered(source, settings), mutate)
            outcomes[source["name"]] = ""
        except Exception as problem:
            outcomes[source["name"]] = " ".join(str(problem).split())[:500] or repr(problem)

    # Daemons: the process may end while one of them still waits.
    threads = [
        threading.Thread(target=try_one, args=(source,), daemon=True)
        for source in settings.data_sources
    ]
    end = time.monotonic() + CHECK_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    silent = f"no answer within {CHECK_SECONDS} seconds"
    reasons = {
        name: reason
        for name in (source["name"] for source in settings.data_sources)
        if (reason := outcomes.get(name, silent))
    }
    for name, reason in reasons.items():
        _warn("does not answer", name, reason=reason)
    return f"{len(settings.data_sources) - len(reasons)} of {len(settings.data_sources)} answer"


def _ping(address: str, mutate: Callable[..., Any]) -> None:
    url, options = mutate(make_url(address), {"poolclass": NullPool})
    engine = create_engine(url, **options)
    with closing(engine.raw_connection()) as connection:
        engine.dialect.do_ping(connection)


def _put_right(database: Any, source: Source, settings: Settings) -> list[str]:
    """Gives a database what is configured; the fields that differed.

    What is not named here, such as DML or a cache timeout, is for people to set in Superset.
    """
    wanted = {
        "sqlalchemy_uri": registered(source, settings),
        "password": None,
        "encrypted_extra": None,
        "server_cert": None,
        "impersonate_user": False,
        "expose_in_sqllab": True,
        "allow_run_async": settings.redis is not None,
    }
    fields = [name for name, value in wanted.items() if _different(getattr(database, name), value)]
    for name in fields:
        setattr(database, name, wanted[name])
    extra = _object(database.extra)
    # Arguments of the driver are the platform's affair.
    own = {"engine_params": {}, **KINDS[source["kind"]].extra}
    different = [key for key, value in own.items() if extra.get(key, {}) != value]
    if different:
        database.extra = json.dumps({**extra, **own})
    return fields + [f"extra.{key}" for key in different]


def _different(is_: Any, should_be: Any) -> bool:
    """Superset's form saves empty objects and texts where there was nothing."""
    return (None if is_ in ("", "{}") else is_) != should_be


def _object(text: str | None) -> dict[str, Any]:
    """People may have typed anything."""
    try:
        value = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _name_others(settings: Settings) -> None:
    from superset.models.core import Database

    known = {source["name"] for source in settings.data_sources}
    for name, address in db.session.query(Database.database_name, Database.sqlalchemy_uri):
        if name in known | OWN:
            continue
        user = make_url(address).username or ""
        if user.startswith(PLACEHOLDER) and user.removeprefix(PLACEHOLDER) not in known:
            _warn("no longer configured: charts on it fail; remove it in Superset", name)
        else:
            _warn("registered by hand", name)


def _warn(what: str, name: str, **more: Any) -> None:
    print(json.dumps({"warning": what, "data_source": name, **more}), flush=True)
