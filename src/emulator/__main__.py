"""Command line: ``python -m emulator``."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def account(text: str) -> str:
    """An AWS account id: twelve digits."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise argparse.ArgumentTypeError("an account id is twelve digits")
    return text


def main() -> None:
    """Start the emulator and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="emulator", description="A local AWS for one account")
    parser.add_argument("--account", type=account, required=True)
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--log", type=Path, required=True, help="one line per request")
    parser.add_argument("--ready", type=Path, required=True, help="written once it listens")
    run = parser.add_argument_group("data plane", "absent: tasks and engines are only records")
    run.add_argument("--run", action="store_true", help="run tasks, databases, caches, balancers")
    run.add_argument("--image", type=Path, default=ROOT / "src" / "main" / "superset")
    run.add_argument("--programs", type=Path, default=ROOT / ".build" / "superset" / "bin")
    run.add_argument("--pace", type=float, default=5, help="divides intervals of health checks")
    arguments = parser.parse_args()
    # moto reads the account while it is imported, so it is set before the first import of it.
    os.environ["MOTO_ACCOUNT_ID"] = arguments.account
    from emulator.server import serve

    serve(arguments)


if __name__ == "__main__":
    main()
