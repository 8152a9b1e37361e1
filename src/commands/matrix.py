"""The environments that workflows plan, deploy and build for: a line for GITHUB_OUTPUT.

``python3 -m commands.matrix`` prints ``environments=[{"environment": …, "region": …, "plan": …,
"deploy": …, "image": …}]``: those with roles of CI (``ci`` in platform.yaml), with the roles' ARNs,
from the snapshots. Needs nothing but Python.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from commands.environment import ROOT
from commands.snapshots import FOLDER, SUFFIX, environments, prefix
from commands.synthesized import Stack


def bootstrap(name: str, folder: Path = FOLDER) -> Stack:
    """An environment's bootstrap."""
    stack = f"{prefix(name)}-bootstrap"
    return Stack.parsed(stack, (folder / f"{stack}{SUFFIX}").read_text())


def environment(name: str, folder: Path = FOLDER) -> dict[str, str] | None:
    """One of them; None without roles of CI."""
    stack = bootstrap(name, folder)
    roles = [role.attributes["name"] for role in stack.of("aws_iam_role")]
    found = {
        what: f"arn:aws:iam::{stack.account}:role/{role}"
        for what in ("plan", "deploy", "image")
        for role in roles
        if role.endswith(f"-ci-{what}")
    }
    return {"environment": name, "region": stack.region, **found} if found else None


def line(root: Path = ROOT) -> str:
    """The whole line."""
    found = [one for name in environments(root) if (one := environment(name, root / FOLDER.name))]
    return f"environments={json.dumps(found)}"


if __name__ == "__main__":
    print(line())
    sys.exit()
