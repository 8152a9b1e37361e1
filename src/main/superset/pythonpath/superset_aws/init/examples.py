"""A small dashboard to look at: one table, six charts. Superset's own examples are downloaded from
the internet while they are loaded; these need nothing but the metadata database.

The table lies in a schema of its own, which a role of its own may read and nothing else.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from superset.extensions import db, security_manager

from superset_aws.database import metadata
from superset_aws.settings import Settings

DATABASE = "examples"
SCHEMA = "examples"
ROLE = metadata.EXAMPLES
TABLE = "sales"
SLUG = "examples-sales"

REGIONS = ("Americas", "Europe", "Asia")
PRODUCTS = ("Road bikes", "City bikes", "Helmets", "Lights")


def load(settings: Settings) -> str:
    """Makes what is missing; changes nothing that is there."""
    from superset.models.dashboard import Dashboard

    if db.session.query(Dashboard).filter_by(slug=SLUG).one_or_none() is not None:
        return "there already"
    password = secrets.token_urlsafe(32)
    _table(settings, password)
    dataset = _dataset(settings, password)
    _dashboard(_charts(dataset))
    db.session.commit()
    return f"made /superset/dashboard/{SLUG}/"


def _rows() -> list[dict[str, Any]]:
    """Two years of weekly sales, the same each time."""
    rows = []
    for week in range(104):
        for r, region in enumerate(REGIONS):
            for p, product in enumerate(PRODUCTS):
                units = 20 + 7 * r + 5 * p + (week * (r + 2) + 13 * p) % 17 + week // 8
                day = date(2024, 1, 1) + timedelta(weeks=week)
                price = (900, 600, 60, 25)[p]
                rows.append(
                    {"day": day, "region": region, "product": product, "units": units}
                    | {"revenue": units * price}
                )
    return rows


def _table(settings: Settings, password: str) -> None:
    with db.engine.begin() as connection:
        found = connection.execute(
            text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}
        ).scalar()
        verb = "ALTER" if found else "CREATE"
        # The password is URL-safe text that was made above; DDL takes no parameters.
        connection.execute(text(f"{verb} ROLE {ROLE} LOGIN PASSWORD '{password}'"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text(f"DROP TABLE IF EXISTS {SCHEMA}.{TABLE}"))
        connection.execute(
            text(
                f"CREATE TABLE {SCHEMA}.{TABLE} (day date, region text, product text,"
                " units integer, revenue bigint)"
            )
        )
        connection.execute(
            text(
                f"INSERT INTO {SCHEMA}.{TABLE} VALUES (:day, :region, :product, :units, :revenue)"
            ),
            _rows(),
        )
        connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ROLE}"))


def _dataset(settings: Settings, password: str) -> Any:
    from superset.connectors.sqla.models import SqlaTable, SqlMetric
    from superset.models.core import Database

    database = db.session.query(Database).filter_by(database_name=DATABASE).one_or_none()
    if database is None:
        database = Database(database_name=DATABASE)
        db.session.add(database)
    uri = f"postgresql+psycopg2://{ROLE}:{password}@{metadata.WRITER}/{settings.metadata.name}"
    database.set_sqlalchemy_uri(uri)
    database.expose_in_sqllab = True
    database.allow_run_async = settings.redis is not None
    db.session.flush()
    dataset = (
        db.session.query(SqlaTable)
        .filter_by(table_name=TABLE, schema=SCHEMA, database_id=database.id)
        .one_or_none()
    )
    if dataset is None:
        dataset = SqlaTable(table_name=TABLE, schema=SCHEMA, database=database)
        db.session.add(dataset)
    dataset.main_dttm_col = "day"
    dataset.fetch_metadata()
    known = {metric.metric_name for metric in dataset.metrics}
    for name, expression in (("revenue", "SUM(revenue)"), ("units", "SUM(units)")):
        if name not in known:
            dataset.metrics.append(SqlMetric(metric_name=name, expression=expression))
    db.session.flush()
    for permission, view in (
        ("database_access", database.perm),
        ("datasource_access", dataset.perm),
    ):
        security_manager.add_permission_view_menu(permission, view)
    return dataset


def _charts(dataset: Any) -> list[Any]:
    from superset.models.slice import Slice

    total = {"header_font_size": 0.4, "subheader_font_size": 0.15, "y_axis_format": "SMART_NUMBER"}
    series = {"x_axis": "day", "time_grain_sqla": "P1M", "metrics": ["revenue"]}
    specifications: list[tuple[str, str, dict[str, Any]]] = [
        ("Revenue", "big_number_total", {"metric": "revenue", **total}),
        ("Units", "big_number_total", {"metric": "units", **total}),
        ("Revenue by month", "echarts_timeseries_line", {**series, "groupby": []}),
        ("Revenue by region", "echarts_timeseries_bar", {**series, "groupby": ["region"]}),
        ("Share of products", "pie", {"metric": "revenue", "groupby": ["product"]}),
        (
            "Best sellers",
            "table",
            {
                "query_mode": "aggregate",
                "groupby": ["region", "product"],
                "metrics": ["units", "revenue"],
            },
        ),
    ]
    charts = []
    for name, kind, form in specifications:
        data = {
            "datasource": f"{dataset.id}__table",
            "viz_type": kind,
            "adhoc_filters": [],
            "row_limit": 100,
            **form,
        }
        chart = Slice(
            slice_name=name,
            viz_type=kind,
            datasource_type="table",
            datasource_id=dataset.id,
            datasource_name=TABLE,
            params=json.dumps(data),
        )
        charts.append(chart)
        db.session.add(chart)
    db.session.flush()
    return charts


def _dashboard(charts: list[Any]) -> None:
    from superset.models.dashboard import Dashboard

    dashboard = Dashboard(dashboard_title="Sales", slug=SLUG, published=True, slices=charts)
    dashboard.position_json = json.dumps(_layout(charts))
    dashboard.json_metadata = json.dumps({"color_scheme": "supersetColors"})
    db.session.add(dashboard)


def _layout(charts: list[Any]) -> dict[str, Any]:
    """Three rows of two."""
    layout: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Sales"}},
    }
    for number in range(0, len(charts), 2):
        row = f"ROW-{number}"
        layout["GRID_ID"]["children"].append(row)
        layout[row] = {
            "type": "ROW",
            "id": row,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart in charts[number : number + 2]:
            key = f"CHART-{chart.id}"
            layout[row]["children"].append(key)
            layout[key] = {
                "type": "CHART",
                "id": key,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row],
                "meta": {
                    "chartId": chart.id,
                    "sliceName": chart.slice_name,
                    "width": 6,
                    "height": 30 if number == 0 else 50,
                },
            }
    return layout
