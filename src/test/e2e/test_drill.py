"""The drill's first half: the writer's region is lost while people write, and comes back.

`make drill` goes on: the region is rebuilt, and the writer switched back.
"""

from collections.abc import Iterator

import pytest
from deployments import Deployment
from environments import PROD

from commands.drill.rounds import Drill, Takeover
from commands.drill.world import World


@pytest.fixture(scope="module")
def drill(production: Deployment) -> Iterator[Drill]:
    made = Drill(World(production.emulator.url, production.workspace.root), print)
    made.start()
    yield made
    made.close()
    made.clean()


@pytest.fixture(scope="module")
def lost(drill: Drill) -> Takeover:
    """The unplanned loss."""
    return drill.loss()


def test_the_other_region_takes_over(drill: Drill, lost: Takeover) -> None:
    assert (drill.home, drill.away) == PROD.regions
    assert lost.acknowledged
    assert drill.world.writer(drill.away) == drill.away


def test_nothing_is_lost_that_was_sent_after_the_loss(lost: Takeover) -> None:
    assert all(write.sent < lost.promoted for write in lost.lost)
    assert not lost.apart


def test_a_returning_region_is_fenced_and_what_was_lost_is_what_the_replica_never_had(
    drill: Drill, lost: Takeover
) -> None:
    drill.returns(lost, stops=False)
