"""What the configuration says about the content: data sources, examples, cache timeouts."""

from __future__ import annotations

import json
from typing import Any

from superset.extensions import db

from superset_aws.settings import Settings
from superset_aws.sources import address


def sources(settings: Settings) -> str:
    """Registers and updates; never deletes, because charts hang on what is registered."""
    from superset.models.core import Database

    changed = []
    for source in settings.data_sources:
        database = db.session.query(Database).filter_by(database_name=source["name"]).one_or_none()
        if database is None:
            database = Database(database_name=source["name"])
            db.session.add(database)
        wanted = {
            "sqlalchemy_uri": address(source),
            "expose_in_sqllab": True,
            "allow_run_async": settings.redis is not None,
        }
        if any(getattr(database, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(database, name, value)
            changed.append(source["name"])
    db.session.flush()
    _permissions()
    db.session.commit()
    known = {source["name"] for source in settings.data_sources} | {"examples"}
    others = [name for (name,) in db.session.query(Database.database_name) if name not in known]
    if others:
        print(json.dumps({"warning": "registered by hand", "databases": others}), flush=True)
    return f"changed: {', '.join(changed)}" if changed else "unchanged"


def _permissions() -> None:
    from superset.extensions import security_manager
    from superset.models.core import Database

    for database in db.session.query(Database):
        security_manager.add_permission_view_menu("database_access", database.perm)


def examples(settings: Settings) -> str:
    """A small dashboard to look at."""
    if not settings.examples:
        return "not wanted"
    from superset_aws.init.examples import load

    return load(settings)


def cache_timeouts(settings: Settings) -> str:
    """A dashboard has no timeout of its own in Superset: its charts have."""
    from superset.models.dashboard import Dashboard

    missing, changed = [], 0
    for slug, seconds in settings.dashboard_cache.items():
        dashboard: Any = db.session.query(Dashboard).filter_by(slug=slug).one_or_none()
        if dashboard is None:
            missing.append(slug)
            continue
        for chart in dashboard.slices:
            if chart.cache_timeout != seconds:
                chart.cache_timeout = seconds
                changed += 1
    db.session.commit()
    if missing:
        print(json.dumps({"warning": "no such dashboard yet", "slugs": missing}), flush=True)
    return f"{changed} charts changed"
