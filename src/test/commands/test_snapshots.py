"""Comparing the committed JSON with what is synthesized now."""

from pathlib import Path

from commands import snapshots


def test_equal_stacks_have_no_difference() -> None:
    assert snapshots.difference({"a": "{}\n"}, {"a": "{}\n"}) == ""


def test_a_changed_line_is_shown_under_its_stack() -> None:
    shown = snapshots.difference({"a": '{\n"x": 1\n}\n'}, {"a": '{\n"x": 2\n}\n'})
    assert "main.tf.json-snapshots/a.tf.json" in shown
    assert '-"x": 1' in shown.splitlines()
    assert '+"x": 2' in shown.splitlines()


def test_new_and_removed_stacks_are_differences() -> None:
    shown = snapshots.difference({"gone": "{}\n"}, {"new": "{}\n"})
    assert "--- main.tf.json-snapshots/gone.tf.json" in shown
    assert "+++ synthesized/new" in shown


def test_a_long_difference_is_cut_and_counted() -> None:
    text = "".join(f"{n}\n" for n in range(1000))
    shown = snapshots.difference({}, {"long": text}).splitlines()
    assert len(shown) == snapshots.DIFF_LINES + 1
    assert shown[-1].endswith("lines more of long")


def test_accepting_writes_removes_and_names_what_changed(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    snapshots.accept({"kept": "1\n", "changed": "1\n", "gone": "1\n"}, folder)
    changed = snapshots.accept({"kept": "1\n", "changed": "2\n", "new": "1\n"}, folder)
    assert changed == ["changed", "gone", "new"]
    assert snapshots.committed(folder) == {"kept": "1\n", "changed": "2\n", "new": "1\n"}


def test_json_that_names_the_machine_is_unfit() -> None:
    machine = {"the clone's folder": "/home/me/superset"}
    assert list(snapshots.unfit("a", '{"x": "/home/me/superset/b"}', machine)) == [
        "a: holds the clone's folder: /home/me/superset"
    ]
    assert list(snapshots.unfit("a", '{"x": "b"}', machine)) == []


def test_json_with_a_credential_is_unfit_and_does_not_show_it() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    (problem,) = snapshots.unfit("a", f'{{"x": "{key}"}}', {})
    assert "an AWS access key" in problem
    assert key not in problem


def test_every_environment_has_a_folder(tmp_path: Path) -> None:
    for name in ("prod", "dev"):
        (tmp_path / "regions" / name).mkdir(parents=True)
        (tmp_path / "regions" / name / "platform.yaml").write_text("")
    (tmp_path / "regions" / "notes").mkdir()
    assert snapshots.environments(tmp_path) == ["dev", "prod"]
