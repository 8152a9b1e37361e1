"""Runs Terraform in the folder of a synthesized stack."""

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from commands import environment


class TerraformFailed(Exception):
    """Terraform ended with an error; the message is Terraform's own."""


class Terraform:
    """Terraform in one stack's folder, with the environment of this process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def run(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        result = subprocess.run(
            ["terraform", *arguments],
            cwd=self._directory,
            env=_variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            said = "\n".join(part.strip() for part in (result.stdout, result.stderr) if part)
            raise TerraformFailed(f"terraform {arguments[0]} failed\n{said}")
        return result.stdout

    def prepare(self) -> None:
        """`terraform init`, as cdktf does before a deploy, unless it was done."""
        if not (self._directory / ".terraform").is_dir():
            self.run("init", "-input=false", "-no-color")

    def state(self) -> dict[str, Any]:
        """The recorded state; empty before the first apply."""
        text = self.run("state", "pull").strip()
        return json.loads(text) if text else {}

    def plan(self, file: Path, targets: Sequence[str]) -> dict[str, Any]:
        """Plan only the targets (and what they depend on) into `file`; returns it as JSON."""
        chosen = [f"-target={target}" for target in targets]
        self.run("plan", "-input=false", "-no-color", f"-out={file}", *chosen)
        return json.loads(self.run("show", "-json", str(file)))

    def apply(self, file: Path) -> None:
        """Apply a plan."""
        self.run("apply", "-input=false", "-no-color", str(file))


@cache
def _variables() -> dict[str, str]:
    """This process's environment, and what lets Terraform find its provider."""
    return {**environment.tools(), "TF_IN_AUTOMATION": "1"}


def recorded(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Address to attributes of everything in a state, data sources (`data.`) included."""
    found = {}
    for resource in state.get("resources", []):
        prefix = "data." if resource.get("mode") == "data" else ""
        for instance in resource.get("instances", []):
            address = f"{prefix}{resource['type']}.{resource['name']}"
            if "deposed" not in instance:
                found[address] = instance.get("attributes") or {}
    return found
