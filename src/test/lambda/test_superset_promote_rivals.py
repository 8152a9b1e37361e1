"""Two regions that promote at once: at most one becomes the writer, whatever the order."""

import json

import pytest
from promote_world import ASIA, EAST, WEST, World

FIRST, SECOND = ASIA, WEST
"""By name."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    world = World(monkeypatch, EAST, WEST, ASIA)
    world.refused = {EAST}
    return world


def turns(world: World, *offsets: tuple[str, int]) -> dict[str, str]:
    """Both invoked in short turns; each begins after a number of the other's turns."""
    outcome: dict[str, str] = {}
    for turn in range(60):
        for region, begins in offsets:
            if region in outcome or turn < begins:
                continue
            try:
                answer = world.promote(region, seconds=6)
            except RuntimeError as problem:
                outcome[region] = str(problem)
            else:
                if answer["done"]:
                    outcome[region] = "done"
        if len(outcome) == 2:
            break
    return outcome


@pytest.mark.parametrize("later", range(0, 24, 1))
@pytest.mark.parametrize("early", [FIRST, SECOND])
def test_at_most_one_of_two_regions_becomes_the_writer(
    world: World, early: str, later: int
) -> None:
    late = FIRST if early == SECOND else SECOND
    outcome = turns(world, (early, 0), (late, later))
    primaries = [region for region in (FIRST, SECOND) if world.is_primary(region)]
    assert len(primaries) == 1, outcome
    assert {world.writer(region) for region in (FIRST, SECOND)} == set(primaries)
    # The lost region stays fenced by the one that promoted; nobody else is.
    assert world.regions[primaries[0]].raised == {EAST}
    loser = FIRST if primaries[0] == SECOND else SECOND
    assert world.regions[loser].raised == set()


def test_of_two_that_begin_together_the_first_by_name_goes_on(world: World) -> None:
    outcome = turns(world, (SECOND, 0), (FIRST, 0))
    assert outcome[FIRST] == "done"
    assert f"{FIRST} is promoting its replica: this region gives up" in outcome[SECOND]
    assert json.loads(world.regions[SECOND].parameters["/superset/promote"])["state"] == "yielded"


def test_the_first_by_name_gives_up_when_the_other_went_ahead(world: World) -> None:
    """Both fences are up when the first has waited: the other did not see it in time."""
    world.promote(FIRST, seconds=6)
    world.regions[SECOND].raised.add(FIRST)
    with pytest.raises(RuntimeError, match=f"{SECOND} is promoting its replica"):
        world.promote(FIRST)
    assert not world.is_primary(FIRST)
    assert world.regions[FIRST].raised == set()


def test_a_region_whose_writer_was_changed_while_it_waited_gives_up(world: World) -> None:
    world.promote(FIRST, seconds=6)
    value = json.dumps({"region": SECOND, "host": "db", "port": 5432})
    world.regions[FIRST].parameters["/superset/writer"] = value
    with pytest.raises(RuntimeError, match=f"{SECOND} has become the writer"):
        world.promote(FIRST)
    assert not world.is_primary(FIRST)


def test_with_two_regions_nobody_is_asked_while_it_waits(
    monkeypatch: pytest.MonkeyPatch, in_memory: None
) -> None:
    world = World(monkeypatch, EAST, WEST)
    world.promote()
    assert world.looks == [(EAST, WEST)]
