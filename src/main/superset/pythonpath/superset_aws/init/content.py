"""What the configuration says about the content: examples and cache timeouts."""

from __future__ import annotations

import json
from typing import Any

from superset.extensions import db

from superset_aws.settings import Settings


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
