"""Every dashboard of every environment is one that CloudWatch shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from commands.environment import ROOT
from superset_aws.metrics import lines

SNAPSHOTS = ROOT / "main.tf.json-snapshots"
SCHEMA = json.loads(Path(__file__).with_name("dashboard-body.schema.json").read_text())


def bodies() -> Iterator[Any]:
    """Those of all stacks, named after their dashboard."""
    for path in sorted(SNAPSHOTS.glob("*.tf.json")):
        made = json.loads(path.read_text()).get("resource", {}).get("aws_cloudwatch_dashboard", {})
        for dashboard in made.values():
            name = dashboard["dashboard_name"]
            yield pytest.param(json.loads(dashboard["dashboard_body"]), id=f"{path.stem}-{name}")


DASHBOARDS = list(bodies())


@pytest.mark.parametrize("body", DASHBOARDS)
def test_body_is_of_the_form_that_cloudwatch_takes(body: dict[str, Any]) -> None:
    jsonschema.validate(body, SCHEMA)


@pytest.mark.parametrize("body", DASHBOARDS)
def test_dimensions_come_in_pairs(body: dict[str, Any]) -> None:
    for widget in body["widgets"]:
        for metric in widget["properties"]["metrics"]:
            assert len(metric) == 1 or len(metric) % 2 == 1, metric


@pytest.mark.parametrize("body", DASHBOARDS)
def test_expressions_use_metrics_of_their_widget(body: dict[str, Any]) -> None:
    for widget in body["widgets"]:
        options = [metric[-1] for metric in widget["properties"]["metrics"]]
        ids = [option["id"] for option in options if "id" in option]
        assert len(ids) == len(set(ids))
        for expression in (option["expression"] for option in options if "expression" in option):
            if "SEARCH(" not in expression:
                used = set(re.findall(r"\b[a-z]\w*", expression))
                assert used and used <= set(ids), expression


#: SORT of CloudWatch's metric math, over a search of one metric by one dimension.
SEARCH = re.compile(
    r"SORT\(SEARCH\('\{([\w/]+),(\w+)\} MetricName=\"(\w+)\"', 'p95', 300\), MAX, DESC, 10\)"
)
#: What Superset writes of itself, and the dimension that it may have.
WRITTEN = {one.name: one.dimension for one in vars(lines).values() if isinstance(one, lines.Metric)}


@pytest.mark.parametrize("body", DASHBOARDS)
def test_metrics_of_the_application_are_those_that_it_writes(body: dict[str, Any]) -> None:
    shown = set()
    for widget in body["widgets"]:
        for *path, options in widget["properties"]["metrics"]:
            if path[:1] == [lines.NAMESPACE]:
                assert path[2:] == []
                shown.add(path[1])
            if found := SEARCH.fullmatch(options.get("expression", "")):
                assert found[1] == lines.NAMESPACE
                assert found[2] == WRITTEN[found[3]]
            else:
                assert "SEARCH" not in options.get("expression", "")
    assert {"DashboardLoadTime", "QueryExecutionTime", "CacheHits"} <= shown <= set(WRITTEN)


@pytest.mark.parametrize("body", DASHBOARDS)
def test_widgets_do_not_cover_one_another(body: dict[str, Any]) -> None:
    covered: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        across = range(widget["x"], widget["x"] + widget["width"])
        down = range(widget["y"], widget["y"] + widget["height"])
        assert across.stop <= 24
        cells = {(x, y) for x in across for y in down}
        assert not cells & covered, widget["properties"]["title"]
        covered |= cells


def test_every_environment_has_one_for_each_region_and_one_for_all() -> None:
    assert [one.id for one in DASHBOARDS if one.id.startswith("superset-eu")]
    assert len(DASHBOARDS) == len(list(SNAPSHOTS.glob("*.tf.json"))) - len(
        list(SNAPSHOTS.glob("*bootstrap*"))
    )


def objective(title: str) -> list[Any]:
    """Metrics of the widget of an objective."""
    body = next(one for one in DASHBOARDS if one.id.startswith("superset-us-east-1")).values[0]
    (metrics,) = (
        widget["properties"]["metrics"]
        for widget in body["widgets"]
        if widget["properties"]["title"].startswith(title)
    )
    return list(metrics)


@pytest.mark.parametrize(
    ("counted", "availability", "budget"),
    [
        ({"requests": 10_000, "unserved": 0, "balancer": 0, "targets": 0}, 100, 100),
        ({"requests": 10_000, "unserved": 0, "balancer": 2, "targets": 3}, 99.95, 0),
        # Nobody is there: to CloudWatch, what the load balancer answers alone is no request.
        ({"requests": 0, "unserved": 50, "balancer": 50, "targets": 0}, 0, -199_900),
    ],
)
def test_availability_and_what_is_left_of_its_error_budget(
    counted: dict[str, int], availability: float, budget: float
) -> None:
    metrics = objective("Availability")
    named = {metric[-1]["id"]: metric[1] for metric in metrics if "id" in metric[-1]}
    assert named == {
        "requests": "RequestCount",
        "unserved": "HTTPCode_ELB_503_Count",
        "balancer": "HTTPCode_ELB_5XX_Count",
        "targets": "HTTPCode_Target_5XX_Count",
    }
    # CloudWatch's metric math is, as far as it is used here, Python's.
    known = {**counted, "FILL": lambda value, _: value}
    left = [eval(one[-1]["expression"], known) for one in metrics if "expression" in one[-1]]
    assert left == pytest.approx([availability, budget])


@pytest.mark.parametrize(("within", "budget"), [(100, 100), (95, 50), (90, 0), (80, -100)])
def test_loads_within_the_objective_and_what_is_left_of_the_slower_ones(
    within: float, budget: float
) -> None:
    shown, left = objective("Dashboards of us-east-1")
    assert shown[:2] == [lines.NAMESPACE, "DashboardLoadTime"]
    assert (shown[-1]["stat"], shown[-1]["id"]) == ("PR(:1000)", "within")
    assert eval(left[-1]["expression"], {"within": within}) == pytest.approx(budget)
