"""The pictures in the docs show what the dashboards are."""

from commands.pictures import PICTURES, drawn


def test_pictures_are_those_of_the_snapshots() -> None:
    stale = [
        name
        for name, text in drawn().items()
        if not (PICTURES / name).is_file() or (PICTURES / name).read_text() != text
    ]
    assert not stale, "run: make pictures"


def test_there_is_no_picture_of_a_dashboard_that_is_gone() -> None:
    assert {path.name for path in PICTURES.iterdir()} == set(drawn())
