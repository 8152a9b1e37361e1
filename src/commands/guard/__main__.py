"""``make guard``: judges a plan that exists, before somebody applies it with plain Terraform.

``python -m commands.guard STACK [--plan FILE]``. The file is what ``terraform plan -out`` wrote in
the stack's folder (default: plan, as cdktf names it), or the JSON of ``terraform show -json``. Ends
with 1 where a loss of data is not allowed, or where an entry of allowed-changes.yaml is stale.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from commands import guard, plans
from commands.environment import ROOT
from commands.guard import allowed
from commands.problems import Mistakes
from commands.synthesized import OUTPUT
from commands.terraform import Terraform, TerraformFailed


def document(stack: str, file: Path, output: Path) -> dict[str, Any]:
    """The JSON of a plan. Raises PlanUnreadable and TerraformFailed."""
    folder = output / "stacks" / stack
    path = next((p for p in (file, folder / file) if p.is_file()), None)
    if path is None:
        raise plans.PlanUnreadable(
            f"{stack}: there is no plan {folder / file}: make one with terraform plan -out={file}"
        )
    content = path.read_bytes()
    if content.startswith(b"PK"):
        return json.loads(Terraform(folder).run("show", "-json", str(path.resolve())))
    try:
        return dict(json.loads(content))
    except (ValueError, TypeError):
        raise plans.PlanUnreadable(f"{path} is neither a plan nor its JSON") from None


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="guard", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("stack", metavar="STACK")
    parser.add_argument("--plan", type=Path, default=Path("plan"), metavar="FILE")
    parser.add_argument("--output", type=Path, default=ROOT / OUTPUT)
    options = parser.parse_args(arguments)
    file = allowed.file_of(os.environ.get("SUPERSET_ENVIRONMENT") or "prod")
    try:
        entries = allowed.read(file)
        changes = plans.changes(
            options.stack, document(options.stack, options.plan, options.output)
        )
    except (Mistakes, plans.PlanUnreadable, TerraformFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    verdict = guard.judge([options.stack], changes, entries)
    if said := guard.told(verdict, str(file.relative_to(ROOT))):
        print(said, file=sys.stderr)
    else:
        print(f"{options.stack}: nothing that holds data is destroyed, replaced or renamed")
    return 1 if verdict.refused or verdict.stale else 0


if __name__ == "__main__":
    sys.exit(main())
