"""A copy of the project in which cdktf and Terraform run without disturbing another run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulators import Emulator
from environments import Environment

from commands import copies
from commands import environment as tools

COPIED = (
    "Makefile",
    "cdktf.json",
    "main.tf.json-snapshots",
    "package.json",
    "pom.xml",
    "regions",
    "src/main",
    "src/commands",
    "src/emulator",
)
#: Large and only read; .build/app holds the compiled platform of every version of the sources.
SHARED = (".venv", "node_modules", ".build/app")
PARALLELISM = 30


@dataclass(frozen=True)
class Result:
    """What a command left."""

    command: str
    code: int
    output: str

    def ok(self) -> "Result":
        """Itself; an error with the end of the output where the command failed."""
        if self.code != 0:
            raise AssertionError(f"{self.command}: exit {self.code}\n{self.output[-6000:]}")
        return self


class Workspace:
    """The project with an environment chosen, and its cdktf.out; talks to one emulator."""

    def __init__(self, root: Path, chosen: Environment, emulator: Emulator) -> None:
        self.root = root
        self.environment = chosen
        self.emulator = emulator
        self.printed: list[str] = []

    @staticmethod
    def create(root: Path, chosen: Environment, emulator: Emulator) -> "Workspace":
        """Copy what a deploy reads."""
        copies.make(root, COPIED, SHARED)
        return Workspace(root, chosen, emulator)

    @property
    def output(self) -> Path:
        """Where stacks are synthesized to."""
        return self.root / "cdktf.out"

    def folder(self, stack: str) -> Path:
        """Where Terraform runs for a stack."""
        return self.output / "stacks" / stack

    def variables(self) -> dict[str, str]:
        """The environment of every command."""
        return {
            **tools.emulator(self.emulator.url),
            "SUPERSET_ENVIRONMENT": self.environment.name,
            "PYTHONPATH": str(self.root / "src"),
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_ARGS_apply": f"-parallelism={PARALLELISM}",
            "TF_CLI_ARGS_destroy": f"-parallelism={PARALLELISM}",
        }

    def run(
        self,
        *command: str,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
        timeout: float = 1500,
    ) -> Result:
        """Run to the end."""
        started = time.monotonic()
        result = subprocess.run(
            command,
            cwd=folder or self.root,
            env={**self.variables(), **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.printed.append(result.stdout)
        said = " ".join(command)
        where = folder.name if folder else self.environment.name
        print(f"[{time.monotonic() - started:5.0f} s] {where}: {said}: exit {result.returncode}")
        return Result(said, result.returncode, result.stdout)

    def command(self, name: str, *arguments: str, **options: Any) -> Result:
        """One of the project's commands: python -m commands.NAME."""
        return self.run(sys.executable, "-m", f"commands.{name}", *arguments, **options)

    def cdktf(self, *arguments: str, **options: Any) -> Result:
        """The CDKTF command line."""
        return self.run("cdktf", *arguments, **options)

    def synthesize(self, **options: Any) -> None:
        """Write cdktf.out anew, as cdktf's app command does."""
        variables = {"CDKTF_OUTDIR": str(self.output), **options.pop("variables", {})}
        self.run("src/commands/app.sh", variables=variables, **options).ok()

    def terraform(self, stack: str, *arguments: str, **options: Any) -> Result:
        """Terraform in a stack's folder."""
        return self.run("terraform", *arguments, folder=self.folder(stack), **options)

    def initialize(self, stack: str, *arguments: str) -> None:
        """`terraform init`."""
        self.terraform(stack, "init", "-input=false", "-no-color", *arguments).ok()

    def apply(self, stack: str, **options: Any) -> Result:
        """Apply without asking."""
        return self.terraform(
            stack, "apply", "-auto-approve", "-input=false", "-no-color", **options
        )

    def start_apply(self, stack: str, log: Path) -> subprocess.Popen[bytes]:
        """Apply as a process group of its own, which a test may kill."""
        with log.open("wb") as output:
            return subprocess.Popen(
                ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"],
                cwd=self.folder(stack),
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def try_plan(self, stack: str) -> Result:
        """A plan that may fail."""
        return self.terraform(stack, "plan", "-input=false", "-no-color")

    def plan(self, stack: str, *arguments: str) -> "Plan":
        """A plan, as Terraform's JSON, with its file beside it."""
        file = self.folder(stack) / "e2e.plan"
        self.terraform(stack, "plan", "-input=false", "-no-color", f"-out={file}", *arguments).ok()
        shown = subprocess.run(
            ["terraform", "show", "-json", str(file)],
            cwd=self.folder(stack),
            env=self.variables(),
            capture_output=True,
            text=True,
            check=True,
        )
        return Plan(file, json.loads(shown.stdout))

    def outputs(self, stack: str) -> dict[str, Any]:
        """Terraform's outputs of a stack by name."""
        shown = subprocess.run(
            ["terraform", "output", "-json"],
            cwd=self.folder(stack),
            env=self.variables(),
            capture_output=True,
            text=True,
            check=True,
        )
        return {name: output["value"] for name, output in json.loads(shown.stdout).items()}

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Change a file of the copy; it must really change."""
        path = self.root / file
        before = path.read_text()
        after = change(before)
        assert after != before, f"{file} stays as it is"
        path.write_text(after)


@dataclass(frozen=True)
class Plan:
    """A saved plan."""

    file: Path
    document: dict[str, Any]

    def changes(self) -> dict[str, list[str]]:
        """Address to actions of everything that the plan changes."""
        return {
            change["address"]: change["change"]["actions"]
            for change in self.document.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def changed_attributes(self) -> dict[str, set[str]]:
        """Address to the attributes that an update in place changes."""
        found = {}
        for change in self.document.get("resource_changes", []):
            if "update" in change["change"]["actions"] or "delete" in change["change"]["actions"]:
                before, after = change["change"]["before"] or {}, change["change"]["after"] or {}
                unknown = change["change"].get("after_unknown") or {}
                found[change["address"]] = {
                    name
                    for name in before.keys() | after.keys()
                    if before.get(name) != after.get(name) and unknown.get(name) is not True
                }
        return found

    def has_output_changes(self) -> bool:
        """Whether an output would change."""
        return any(
            change["actions"] != ["no-op"]
            for change in self.document.get("output_changes", {}).values()
        )
