"""``python -m commands.mutate [WORD]``: the mutations, or those with a word in them.

Ends with 1 if a protection can be taken away and its test does not notice."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from commands import mutate
from commands.console import Console
from commands.environment import BUILD
from commands.mutate import Mutation, Outcome

SAID = {
    Outcome.FAILED: "noticed",
    Outcome.PASSED: "NOT NOTICED",
    Outcome.BROKEN: "BROKEN: shows nothing",
}


def _chosen(word: str) -> list[Mutation]:
    return [one for one in mutate.load() if word.lower() in " ".join(vars(one).values()).lower()]


def play(chosen: list[Mutation], root: Path) -> int:
    """
    :param root: an empty folder for the copy
    :return: how many protections can be taken away and are not missed; -1 where tests fail anyway
    """
    console = Console()
    copy = mutate.Copy(root, lambda output: print(output[-4000:], file=sys.stderr))
    for tests in mutate.groups(chosen):
        console.say(f"with every protection: {', '.join(sorted(tests))}")
        if copy.run(tests) is not Outcome.PASSED:
            return -1
    unnoticed = 0
    for number, one in enumerate(chosen, 1):
        began = time.monotonic()
        outcome = copy.mutated(one)
        unnoticed += outcome is not Outcome.FAILED
        console.say(
            f"{number} of {len(chosen)}: without “{one.protection}”: {SAID[outcome]}"
            f" by {one.test} ({time.monotonic() - began:.0f} s)"
        )
    return unnoticed


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__.splitlines()[0])
    parser.add_argument("word", nargs="?", default="")
    chosen = _chosen(parser.parse_args().word)
    with tempfile.TemporaryDirectory(prefix="mutate-", dir=BUILD) as folder:
        unnoticed = play(chosen, Path(folder))
    if unnoticed < 0:
        print("Not all of these pass with every protection in place.", file=sys.stderr)
        return 1
    print(f"{len(chosen) - unnoticed} of {len(chosen)}: noticed when they were taken away.")
    return 1 if unnoticed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
