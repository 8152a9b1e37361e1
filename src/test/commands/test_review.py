"""What a review finds in plans and in compared documents, and what it says in a comment."""

import json
from pathlib import Path
from typing import Any

import pytest

from commands import review, snapshots
from commands.plans import MASK, MASK_CHANGED, UNKNOWN, PlanUnreadable, changes
from commands.problems import Mistakes
from commands.review import Review, comment, page

STACK = "superset-us-east-1"
SECRET = "not-to-be-seen"


def record(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def of(*records: dict[str, Any]) -> Any:
    return changes(STACK, {"resource_changes": list(records)})


def test_what_terraform_marks_as_sensitive_is_masked_at_any_depth() -> None:
    values = {"password": SECRET, "user": [{"name": "a", "token": SECRET}], "plain": "b"}
    marks = {"password": True, "user": [{"token": True}]}
    sides = {"before": values, "before_sensitive": marks, "after": values, "after_sensitive": marks}
    [found] = of(record("aws_x.y", ["update"], **sides))
    expected = {"password": MASK, "user": [{"name": "a", "token": MASK}], "plain": "b"}
    assert (found.before, found.after) == (expected, expected)


def test_another_sensitive_value_is_told_and_not_shown() -> None:
    sides = {
        "before": {"password": "old", "same": SECRET},
        "before_sensitive": {"password": True, "same": True},
        "after": {"password": SECRET, "same": SECRET},
        "after_sensitive": {"password": True, "same": True},
    }
    [found] = of(record("aws_x.y", ["update"], **sides))
    assert found.differences == {"password": (MASK, MASK_CHANGED)}


def test_what_is_known_after_the_apply_says_so() -> None:
    change = {"after": {"name": "a"}, "after_unknown": {"arn": True, "name": False}}
    [found] = of(record("aws_x.y", ["create"], **change))
    assert found.after == {"name": "a", "arn": UNKNOWN}


def test_data_sources_are_no_changes() -> None:
    read = {**record("data.aws_x.y", ["read"]), "mode": "data"}
    assert of(read) == []


def test_an_action_that_is_not_known_is_told() -> None:
    with pytest.raises(PlanUnreadable, match="unknown actions"):
        of(record("aws_x.y", ["explode"]))


def test_a_plan_that_ended_with_an_error_is_not_judged() -> None:
    with pytest.raises(PlanUnreadable, match="ended with an error"):
        changes(STACK, {"resource_changes": [], "errored": True})


def stack(**resources: dict[str, Any]) -> dict[str, str]:
    return {STACK: json.dumps({"resource": resources})}


def made(before: dict[str, str], after: dict[str, str]) -> Review:
    return review.make(before, after, policies=False)


@pytest.fixture
def unpriced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_cost", lambda *_: None)


def test_two_documents_show_what_is_new_gone_and_other(unpriced: None) -> None:
    before = stack(aws_a={"same": {"x": 1}, "other": {"x": 1}, "gone": {}})
    after = stack(aws_a={"same": {"x": 1, "//": {}}, "other": {"x": 2}, "new": {}})
    found = {one.address: one.action for one in made(before, after).changes}
    assert found == {
        "aws_a.gone": "destroy",
        "aws_a.new": "create",
        "aws_a.other": "update",
        "aws_a.same": "no-op",
    }


def test_a_comparison_hides_secrets_by_their_names(unpriced: None) -> None:
    values = {"x": {"password_wo": SECRET, "list": [{"secret_string": SECRET}], "name": "n"}}
    found = made({}, stack(aws_a=values))
    assert SECRET not in page.html(found, "t") + comment.markdown(found)
    assert found.changes[0].after["name"] == "n"


def test_a_database_that_is_gone_is_a_loss_without_a_plan_too(unpriced: None) -> None:
    found = made(stack(aws_db_instance={"d": {"identifier": "s"}}), stack())
    assert [loss.change.address for loss in found.verdict.refused] == ["aws_db_instance.d"]


def test_cost_findings_and_losses_of_a_real_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {k: v for k, v in snapshots.committed().items() if k in ("superset-dev-us-east-1",)}
    document = json.loads(before["superset-dev-us-east-1"])
    [database] = document["resource"]["aws_db_instance"].values()
    database["instance_class"] = "db.r6g.large"
    seen: list[list[str]] = []
    monkeypatch.setattr(review, "_findings", lambda stacks: seen.append(list(stacks)) or [])
    found = review.make(before, {"superset-dev-us-east-1": json.dumps(document)})
    [cost] = found.costs
    assert cost.environment == "dev"
    assert cost.moved > 0
    # Checkov looks at what differs.
    assert seen == [["superset-dev-us-east-1"]]
    assert found.counts("superset-dev-us-east-1")["update"] == 1


def test_what_has_no_price_is_told_and_stops_nothing() -> None:
    before = {"superset-dev-us-east-1": snapshots.committed()["superset-dev-us-east-1"]}
    after = {name: text.replace("db.t4g.medium", "db.x9.huge") for name, text in before.items()}
    [cost] = made(before, after).costs
    assert "db.x9.huge" in str(cost)
    assert str(cost) in comment.markdown(made(before, after))


def test_the_comment_begins_with_what_is_lost(unpriced: None) -> None:
    before = stack(aws_db_instance={"d": {}}, aws_a={"x": {}})
    text = comment.markdown(made(before, stack(aws_a={"x": {"y": 1}})))
    assert text.startswith("> [!CAUTION]\n> **Refused.** superset-us-east-1: aws_db_instance.d")
    assert "| `superset-us-east-1` | compared JSON | 1 destroy, 1 update |" in text
    assert "- **destroy** `superset-us-east-1` `aws_db_instance.d`" in text


def test_a_revision_that_does_not_exist_is_told() -> None:
    with pytest.raises(Mistakes, match="no-such-revision"):
        review.committed_at("no-such-revision")


def test_the_picture_marks_what_changes(unpriced: None) -> None:
    before = snapshots.own("prod", snapshots.committed())
    document = json.loads(before[STACK])
    [database] = document["resource"]["aws_db_instance"].values()
    database["instance_class"] = "db.r6g.2xlarge"
    text = page.html(made(before, {**before, STACK: json.dumps(document)}), "t")
    assert text.count(": update</text>") == text.count("PostgreSQL 15: update</text>") == 1
    # Of environments that stay as they are there is none.
    assert text.count("<svg") == 1


def test_a_plan_that_is_there_is_read_instead_of_the_document(
    tmp_path: Path, unpriced: None
) -> None:
    folder = tmp_path / "stacks" / STACK
    folder.mkdir(parents=True)
    plan = {"resource_changes": [record("aws_a.x", ["delete", "create"])]}
    (folder / "plan").write_text(json.dumps(plan))
    found = review.make({}, stack(aws_a={"x": {}}), tmp_path, policies=False)
    assert found.planned == {STACK}
    assert [one.action for one in found.changes] == ["replace"]
