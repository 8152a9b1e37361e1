"""What the day of 50 to 500 users in the picture of scaling is computed from."""

import dataclasses

import pytest

from commands import snapshots
from commands.scaling import (
    BENCHMARKS,
    STACK,
    Capacity,
    Minute,
    Service,
    reaction,
    simulate,
    users,
)
from commands.synthesized import Stack

CAPACITY = Capacity.measured(BENCHMARKS.read_text())
#: Of the requests that a vCPU can answer, what scaling aims for.
SHARE = 0.6


def web(old: str = "", new: str = "") -> Service:
    """Production's web service, with one thing changed in its stack."""
    text = snapshots.committed()[STACK]
    assert old in text
    return Service.of(Stack.parsed(STACK, text.replace(old, new) if old else text))


def paid(service: Service, capacity: Capacity = CAPACITY) -> int:
    """Minutes of tasks that a day takes."""
    return sum(minute.paid for minute in simulate(service, capacity))


def test_the_target_for_requests_is_what_was_measured() -> None:
    possible = CAPACITY.loads_per_cpu_second * CAPACITY.requests_per_load * 60 * web().vcpu
    assert web().policies["requests"].target == pytest.approx(SHARE * possible, rel=0.05)


def test_the_day_has_its_users() -> None:
    assert [users(hour * 60) for hour in (3, 8, 11, 23)] == [50, 175, 500, 50]


def test_what_is_needed_runs_within_minutes_and_nobody_waits() -> None:
    day = simulate(web(), CAPACITY)
    assert max(minute.needed for minute in day) > 3
    assert reaction(day) < 10
    assert max(minute.asked for minute in day) < 100
    assert {minute.running for minute in day[-120:]} == {3}


def test_a_lower_target_takes_more_tasks() -> None:
    assert paid(web('"target_value": 2400', '"target_value": 1600')) > paid(web())


def test_tasks_that_do_less_are_more_until_there_may_be_no_more() -> None:
    slow = dataclasses.replace(CAPACITY, loads_per_cpu_second=1.5)
    day = simulate(web(), slow)
    assert max(minute.paid for minute in day) == web().most
    assert max(minute.asked for minute in day) > 100


def test_tasks_that_are_never_busy_stay_as_few_as_may_be() -> None:
    quick = Capacity(1000, 1, 100)
    assert paid(web(), quick) == web().least * 24 * 60


def test_the_reaction_is_the_longest_time_without_enough_tasks() -> None:
    def minutes(*short: int) -> list[Minute]:
        return [Minute(0, 3 - one, 3, 3, 0) for one in short]

    assert reaction(minutes(0, 1, 1, 0, 1, 1, 1, 0, 0)) == 3
    assert reaction(minutes(0, 0)) == 0


def test_benchmarks_that_say_nothing_of_a_task_are_told() -> None:
    with pytest.raises(ValueError, match=r"benchmarks.md does not say what a task serves"):
        Capacity.measured("# Benchmarks\n")
