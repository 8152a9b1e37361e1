"""``terraform plan`` and ``terraform apply`` with the guard between them.

Run by src/commands/guarded-terraform in a stack's folder. An apply plans into a file, the plan is
judged, and that very plan is applied: nothing is between what was judged and what is done.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from commands import guard, plans
from commands.environment import ROOT
from commands.guard import allowed
from commands.problems import Mistakes

#: As cdktf's own diff names it.
PLAN = "plan"
#: Options of an apply that a plan does not know.
_OF_APPLY = ("-auto-approve",)
#: Options of an apply that also hold where a plan is given.
_OF_BOTH = ("-no-color", "-parallelism", "-lock", "-input")
#: cdktf looks for Terraform's own words and answers.
_QUESTION = "Do you want to perform these actions?\n  Only 'yes' will be accepted to approve.\n"


def main(arguments: Sequence[str]) -> int:
    """Does what the arguments say unless the guard refuses; returns where nothing is applied."""
    command, *options = arguments
    given = [one for one in options if not one.startswith("-")]
    if command == "apply" and given:
        # Somebody's own plan file.
        return _refuse(given[-1]) or _become(["apply", *options])
    file = _named(options) if command == "plan" else PLAN
    planned = [one for one in options if one not in _OF_APPLY]
    if command == "apply" or not _named(options):
        file = PLAN
        planned += ["-input=false", f"-out={file}"]
    status = subprocess.call(["terraform", "plan", *planned])
    if status not in (0, 2) or (refused := _refuse(str(file))):
        return status if status not in (0, 2) else refused
    if command == "plan":
        return status
    if "-auto-approve" not in options and not _approved():
        print("Apply cancelled.")
        return 1
    kept = [one for one in options if one.split("=")[0] in _OF_BOTH]
    return _become(["apply", *kept, file])


def _named(options: Sequence[str]) -> str | None:
    """The file of -out, which cdktf gives as an argument of its own."""
    for place, one in enumerate(options):
        if one.startswith("-out="):
            return one.removeprefix("-out=")
        if one == "-out" and place + 1 < len(options):
            return options[place + 1]
    return None


def _refuse(file: str) -> int:
    """0 where the plan may be applied."""
    stack = Path.cwd().name
    path = allowed.file_of(os.environ.get("SUPERSET_ENVIRONMENT") or "prod")
    shown = subprocess.run(
        ["terraform", "show", "-json", file], stdout=subprocess.PIPE, text=True, check=False
    )
    if shown.returncode:
        return shown.returncode
    try:
        verdict = guard.judge(
            [stack], plans.changes(stack, json.loads(shown.stdout)), allowed.read(path)
        )
    except (Mistakes, plans.PlanUnreadable) as failure:
        print(f"Error: {failure}", file=sys.stderr)
        return 1
    if said := guard.told(verdict, str(path.relative_to(ROOT))):
        print(said, file=sys.stderr, flush=True)
    return 1 if verdict.refused else 0


def _approved() -> bool:
    print(f"{_QUESTION}\n  Enter a value: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"


def _become(arguments: Sequence[str]) -> int:
    """Terraform in place of this process, so that signals reach it."""
    sys.stdout.flush()
    os.execvp("terraform", ["terraform", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
