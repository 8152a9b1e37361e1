"""What the guard calls a loss, and how a loss is allowed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from commands import guard, plans
from commands.environment import ROOT
from commands.guard import __main__ as command
from commands.guard import allowed
from commands.problems import Mistakes
from commands.snapshots import committed

PAGE = ROOT / "docs" / "operations.md"
STACK = "superset-us-east-1"
DATABASE = "aws_db_instance.database_instance_D7FC2283"


def record(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def plan(*records: dict[str, Any]) -> dict[str, Any]:
    return {"format_version": "1.2", "resource_changes": list(records)}


def entry(**other: str) -> allowed.Allowed:
    values = {
        "place": "allowed-changes.yaml:2",
        "stack": STACK,
        "address": DATABASE,
        "action": "replace",
        "reason": "Restored under another name.",
    }
    return allowed.Allowed(**{**values, **other})


def judged(*records: dict[str, Any], entries: list[allowed.Allowed] | None = None) -> guard.Verdict:
    return guard.judge([STACK], plans.changes(STACK, plan(*records)), entries or [])


@pytest.mark.parametrize("kind", sorted(guard.HOLDERS))
@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
def test_what_holds_data_is_neither_destroyed_nor_replaced(kind: str, actions: list[str]) -> None:
    assert len(judged(record(f"{kind}.x", actions)).refused) == 1


@pytest.mark.parametrize("actions", [["create"], ["update"], ["no-op"], ["forget"]])
def test_every_other_change_of_it_passes(actions: list[str]) -> None:
    assert judged(record(DATABASE, actions)) == guard.Verdict([], [], [])


def test_a_database_keeps_its_name() -> None:
    names = {"before": {"identifier": "superset-production"}, "after": {"identifier": "superset"}}
    renamed = record(DATABASE, ["update"], **names)
    assert "would be renamed" in str(judged(renamed).refused[0])
    assert judged(renamed, entries=[entry(action="rename")]).refused == []


def test_what_holds_no_data_may_be_replaced() -> None:
    assert judged(record("aws_ecs_task_definition.x", ["delete", "create"])).refused == []


def test_every_type_of_the_table_is_in_a_stack() -> None:
    kinds = {kind for text in committed().values() for kind in json.loads(text)["resource"]}
    assert set(guard.HOLDERS) <= kinds


def test_what_a_failed_replacement_left_behind_is_a_loss_too() -> None:
    left = {**record(DATABASE, ["delete"]), "deposed": "0f3a"}
    assert len(judged(left).refused) == 1


def test_a_refusal_names_the_attribute_and_the_entry_that_would_allow_it() -> None:
    forced = record(DATABASE, ["delete", "create"], replace_paths=[["identifier"]])
    said = guard.told(judged(forced), "regions/prod/allowed-changes.yaml")
    assert "would be replaced because of identifier; it holds the metadata database" in said
    assert f"    - stack: {STACK}\n      address: {DATABASE}\n      action: replace" in said


def test_an_entry_allows_exactly_its_change() -> None:
    lost = record(DATABASE, ["delete", "create"])
    assert judged(lost, entries=[entry()]).refused == []
    for other in ({"action": "destroy"}, {"stack": "superset-eu-west-1"}, {"address": "aws_db.x"}):
        assert len(judged(lost, entries=[entry(**other)]).refused) == 1


def test_an_entry_that_no_plan_needs_is_stale() -> None:
    of_another = entry(stack="superset-eu-west-1")
    assert judged(entries=[entry(), of_another]).stale == [entry()]


MISTAKES = """\
changes:
  - stack: superset-us-east-1
    address: database
    action: drop
    reason: because
  - stack: superset-us-east-1
    address: aws_db_instance.x
    reason: The database is restored under another name.
    until: 2027-01-01
"""


def test_all_mistakes_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / allowed.NAME
    path.write_text(MISTAKES)
    with pytest.raises(Mistakes) as mistakes:
        allowed.read(path)
    assert mistakes.value.lines == [
        'allowed-changes.yaml:3: changes[0].address: is "database"; must be TYPE.NAME, as '
        "the guard shows it",
        'allowed-changes.yaml:4: changes[0].action: is "drop"; must be one of destroy, replace, '
        "rename",
        'allowed-changes.yaml:5: changes[0].reason: is "because"; must say why, and where the '
        "data is meanwhile",
        "allowed-changes.yaml:6: changes[1]: has no action; needed are stack, address, action, "
        "reason",
        "allowed-changes.yaml:6: changes[1]: unknown: until; known are stack, address, action, "
        "reason",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("changes: [", ":1: is not YAML"),
        ("", ":1: file: is null; must be object"),
        ("changes: none", ':1: changes: is "none"; must be array'),
    ],
)
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / allowed.NAME
    path.write_text(text)
    with pytest.raises(Mistakes, match=said.replace("[", r"\[")):
        allowed.read(path)


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(# yaml-language-server.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "allowed-changes.yaml").write_text(example)
    (entry,) = allowed.read(tmp_path / "allowed-changes.yaml")
    assert entry.action == "replace"


def test_one_resource_has_one_entry(tmp_path: Path) -> None:
    one = {"stack": STACK, "address": "aws_db_instance.x", "reason": "It is restored elsewhere."}
    entries = [{**one, "action": "destroy"}, {**one, "action": "replace"}]
    path = tmp_path / allowed.NAME
    path.write_text(json.dumps({"changes": entries}))
    with pytest.raises(Mistakes, match="write it once"):
        allowed.read(path)


def test_the_command_judges_the_json_of_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(record(DATABASE, ["delete"]))))
    assert command.main([STACK, "--plan", str(file)]) == 1
    assert f"{DATABASE} would be destroyed" in capsys.readouterr().err
    file.write_text(json.dumps(plan(record(DATABASE, ["update"]))))
    assert command.main([STACK, "--plan", str(file)]) == 0


@pytest.mark.parametrize("content", ["nonsense", "[]", "{}"])
def test_what_is_no_plan_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content)
    assert command.main([STACK, "--plan", str(file)]) == 1
    assert "Traceback" not in (said := capsys.readouterr().err)
    assert said
