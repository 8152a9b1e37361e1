"""docs/security.md names tests that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from commands.environment import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()

#: Such as `test_waf.py::test_an_attack_is_stopped`, `KeysTest::aKeyRotates`, or a file.
NAMED = re.findall(r"`(test_\w+\.py|\w+Test)(?:::(\w+))?`", PAGE)


@cache
def texts(name: str) -> list[str]:
    """Of every test file of a name."""
    file = name if name.endswith(".py") else f"{name}.java"
    return [path.read_text() for path in Path(ROOT, "src", "test").rglob(file)]


@pytest.mark.parametrize(("name", "test"), sorted(set(NAMED)))
def test_every_named_test_exists(name: str, test: str) -> None:
    assert texts(name), f"there is no {name}"
    definition = rf"\b(?:def|void) {test}\(" if test else ""
    assert any(re.search(definition, text) for text in texts(name)), f"{name} has no {test}"


def test_every_row_of_the_tables_of_controls_names_a_test() -> None:
    rows = 0
    for title in ("Layers", "The application", "What reviewers ask for"):
        section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
        for row in re.findall(r"^\| (?!---)(.*) \|$", section, re.MULTILINE)[1:]:
            rows += 1
            last = row.rpartition(" | ")[2]
            assert re.search(r"`(?:test_\w+\.py|\w+Test)(?:::\w+)?`", last), row
    assert rows > 25
