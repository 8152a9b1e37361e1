"""Kills superset-promote at every single AWS call and runs it again.

Whatever the point: the replica is promoted once, nobody may write while there is no way back yet,
and the next run ends as if nothing had happened.
"""

import pytest
from promote_world import ASIA, EAST, WEST, Killed, World
from test_superset_promote import STEPS, names


@pytest.mark.parametrize("planned", [False, True])
def test_every_cut_heals(monkeypatch: pytest.MonkeyPatch, in_memory: None, planned: bool) -> None:
    cut = 0
    while kill_and_heal(World(monkeypatch, EAST, WEST, ASIA), cut, planned):
        cut += 1
    assert cut > 25


def kill_and_heal(world: World, cut: int, planned: bool) -> bool:
    """One cut, after call number `cut` took effect; False once the run is shorter than that."""
    world.kill_after = cut
    world.promotion_looks = 2
    try:
        world.promote(planned=planned)
    except Killed:
        pass
    else:
        return False
    if world.of("PromoteReadReplica") and world.writer(WEST) == EAST:
        assert world.regions[WEST].raised == {EAST, WEST, ASIA}
    world.kill_after = None
    answer = world.promote(planned=planned)
    assert answer["done"] is True
    expected = [*STEPS[:2], "catch up", *STEPS[2:]] if planned else STEPS
    # Killed after the parameter was written and before that was recorded, or after the last step.
    assert names(answer) == expected
    assert world.is_primary(WEST)
    assert len(world.of("PromoteReadReplica")) == 1
    assert {world.writer(region) for region in world.names} == {WEST}
    assert world.regions[WEST].raised == {EAST}
    assert world.record()["state"] == "done"
    return True


def test_a_lost_region_and_kills_together(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> None:
    for first in range(2, 30, 3):
        for second in range(2, 20, 4):
            world = World(monkeypatch, EAST, WEST)
            world.refused = {EAST}
            for cut in (first, second):
                world.calls.clear()
                world.kill_after = cut
                try:
                    world.promote()
                except Killed:
                    continue
            world.kill_after = None
            assert world.promote()["done"] is True
            assert world.is_primary(WEST)
            assert world.regions[WEST].raised == {EAST}
