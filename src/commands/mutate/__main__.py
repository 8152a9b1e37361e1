"""``python -m commands.mutate [WORD]``: the mutations, or those with a word in them.

Ends with 1 if a protection can be taken away and its test does not notice."""

from __future__ import annotations

import argparse
import sys
import time

from commands import mutate
from commands.console import Console
from commands.mutate import Mutation, Outcome


def _chosen(word: str) -> list[Mutation]:
    return [one for one in mutate.load() if word.lower() in " ".join(vars(one).values()).lower()]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__.splitlines()[0])
    parser.add_argument("word", nargs="?", default="")
    chosen = _chosen(parser.parse_args().word)
    console = Console()
    copy = mutate.Copy(mutate.FOLDER, lambda output: print(output[-4000:], file=sys.stderr))
    for tests in mutate.groups(chosen):
        console.say(f"with every protection: {', '.join(sorted(tests))}")
        if copy.run(tests) is not Outcome.PASSED:
            print("Not all of these pass with every protection in place.", file=sys.stderr)
            return 1
    unnoticed = 0
    for number, one in enumerate(chosen, 1):
        began = time.monotonic()
        outcome = copy.mutated(one)
        unnoticed += outcome is not Outcome.FAILED
        said = {
            Outcome.FAILED: "noticed",
            Outcome.PASSED: "NOT NOTICED",
            Outcome.BROKEN: "BROKEN: shows nothing",
        }[outcome]
        console.say(
            f"{number} of {len(chosen)}: without “{one.protection}”: {said}"
            f" by {one.test} ({time.monotonic() - began:.0f} s)"
        )
    print(f"{len(chosen) - unnoticed} of {len(chosen)} protections are missed by their tests.")
    return 1 if unnoticed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
