"""The list of mutations, and what a run of tests is taken for. `make mutate` plays them."""

from pathlib import Path

import pytest

from commands import mutate
from commands.environment import ROOT
from commands.mutate import Copy, Mutation, Outcome

MUTATIONS = mutate.load()


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: one.protection)
def test_the_protection_is_there_to_be_taken_away(one: Mutation) -> None:
    text = (ROOT / one.file).read_text()
    assert one.applied(text) != text


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: one.protection)
def test_the_named_test_exists(one: Mutation) -> None:
    name, _, method = one.test.partition("::")
    file = f"{name}.java" if one.in_java else name
    (found,) = (ROOT / "src" / "test").rglob(file)
    assert f"{'void' if one.in_java else 'def'} {method}(" in found.read_text()


def test_a_text_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="not there once"):
        Mutation("p", "f", "a", "b", "t.py::t").applied("aa")


def test_only_tests_that_can_run_together_do() -> None:
    found = mutate.groups(MUTATIONS)
    assert [one for one in found if any("_run.py" in test for test in one)]
    for tests in found:
        files = {test.partition("::")[0] for test in tests}
        assert len({file.endswith(".py") for file in files}) == 1
        assert len(files) == 1 or not any(file.endswith("_run.py") for file in files)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """A project of one test."""
    monkeypatch.setattr(mutate, "COPIED", ("pyproject.toml",))
    monkeypatch.setattr(mutate, "SHARED", (".venv",))
    made = Copy(tmp_path / "copy", print)
    folder = made.root / "src" / "test"
    folder.mkdir(parents=True)
    (made.root / "guard.txt").write_text("locked")
    (folder / "test_guard.py").write_text(
        "from pathlib import Path\n"
        "def test_it_is_locked():\n"
        "    assert Path('guard.txt').read_text() == 'locked'\n"
    )
    return made


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("test_guard.py::test_it_is_locked", Outcome.FAILED),
        # A name that is not there shows nothing.
        ("test_guard.py::test_nothing", Outcome.BROKEN),
    ],
)
def test_a_missing_protection_is_noticed_by_a_test_that_fails(
    copy: Copy, test: str, outcome: Outcome
) -> None:
    assert copy.mutated(Mutation("p", "guard.txt", "locked", "open", test)) is outcome
    assert (copy.root / "guard.txt").read_text() == "locked"


def test_a_test_that_passes_without_the_protection_is_told(copy: Copy) -> None:
    unread = copy.root / "unread.txt"
    unread.write_text("locked")
    mutation = Mutation("p", "unread.txt", "locked", "open", "test_guard.py::test_it_is_locked")
    assert copy.mutated(mutation) is Outcome.PASSED
