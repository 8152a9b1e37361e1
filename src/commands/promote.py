"""Makes a region the writer: `python -m commands.promote REGION [--dry-run|--planned|--abandon]`

Invokes the region's function superset-promote again and again until it is done, and prints each
step as it comes. The function keeps its place: this command can be interrupted and run again, by
anybody. It needs that region's API and nothing else.
"""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from commands.confirm import NotConfirmed, confirm
from commands.functions import FunctionFailed, invoke

FUNCTION = "superset-promote"
TURN_SECONDS = 15
"""How long one invocation goes on before it reports."""


def promote(region: str, event: dict[str, Any], say: Callable[[str], None]) -> None:
    """Until it is done; `say` gets a line per step."""
    said: set[str] = set()
    waiting = ""
    while True:
        answer = invoke(FUNCTION, region, {**event, "seconds": TURN_SECONDS})
        for step in answer["steps"]:
            if step["name"] not in said:
                said.add(step["name"])
                say(f"{step['at'][11:19]} {step['name']}: {step['detail']}")
        if answer["done"]:
            return
        now = f"{answer['step']}: {answer['waits_for']}"
        if now != waiting:
            waiting = now
            say(f"         {now} …")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="promote", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("region", metavar="REGION", help="the region that becomes the writer")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    kind.add_argument("--planned", action="store_true", help="the writer is alive: lose nothing")
    kind.add_argument("--abandon", action="store_true", help="give up before it has promoted")
    parser.add_argument("--yes", metavar="REGION", help="the region's name again: do not ask")
    options = parser.parse_args(arguments)
    try:
        if options.dry_run:
            print(json.dumps(invoke(FUNCTION, options.region, {"dry_run": True}), indent=2))
            return 0
        if options.abandon:
            invoke(FUNCTION, options.region, {"abandon": True})
            print(f"{options.region}: given up; its fences are lowered")
            return 0
        confirm(options.region, options.yes, "make it the writer")
        event = {"planned": True} if options.planned else {}
        promote(options.region, event, lambda line: print(line, flush=True))
    except (NotConfirmed, FunctionFailed, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.region} is the writer: set `writer: {options.region}` in platform.yaml.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
