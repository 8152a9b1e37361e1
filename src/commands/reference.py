"""The tables of docs/configuration.md, from regions/schema.json.

`python -m commands.reference` writes what stands below the page's last hand-written section. The
words are the schema's descriptions, which editors show as well.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commands.environment import ROOT

SCHEMA = ROOT / "regions" / "schema.json"
PAGE = ROOT / "docs" / "configuration.md"

#: What stands from here on is written by this module.
HEADING = "### platform.yaml\n"
COLUMNS = ("key", "type", "default", "meaning", "example")
#: A bound from here on only keeps numbers within an int; what AWS takes depends on other keys.
OPEN = 1_000_000

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    """A key as a person writes it, `web.tasks.min`, and what the schema says of it."""

    path: str
    node: Node
    required: bool

    def row(self) -> str:
        """Its line of the table."""
        example = self.node.get("examples", [])
        cells = (
            f"`{self.path}`",
            kind(self.node),
            "required" if self.required else shown(self.node.get("default")),
            self.node["description"],
            shown(example[0]) if example else "",
        )
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


class Schema:
    """The schema, its references followed."""

    def __init__(self) -> None:
        self._all: Node = json.loads(SCHEMA.read_text())

    def tables(self) -> Iterator[tuple[str, list[Key]]]:
        """The tables: title and rows."""
        platform, region = self._definition("platform"), self._definition("region")
        merged = self._definition("resolved")
        both = platform["properties"].keys() & region["properties"].keys()
        shared = {
            "properties": {
                name: self._of_both(node, merged["properties"].get(name, {}))
                for name, node in platform["properties"].items()
                if name in both
            },
            "required": merged["required"],
        }
        yield "platform.yaml", list(self._below("", _without(platform, both)))
        yield "REGION.yaml", list(self._below("", _without(region, both)))
        yield (
            "Either: platform.yaml for all regions, REGION.yaml for one",
            list(self._below("", shared)),
        )

    def _of_both(self, node: Node, merged: Node) -> Node:
        """A section with what is required once both files are laid over each other."""
        found = {**self._resolved(node), **{k: v for k, v in merged.items() if k != "properties"}}
        if "properties" in merged:
            found["properties"] = {
                **found["properties"],
                **{
                    name: self._of_both(found["properties"][name], more)
                    for name, more in merged["properties"].items()
                },
            }
        return found

    def _below(self, path: str, section: Node) -> Iterator[Key]:
        for name, reference in section.get("properties", {}).items():
            node = self._resolved(reference)
            full = f"{path}.{name}" if path else name
            yield Key(full, node, name in section.get("required", ()))
            yield from self._below(full, node)
            yield from self._below(f"{full}[]", self._resolved(node.get("items", {})))

    def _resolved(self, node: Node) -> Node:
        """What is said here goes before what is said of the definition."""
        if "$ref" not in node:
            return node
        return {**self._definition(node["$ref"].removeprefix("#/$defs/")), **node}

    def _definition(self, name: str) -> Node:
        found: Node = self._all["$defs"][name]
        return found


def _without(section: Node, names: set[str]) -> Node:
    properties = {name: node for name, node in section["properties"].items() if name not in names}
    return {**section, "properties": properties}


def kind(node: Node) -> str:
    """Type and allowed values."""
    if "enum" in node:
        return _code(node["enum"])
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return " or ".join(_words(one, node) for one in types)


def _words(type_: str, node: Node) -> str:
    if type_ == "string":
        return "`none`" if node.get("pattern") == "^none$" else "text"
    if type_ == "array":
        allowed = node["items"].get("enum")
        return f"list of {_code(allowed)}" if allowed else "list"
    if type_ == "object":
        return "section"
    if type_ == "boolean":
        return "`true`, `false`"
    low, high = node.get("minimum"), node.get("maximum")
    word = "integer" if type_ == "integer" else "number"
    if low is None or (low <= 1 and high >= OPEN):
        return word
    return f"{word}, {low} to {high}" if high < OPEN else f"{word}, from {low} on"


def _code(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def shown(value: Any) -> str:
    """A value as it is written in YAML; nothing for an empty section."""
    if value is None or value in ({}, []):
        return ""
    return f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _quoted(value) if _needs_quotes(value) else value
    return json.dumps(value)


def _needs_quotes(text: str) -> bool:
    """Whether YAML would read something else, or less, without quotes."""
    return (
        (text[0].isdigit() and text.replace(".", "").replace(":", "").isdigit())
        or any(sign in text for sign in ("{", "}", ": ", "[", "]", ", ", '"'))
        or text.startswith(("*", "sha256:"))
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def page() -> str:
    """The whole page as it should be."""
    head = PAGE.read_text().partition(HEADING)[0]
    heads = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n"
    tables = [
        f"### {title}\n\n{heads}{''.join(key.row() for key in keys)}"
        for title, keys in Schema().tables()
    ]
    return head + "\n".join(tables)


def main() -> int:
    """Writes the page."""
    PAGE.write_text(page())
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
