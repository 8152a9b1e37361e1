"""Who may write while regions raise fences, answer, and fall silent."""

import threading

import pytest

from commands.waiting import until
from superset_aws.database import fence
from superset_aws.database.fence import ISOLATED_SECONDS, STOPPED_SECONDS, Fence, Seen, refusal

LOWERED, RAISED = Seen(at=100.0), Seen(at=100.0, raised=True)
LATER = 100.0 + ISOLATED_SECONDS + 1


@pytest.mark.parametrize("stop", [False, True])
def test_one_raised_fence_is_enough(stop: bool) -> None:
    assert refusal({"a": LOWERED, "b": LOWERED}, 101.0, stop) is None
    reason = refusal({"a": LOWERED, "b": RAISED}, 101.0, stop)
    assert reason is not None
    assert reason.startswith("b fenced this region")


@pytest.mark.parametrize("stop", [False, True])
def test_a_raised_fence_that_falls_silent_stays_raised(stop: bool) -> None:
    assert "fenced" in str(refusal({"a": RAISED}, LATER, stop))


def test_one_region_that_answers_is_enough_not_to_be_isolated() -> None:
    seen = {"a": Seen(at=LATER), "b": LOWERED, "c": Seen()}
    assert refusal(seen, LATER, stop_when_isolated=True) is None


def test_whoever_sees_no_other_region_writes_on_unless_that_is_forbidden() -> None:
    seen = {"a": LOWERED, "b": LOWERED}
    assert refusal(seen, LATER, stop_when_isolated=False) is None
    assert "no other region answers" in str(refusal(seen, LATER, stop_when_isolated=True))
    assert refusal(seen, LATER - 2, stop_when_isolated=True) is None


def test_a_region_that_sees_only_itself_is_isolated() -> None:
    seen = {"a": LOWERED, "own": Seen(at=LATER)}
    assert "no other" in str(refusal(seen, LATER, stop_when_isolated=True, own="own"))
    assert refusal({"own": Seen()}, LATER, stop_when_isolated=True, own="own") is None


def test_a_region_that_has_taken_over_from_all_others_waits_for_no_answer() -> None:
    taken = {"a": Seen(at=100.0, taken=True), "own": Seen(at=LATER)}
    assert refusal(taken, LATER, stop_when_isolated=True, own="own") is None
    some = {**taken, "b": LOWERED}
    assert "no other" in str(refusal(some, LATER, stop_when_isolated=True, own="own"))


def test_a_region_that_takes_over_writes_nothing_until_it_has() -> None:
    """Its writes would go to the writer that is left."""
    reason = refusal({"a": LOWERED, "own": RAISED}, 101.0, False, own="own")
    assert "own fenced this region" in str(reason)


def test_a_process_that_has_seen_no_other_region_yet_does_not_write_first() -> None:
    assert "no other" in str(refusal({"a": Seen()}, 0.0, stop_when_isolated=True))
    assert refusal({"a": Seen()}, 0.0, stop_when_isolated=False) is None


def test_a_process_that_stood_still_does_not_write_before_it_has_asked() -> None:
    seen = {"a": Seen(at=100.0, asked=100.0)}
    assert refusal(seen, 100.0 + STOPPED_SECONDS, stop_when_isolated=False) is None
    assert "stood still" in str(refusal(seen, 101.0 + STOPPED_SECONDS, stop_when_isolated=False))


def test_with_one_region_nobody_is_asked() -> None:
    assert Fence({}, True, lambda: pytest.fail).refusal() is None


def test_a_process_waits_for_the_first_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that starts in a fenced region writes nothing."""
    monkeypatch.setattr(fence, "POLL_SECONDS", 0.01)
    answers = {"a": 404, "b": 200}
    asked = threading.Event()

    def ask(url: str) -> int:
        asked.wait(0.2)
        return answers[url]

    made = Fence({"a": "a", "b": "b"}, False, lambda: ask)
    assert "b fenced this region" in str(made.refusal())
    answers["b"] = 404
    asked.set()
    until("it is seen that the fence was lowered", lambda: not made.refusal())


def test_a_region_that_does_not_answer_does_not_keep_a_process_from_its_work() -> None:
    def ask(url: str) -> int:
        raise OSError("unreachable")

    assert Fence({"a": "a"}, False, lambda: ask).refusal() is None
    assert "no other region" in str(Fence({"a": "a"}, True, lambda: ask).refusal())


def test_a_silent_region_is_taken_over_from_while_this_one_fences_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fence, "POLL_SECONDS", 0.01)
    held = {"answer": 404}

    def ask(url: str) -> int:
        if url == "mine against a":
            return held["answer"]
        raise OSError("unreachable")

    made = Fence({"a": "a's against mine"}, True, lambda: ask, held={"a": "mine against a"})
    assert "no other region" in str(made.refusal())
    held["answer"] = 200
    until("it writes", lambda: not made.refusal())
    held["answer"] = 404
    until("it stops, the fence being lowered", lambda: made.refusal())
