"""Runs a command in the tools' environment: ``python -m commands.run COMMAND ARGUMENT…``."""

from __future__ import annotations

import os
import sys

from commands.environment import ROOT, tools

if __name__ == "__main__":
    os.chdir(ROOT)
    os.execvpe(sys.argv[1], sys.argv[1:], {**tools(), "PYTHONPATH": str(ROOT / "src")})
