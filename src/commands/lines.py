"""Where in a YAML file something stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml


def line_of(tree: Any, path: Iterable[str | int]) -> int:
    """The line of a key or an element, or of the nearest above it that is there.

    :param tree: what ``yaml.compose`` makes of a file; None where it is empty
    """
    line = tree.start_mark.line if tree else 0
    for step in path:
        if isinstance(tree, yaml.SequenceNode) and isinstance(step, int):
            tree = tree.value[step]
            line = tree.start_mark.line
            continue
        pairs = tree.value if isinstance(tree, yaml.MappingNode) else []
        found = [pair for pair in pairs if pair[0].value == step]
        if not found:
            break
        line, tree = found[0][0].start_mark.line, found[0][1]
    return line + 1
