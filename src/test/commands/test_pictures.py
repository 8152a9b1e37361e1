"""The pictures in the docs show what the snapshots are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commands import architecture, pictures, scaling

Drawn = Callable[[], dict[str, str]]
KINDS = pytest.mark.parametrize(
    ("folder", "drawn"),
    [
        (pictures.PICTURES, pictures.drawn),
        (architecture.PICTURES, architecture.drawn),
        (scaling.PICTURES, scaling.drawn),
    ],
    ids=["dashboards", "architecture", "scaling"],
)


@KINDS
def test_pictures_are_those_of_the_snapshots(folder: Path, drawn: Drawn) -> None:
    stale = [
        name
        for name, text in drawn().items()
        if not (folder / name).is_file() or (folder / name).read_text() != text
    ]
    assert not stale, "run: make pictures"


@KINDS
def test_there_is_no_picture_of_what_is_gone(folder: Path, drawn: Drawn) -> None:
    assert {path.name for path in folder.iterdir()} == set(drawn())
