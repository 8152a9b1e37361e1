"""Keeps main.tf.json-snapshots: the Terraform JSON of every stack of every environment.

``python -m commands.snapshots`` accepts what is synthesized now; ``--check`` shows how it differs
from what is committed and ends with 1 if it does. Reviewing a change is reading its diff.
"""

from __future__ import annotations

import argparse
import difflib
import getpass
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands.environment import ROOT

FOLDER = ROOT / "main.tf.json-snapshots"
SUFFIX = ".tf.json"
ACCEPT = "make snapshots"
#: The environment whose stacks have no environment in their names.
UNNAMED = "prod"
#: Lines of one stack's diff that are shown; the rest is counted.
DIFF_LINES = 200

#: What no stack's JSON may hold, by name.
SECRETS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY"),
}


class SynthesisFailed(Exception):
    """The application ended with an error; the message is its own."""


def environments(root: Path = ROOT) -> list[str]:
    """Every folder under regions/ that describes one."""
    return sorted(path.parent.name for path in (root / "regions").glob("*/platform.yaml"))


def prefix(environment: str) -> str:
    """What stands before the names of an environment's stacks; prod is not named."""
    return "superset" if environment == UNNAMED else f"superset-{environment}"


def own(
    environment: str, texts: Mapping[str, str], known: Iterable[str] | None = None
) -> dict[str, str]:
    """Those of the stacks that are an environment's.

    :param texts: name to JSON of stacks
    :param known: all environments; None: those under regions/
    """
    known = environments() if known is None else known
    others = tuple(f"{prefix(one)}-" for one in known if one not in (UNNAMED, environment))
    return {
        name: text
        for name, text in sorted(texts.items())
        if name.startswith(f"{prefix(environment)}-") and not name.startswith(others)
    }


def synthesize(environment: str, output: Path) -> dict[str, str]:
    """Stack name to JSON of one environment."""
    output.mkdir(parents=True)
    done = subprocess.run(
        [str(ROOT / "src" / "commands" / "app.sh")],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if k != "SUPERSET_BOOTSTRAP_STATE"},
            "SUPERSET_ENVIRONMENT": environment,
            "CDKTF_OUTDIR": str(output),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SynthesisFailed(f"{environment}: {done.stderr or done.stdout}")
    return {
        path.parent.name: _ended(path.read_text())
        for path in sorted(output.glob("stacks/*/cdk.tf.json"))
    }


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def synthesize_all() -> dict[str, str]:
    """Stack name to JSON of every environment, two of them at a time."""
    with tempfile.TemporaryDirectory(prefix="snapshots-") as folder, ThreadPoolExecutor(2) as pool:
        names = environments()
        # The first run of a build also writes its class archive, and builds first of all.
        found = [synthesize(names[0], Path(folder) / names[0])]
        found += pool.map(lambda name: synthesize(name, Path(folder) / name), names[1:])
        stacks: dict[str, str] = {}
        for part in found:
            stacks.update(part)
        machine = machine_words(Path(folder))
    problems = [p for name, text in stacks.items() for p in unfit(name, text, machine)]
    if problems:
        raise SynthesisFailed("\n".join(problems))
    return stacks


def machine_words(output: Path) -> dict[str, str]:
    """What tells one machine from another, by what it is."""
    words = {
        "the clone's folder": str(ROOT),
        "the output folder": str(output),
        "the machine's name": socket.gethostname(),
        "the home folder": f"{Path.home()}/",
    }
    user = getpass.getuser()
    if user != "root":
        # AWS has policies and paths with the word root in them.
        words["the user's name"] = user
    return words


def unfit(name: str, text: str, machine: Mapping[str, str]) -> Iterable[str]:
    """What makes a stack's JSON different elsewhere, or unfit to be shown."""
    for what, word in machine.items():
        if len(word) > 3 and word in text:
            yield f"{name}: holds {what}: {word}"
    for what, pattern in SECRETS.items():
        if match := pattern.search(text):
            yield f"{name}: holds {what}: {match[0][:8]}…"


def committed(folder: Path = FOLDER) -> dict[str, str]:
    """Stack name to JSON of the snapshots."""
    return {p.name.removesuffix(SUFFIX): p.read_text() for p in sorted(folder.glob(f"*{SUFFIX}"))}


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A unified diff per stack that differs; empty if none does."""
    parts = []
    for name in sorted({*before, *after}):
        lines = list(
            difflib.unified_diff(
                before.get(name, "").splitlines(),
                after.get(name, "").splitlines(),
                f"{FOLDER.name}/{name}{SUFFIX}" if name in before else "/dev/null",
                f"synthesized/{name}" if name in after else "/dev/null",
                lineterm="",
            )
        )
        if lines:
            parts += lines[:DIFF_LINES]
            if len(lines) > DIFF_LINES:
                parts.append(f"… and {len(lines) - DIFF_LINES} lines more of {name}")
    return "\n".join(parts)


def accept(stacks: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Writes the snapshots, and removes those of stacks that are gone; names what changed."""
    folder.mkdir(exist_ok=True)
    before = committed(folder)
    changed = []
    for name in sorted({*before, *stacks}):
        path = folder / f"{name}{SUFFIX}"
        if name not in stacks:
            path.unlink()
        elif before.get(name) == stacks[name]:
            continue
        else:
            path.write_text(stacks[name])
        changed.append(name)
    return changed


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="snapshots", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; 1 if they differ")
    check = parser.parse_args().check
    try:
        stacks = synthesize_all()
    except SynthesisFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    if not check:
        changed = accept(stacks)
        print(f"{len(stacks)} stacks, {len(changed)} changed: {', '.join(changed) or 'none'}")
        return 0
    if shown := difference(committed(), stacks):
        print(shown)
        print(f"\nThe stacks differ from {FOLDER.name}. If that is what you mean: {ACCEPT}")
        return 1
    print(f"{len(stacks)} stacks are as in {FOLDER.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
