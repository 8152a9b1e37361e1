"""The report of what an account differs in; cdktf is a stand-in here."""

import json
from pathlib import Path
from typing import Any

import pytest

from commands import diff, drift

STACKS = ["superset-us-east-1", "superset-global"]
SECRET = "7c1f-of-the-master"


def record(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


UPDATED = record("aws_a.x", ["update"], before={"v": SECRET, "w": 1}, after={"v": "b", "w": 1})


class Plans:
    """A synthesis whose plans are given; a stack without any cannot be planned."""

    def __init__(self, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.output = output
        self.report = output / "drift.md"
        self.records: dict[str, list[dict[str, Any]]] = {}
        monkeypatch.setattr(diff, "OUTPUT", output)
        monkeypatch.setattr(diff, "synthesize", lambda: 0)
        monkeypatch.setattr(diff, "all_stacks", lambda: STACKS)
        monkeypatch.setattr(diff, "plan", self.plan)

    def plan(self, stacks: list[str]) -> list[str]:
        for stack in stacks:
            if stack in self.records:
                folder = self.output / "stacks" / stack
                folder.mkdir(parents=True)
                document = {"resource_changes": self.records[stack]}
                (folder / "plan").write_text(json.dumps(document))
        return []

    def main(self) -> int:
        return drift.main(["--write", str(self.report)])


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plans:
    return Plans(tmp_path, monkeypatch)


def test_what_differs_is_told_by_stack(plans: Plans) -> None:
    plans.records = {STACKS[0]: [UPDATED, record("aws_b.y", ["no-op"])], STACKS[1]: []}
    assert plans.main() == 1
    assert plans.report.read_text() == f"### {STACKS[0]}\n- **update** `aws_a.x`: `v`\n"


def test_values_are_not_told(plans: Plans) -> None:
    plans.records = {STACKS[0]: [UPDATED], STACKS[1]: []}
    plans.main()
    assert SECRET not in plans.report.read_text()


def test_the_report_is_empty_where_nothing_differs(plans: Plans) -> None:
    plans.report.write_text("of yesterday")
    plans.records = {name: [record("aws_b.y", ["no-op"])] for name in STACKS}
    assert plans.main() == 0
    assert plans.report.read_text() == ""


def test_a_stack_that_cannot_be_planned_is_told(plans: Plans) -> None:
    plans.records = {STACKS[0]: []}
    assert plans.main() == 1
    assert f"### {STACKS[1]}\nIt could not be planned" in plans.report.read_text()


def test_what_is_not_synthesized_leaves_no_report_of_yesterday(
    plans: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.report.write_text("of yesterday")
    monkeypatch.setattr(diff, "synthesize", lambda: 3)
    assert plans.main() == 3
    assert not plans.report.exists()
