"""Whom superset-admit lets back in, and whom not."""

import pytest
from promote_world import ACCOUNT, ASIA, DATABASE, EAST, WEST, World


@pytest.fixture
def promoted(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    """eu-west-1 was promoted while us-east-1 was gone; it is back as it was."""
    world = World(monkeypatch, EAST, WEST, ASIA)
    world.refused = {EAST}
    world.promote()
    world.refused = set()
    return world


def rebuild(world: World, region: str = EAST) -> None:
    writer = world.regions[WEST].parameters["/superset/writer"]
    world.regions[region].parameters["/superset/writer"] = writer
    source = f"arn:aws:rds:{WEST}:{ACCOUNT}:db:{DATABASE}"
    world.regions[region].database["ReadReplicaSourceDBInstanceIdentifier"] = source


def test_a_rebuilt_region_is_admitted(promoted: World) -> None:
    rebuild(promoted)
    assert promoted.admit(WEST, EAST) == {"admitted": EAST, "by": WEST, "writer": WEST}
    assert promoted.regions[WEST].raised == set()


def test_a_region_that_names_another_writer_stays_fenced(promoted: World) -> None:
    with pytest.raises(RuntimeError, match=f"{EAST} holds {EAST} to be the writer"):
        promoted.admit(WEST, EAST)
    assert promoted.regions[WEST].raised == {EAST}


def test_a_region_with_a_primary_of_its_own_stays_fenced(promoted: World) -> None:
    """Users there would read what is not so any more."""
    rebuild(promoted)
    del promoted.regions[EAST].database["ReadReplicaSourceDBInstanceIdentifier"]
    with pytest.raises(RuntimeError, match=f"primary of its own: make rebuild REGION={EAST}"):
        promoted.admit(WEST, EAST)
    assert promoted.regions[WEST].raised == {EAST}


def test_a_region_that_does_not_answer_stays_fenced(promoted: World) -> None:
    promoted.refused = {EAST}
    with pytest.raises(RuntimeError, match=f"{EAST}: Could not connect"):
        promoted.admit(WEST, EAST)
    assert promoted.regions[WEST].raised == {EAST}


def test_nobody_is_admitted_while_a_promotion_is_running(
    monkeypatch: pytest.MonkeyPatch, in_memory: None
) -> None:
    world = World(monkeypatch, EAST, WEST)
    world.promote(limit=45)
    with pytest.raises(RuntimeError, match="a promotion is running here"):
        world.admit(WEST, EAST)
    assert EAST in world.regions[WEST].raised


@pytest.mark.parametrize("region", [WEST, "eu-central-1", None])
def test_only_another_region_can_be_admitted(promoted: World, region: str) -> None:
    with pytest.raises(RuntimeError, match="region must be one of"):
        promoted.admit(WEST, region)


def test_a_region_that_was_told_while_it_was_away_can_be_admitted_twice(promoted: World) -> None:
    rebuild(promoted)
    promoted.admit(WEST, EAST)
    promoted.admit(WEST, EAST)
    assert promoted.regions[WEST].raised == set()


def test_fails_back(promoted: World) -> None:
    rebuild(promoted)
    promoted.admit(WEST, EAST)
    assert promoted.promote(EAST, planned=True)["done"] is True
    assert promoted.regions[EAST].raised == {WEST}
    assert {promoted.writer(region) for region in promoted.names} == {EAST}
