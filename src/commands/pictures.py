"""Pictures of the CloudWatch dashboards, drawn from the snapshots: docs/images/dashboards.

`python -m commands.pictures` writes them, and those of the architecture and of scaling. A widget
shows its title and its lines, left axis first; what it would look like with data is CloudWatch's
business.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from commands import architecture, scaling, svg
from commands.environment import ROOT

SNAPSHOTS = ROOT / "main.tf.json-snapshots"
PICTURES = ROOT / "docs" / "images" / "dashboards"
#: Of prod: the other environments have the same with fewer regions.
STACKS = ("superset-global", "superset-us-east-1", "superset-eu-west-1")

#: Pixels of a column and of a row of CloudWatch's grid.
COLUMN, ROW = 40, 30
GAP = 6


def main() -> int:
    """Writes every picture anew."""
    for folder, pictures in (
        (PICTURES, drawn()),
        (architecture.PICTURES, architecture.drawn()),
        (scaling.PICTURES, scaling.drawn()),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pictures.items():
            (folder / name).write_text(text)
            print(folder.relative_to(ROOT) / name)
    return 0


def drawn() -> dict[str, str]:
    """The pictures by file name."""
    found = {}
    for stack in STACKS:
        resources = json.loads((SNAPSHOTS / f"{stack}.tf.json").read_text())["resource"]
        for dashboard in resources["aws_cloudwatch_dashboard"].values():
            picture = draw(dashboard["dashboard_name"], json.loads(dashboard["dashboard_body"]))
            found[f"{dashboard['dashboard_name']}.svg"] = picture
    return found


def draw(name: str, body: dict[str, Any]) -> str:
    """One dashboard as SVG."""
    bottom = max(widget["y"] + widget["height"] for widget in body["widgets"])
    width, height = 24 * COLUMN, bottom * ROW + 40
    picture = svg.picture(name, width, height)
    svg.text(picture, GAP, 26, name, size=17, bold=True)
    for widget in body["widgets"]:
        _widget(picture, widget)
    return svg.written(picture)


def _widget(picture: ET.Element, widget: dict[str, Any]) -> None:
    x, y = widget["x"] * COLUMN, widget["y"] * ROW + 40
    width, height = widget["width"] * COLUMN, widget["height"] * ROW
    ET.SubElement(
        picture,
        "rect",
        x=str(x + GAP),
        y=str(y),
        width=str(width - 2 * GAP),
        height=str(height - GAP),
        rx="4",
        fill=svg.PAPER,
        stroke=svg.EDGE,
    )
    properties = widget["properties"]
    svg.text(picture, x + 18, y + 22, properties["title"], size=14, bold=True)
    for place, (label, right) in enumerate(_lines(properties["metrics"])):
        top = y + 44 + place * 16
        colour = svg.COLOURS[place % len(svg.COLOURS)]
        box = {"x": str(x + 18), "y": str(top - 6), "width": "12", "height": "4"}
        ET.SubElement(picture, "rect", fill=colour, attrib=box)
        svg.text(picture, x + 38, top, label + (" (right axis)" if right else ""), size=11)


def _lines(metrics: list[list[Any]]) -> Iterator[tuple[str, bool]]:
    """Label of each line that is seen, and whether it is against the right axis."""
    for *path, options in metrics:
        if options.get("visible", True):
            label = options.get("label") or f"{path[1]} {options['stat']}{_which(path)}"
            yield label, options.get("yAxis") == "right"


def _which(path: list[str]) -> str:
    """The cache node, where a widget shows several."""
    return f" {path[3][-3:]}" if path[0] == "AWS/ElastiCache" else ""


if __name__ == "__main__":
    raise SystemExit(main())
