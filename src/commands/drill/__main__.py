"""Loses a region again and again: ``python -m commands.drill [ROUNDS] [--first NUMBER]``.

On the running demo, or on one that it starts. Each round: the writer's region is cut off while
people write, the other takes over, the lost one comes back fenced, is rebuilt as a replica, and the
writer moves back with nothing lost. Rounds differ in how the region is cut off (lost, or alive
behind a partition) and in ``stop_writes_when_isolated``: four variants in turn, beginning with the
one of ``--first``, so that many rounds can be played in several sittings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from commands import copies, demo
from commands.console import Console, table
from commands.drill.rounds import Broken, Drill, Takeover
from commands.drill.world import Failed, World
from commands.environment import BUILD, ROOT
from commands.functions import FunctionFailed
from commands.waiting import InVain

FOLDER = BUILD / "drill"
#: What a deploy reads, and what it only reads.
COPIED = ("cdktf.json", "package.json", "pom.xml", "regions", "src/main", "src/commands")
SHARED = (".venv", "node_modules", ".build/app")

#: How the region is cut off, and stop_writes_when_isolated, round by round.
VARIANTS = (("lost", False), ("partitioned", False), ("partitioned", True), ("lost", True))


def project() -> Path:
    """A copy of the project: the drill changes ``writer:`` in its YAML."""
    root = FOLDER / "project"
    shutil.rmtree(root, ignore_errors=True)
    return copies.make(root, COPIED, SHARED)


def play(drill: Drill, how: str, stops: bool) -> list[Takeover]:
    """One round."""
    home, away = drill.home, drill.away
    lost = drill.loss(how)
    drill.returns(lost, stops)
    drill.put_back(home, writer=away)
    drill.deploy(away)
    back = drill.planned(away, home)
    drill.put_back(away, writer=home)
    drill.deploy(home)
    drill.clean()
    return [lost, back]


def summary(takeovers: list[Takeover]) -> str:
    """The figures."""
    header = ("what", "nobody could save", "acknowledged", "lost", "lost span", "old writer only")
    rows = [
        (
            one.kind,
            f"{one.seconds:.1f} s",
            one.acknowledged,
            len(one.lost),
            f"{one.lost_seconds:.2f} s",
            len(one.apart),
        )
        for one in takeovers
    ]
    return table(header, rows)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="drill", description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.rounds)
    os.chdir(ROOT)
    if status := demo.up():
        return status
    running = demo.Running.found()
    assert running is not None
    world = World(running.url, project())
    console = Console()
    drill = Drill(world, console.say)
    drill.start()
    takeovers: list[Takeover] = []
    stopping = False
    try:
        for number in numbers:
            how, stops = VARIANTS[(number - 1) % len(VARIANTS)]
            console.say(
                f"round {number} of {numbers[-1]}: {how}, stop_writes_when_isolated {stops}"
            )
            if stops != stopping:
                world.stop_writes_when_isolated(stops)
                stopping = stops
            takeovers += play(drill, how, stops)
    except (Broken, Failed, FunctionFailed, InVain) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    finally:
        drill.close()
        print(f"\n{summary(takeovers)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
