"""Removes each protection in turn, and sees whether its test notices.

mutations.yaml says what is taken away, by a text and what stands there instead, and which test must
fail then. It is done in a copy of the project, one mutation at a time. A test that passes without
the protection shows nothing; neither does one that fails with it, so all of them run on the
untouched copy first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from commands import copies
from commands.environment import ROOT

MUTATIONS = Path(__file__).with_name("mutations.yaml")

#: What tests read.
COPIED = (
    *("cdktf.json", "package.json", "package-lock.json", "pom.xml", "pyproject.toml", "Makefile"),
    *("README.md", "CONTRIBUTING.md", "docs", "regions", "src", "main.tf.json-snapshots"),
)
SHARED = (".venv", "node_modules", ".build/superset", ".build/checkov")

_JAVA = "src/main/java/"
_SNAPSHOTS = "main.tf.json-snapshots"

#: A test of the real Superset starts all of it.
_TIMEOUT = 1800


@dataclass(frozen=True)
class Mutation:
    """One protection taken away.

    :ivar protection: what holds as long as it is there
    :ivar file: in which it is
    :ivar old: text that is there once, with whatever space between its words
    :ivar new: what stands there instead
    :ivar test: that must fail, such as ``KeysTest::aKeyRotates`` or ``test_waf.py::test_attack``
    """

    protection: str
    file: str
    old: str
    new: str
    test: str

    def applied(self, text: str) -> str:
        """The file's text without the protection."""
        pattern = r"\s+".join(map(re.escape, self.old.split()))
        changed, places = re.subn(pattern, lambda _: self.new, text)
        if places != 1:
            raise ValueError(f"{self.file}: not there once: {self.old!r}")
        return changed

    @property
    def in_java(self) -> bool:
        """Whether its test is one of Java's."""
        return not self.test.partition("::")[0].endswith(".py")


class Outcome(Enum):
    """What a run of tests says."""

    PASSED = "passed"
    FAILED = "failed"
    #: Neither: it does not compile, a fixture failed, a test is not there.
    BROKEN = "broken"


def load(path: Path = MUTATIONS) -> list[Mutation]:
    """Every mutation."""
    return [Mutation(**one) for one in yaml.safe_load(path.read_text())]


def test_file(name: str, root: Path = ROOT) -> Path:
    """Of a Python test by its file's name."""
    (found,) = (root / "src" / "test").rglob(name)
    return found


class Copy:
    """The project to take protections out of.

    :param root: an empty folder
    :param show: called with what a run printed that was neither passed nor failed
    """

    def __init__(self, root: Path, show: Callable[[str], None]) -> None:
        self.root = root
        self._show = show
        copies.make(root, COPIED, SHARED)

    def mutated(self, mutation: Mutation) -> Outcome:
        """Its test, without the protection; afterwards the copy is as it was."""
        path = self.root / mutation.file
        before = path.read_text()
        path.write_text(mutation.applied(before))
        try:
            if mutation.file.startswith(_JAVA) and not mutation.in_java:
                # Tests in Python read what Java synthesizes.
                accepted, output = self._run([self._python, "-m", "commands.snapshots"])
                if accepted:
                    return self._broken(output)
            return self.run([mutation.test])
        finally:
            path.write_text(before)
            shutil.copytree(ROOT / _SNAPSHOTS, self.root / _SNAPSHOTS, dirs_exist_ok=True)

    def run(self, tests: Iterable[str]) -> Outcome:
        """Tests of one kind: of Java, or of Python in one folder."""
        names = list(tests)
        return self._pytest(names) if ".py" in names[0] else self._surefire(names)

    def _surefire(self, tests: Sequence[str]) -> Outcome:
        chosen = ",".join(test.replace("::", "#") for test in tests)
        code, output = self._run(["mvn", "-q", "-B", f"-Dtest={chosen}", "test"])
        if not code:
            return Outcome.PASSED
        failed = re.search(r"Tests run: \d+, Failures: [1-9]", output)
        return Outcome.FAILED if failed else self._broken(output)

    def _pytest(self, tests: Sequence[str]) -> Outcome:
        chosen = []
        for test in tests:
            name, _, function = test.partition("::")
            chosen.append(f"{test_file(name, self.root).relative_to(self.root)}::{function}")
        code, output = self._run([self._python, "-m", "pytest", "-p", "no:cacheprovider", *chosen])
        if not code:
            return Outcome.PASSED
        # Of a fixture that fails pytest says "error".
        return Outcome.FAILED if re.search(r"\b\d+ failed", output) else self._broken(output)

    def _broken(self, output: str) -> Outcome:
        self._show(output)
        return Outcome.BROKEN

    @property
    def _python(self) -> str:
        return str(self.root / ".venv" / "bin" / "python")

    def _run(self, command: list[str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": "src",
                "PYTHONDONTWRITEBYTECODE": "1",
                "CHECKPOINT_DISABLE": "1",
                "JSII_NODE": "node --require ./src/commands/lazy-provider.js",
                "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return done.returncode, done.stdout


def groups(mutations: Iterable[Mutation]) -> list[list[str]]:
    """Tests that can run together: of Java, of each folder, and each file of the real Superset."""
    together: dict[str, list[str]] = {}
    for mutation in mutations:
        name = mutation.test.partition("::")[0]
        if mutation.in_java:
            key = "java"
        else:
            key = name if name.endswith("_run.py") else str(test_file(name).parent)
        tests = together.setdefault(key, [])
        if mutation.test not in tests:
            tests.append(mutation.test)
    return list(together.values())
