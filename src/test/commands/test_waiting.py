from __future__ import annotations

import pytest

from commands.waiting import InVain, until


class Moments:
    """Time that passes by being slept through."""

    def __init__(self) -> None:
        self.slept = 0

    def sleep(self, seconds: float) -> None:
        self.slept += 1


def test_what_it_gave_is_answered() -> None:
    answers, moments = iter([None, 0, "", "it"]), Moments()
    assert until("it is there", lambda: next(answers), sleep=moments.sleep) == "it"
    assert moments.slept == 3


def test_it_says_what_it_waited_for_and_the_last_error_and_what_helps() -> None:
    def fails() -> bool:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(InVain) as raised:
        until("it answers", fails, 0, despite=OSError, said=lambda: "the log", sleep=lambda _: None)
    assert str(raised.value) == "waited 0 s in vain until it answers\nnobody listens\nthe log"
    assert isinstance(raised.value.__cause__, ConnectionRefusedError)


def test_other_errors_are_told_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        until("never", lambda: 1 // 0, despite=OSError)


def test_what_cannot_come_is_not_waited_for() -> None:
    ended = iter([False, True])
    with pytest.raises(InVain, match="in vain until it listens$"):
        until("it listens", lambda: False, hopeless=lambda: next(ended), sleep=lambda _: None)
