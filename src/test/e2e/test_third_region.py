"""A third region is one new file, and it lives through a promotion (third.py plays it)."""

from typing import Any

import pytest
from deployments import Deployment
from environments import PROD
from third import LOST, READS, ROUNDS, THIRD, WRITER


@pytest.fixture
def seen(third: Deployment) -> dict[str, Any]:
    """What was noted, by stage."""
    return third.facts


def saves(stage: dict[str, Any]) -> tuple[int, int, int]:
    """How many were saved, not seen by who had saved them, and refused."""
    return len(stage["saved"]), len(stage["unseen"]), len(stage["refused"])


def test_the_deploy_of_a_new_file_takes_nothing_away(seen: dict[str, Any]) -> None:
    assert seen["deleted"] == []


@pytest.mark.parametrize("stack", [*PROD.stacks, PROD.stack(THIRD)])
def test_second_plan_with_three_regions_is_empty(seen: dict[str, Any], stack: str) -> None:
    assert seen["plans"][stack] == {}


def test_the_slack_channel_hears_every_region(third: Deployment) -> None:
    """The configuration was made with two regions' topics, and changed when the third came."""
    chatbot = third.emulator.client("chatbot", "us-west-2")
    (channel,) = chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"]
    alarms = [one for one in channel["SnsTopicArns"] if one.endswith("-alarms")]
    assert sorted(arn.split(":")[3] for arn in alarms) == sorted((LOST, WRITER, THIRD))
    for region in (WRITER, THIRD):
        topics = third.emulator.client("sns", region).list_topics()["Topics"]
        there = {arn for arn in alarms if arn.split(":")[3] == region}
        assert there <= {topic["TopicArn"] for topic in topics}
    assert channel["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
    assert {tag["TagKey"] for tag in channel["Tags"]} >= {"Name", "environment", "managed-by"}


def test_a_new_region_reads_here_and_writes_there(seen: dict[str, Any]) -> None:
    stage = seen["added"]
    assert (stage["writer"], stage["source"], stage["receives"]) == (LOST, LOST, LOST)
    assert saves(stage) == (ROUNDS, 0, 0)
    assert stage["read"][THIRD] >= READS
    assert stage["read"][LOST] == stage["read"][WRITER] == 0
    assert stage["near"]


def test_without_a_writer_the_third_region_reads_and_saves_nothing(seen: dict[str, Any]) -> None:
    stage = seen["lost"]
    assert (stage["writer"], stage["receives"]) == (LOST, "")
    assert saves(stage) == (0, 0, ROUNDS)
    assert all("503" in problem for problem in stage["refused"])
    assert stage["read"][THIRD] >= READS
    assert stage["near"]


def test_a_promotion_elsewhere_opens_the_third_region_too(seen: dict[str, Any]) -> None:
    assert (
        f"writes are allowed in {WRITER}, {THIRD}; fenced until admitted: {LOST}"
        in (seen["promote"])
    )
    assert seen["promoted"]["writer"] == WRITER
    assert seen["promoted"]["near"]


def test_until_it_is_rebuilt_its_people_read_and_save_at_the_new_writer(
    seen: dict[str, Any],
) -> None:
    stage = seen["promoted"]
    assert (stage["source"], stage["receives"]) == (LOST, "")
    assert saves(stage) == (ROUNDS, 0, 0)
    assert stage["read"][WRITER] >= READS
    assert stage["read"][THIRD] == 0


def test_nobody_sees_the_old_state_while_the_new_writer_does_not_answer(
    seen: dict[str, Any],
) -> None:
    assert seen["alone"]["older"] == 0
    assert seen["alone"]["refused"] > 0


def test_a_replica_of_the_old_writer_is_not_promoted(seen: dict[str, Any]) -> None:
    assert seen["dry run"]["obstacle"] == (
        f"the database here is a replica of {LOST}, and the writer is {WRITER}:"
        f" make rebuild REGION={THIRD}"
    )


def test_rebuilt_it_reads_here_again(seen: dict[str, Any]) -> None:
    stage = seen["rebuilt"]
    assert (stage["writer"], stage["source"], stage["receives"]) == (WRITER, WRITER, WRITER)
    assert saves(stage) == (ROUNDS, 0, 0)
    assert stage["read"][THIRD] >= READS
    assert stage["read"][WRITER] == 0
    assert stage["near"]


def test_rebuilding_leaves_nothing_to_deploy(seen: dict[str, Any]) -> None:
    assert seen["left to deploy"] == {}


def test_nothing_that_was_acknowledged_is_missing_in_either_region(seen: dict[str, Any]) -> None:
    assert all(seen["acknowledged"].values())
    assert seen["missing"] == []


def test_whoever_saved_before_the_loss_or_during_the_rebuilding_was_never_refused(
    seen: dict[str, Any],
) -> None:
    assert seen["failed"] == {"before": [], "after": []}
