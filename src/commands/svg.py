"""Pictures as SVG, in one look."""

from __future__ import annotations

from xml.etree import ElementTree as ET

#: Colours in the order of CloudWatch's own.
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
INK, GROUND, PAPER, EDGE = "#16191f", "#f2f3f3", "#ffffff", "#d5dbdb"


def picture(name: str, width: int, height: int) -> ET.Element:
    """An empty one; `name` is what those who do not see it are told."""
    made = ET.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        role="img",
        attrib={"font-family": "Helvetica, Arial, sans-serif", "aria-label": name},
    )
    ET.SubElement(made, "rect", width=str(width), height=str(height), fill=GROUND)
    return made


def text(
    where: ET.Element,
    x: float,
    y: float,
    said: str,
    *,
    size: int,
    bold: bool = False,
    anchor: str = "start",
) -> None:
    """A line of text; `y` is its baseline, `anchor` which part of it is at `x`."""
    attributes = {"font-size": str(size)}
    if bold:
        attributes["font-weight"] = "bold"
    if anchor != "start":
        attributes["text-anchor"] = anchor
    made = ET.SubElement(where, "text", x=str(x), y=str(y), fill=INK, attrib=attributes)
    made.text = said


def written(made: ET.Element) -> str:
    """The file's text."""
    ET.indent(made)
    return ET.tostring(made, encoding="unicode") + "\n"
