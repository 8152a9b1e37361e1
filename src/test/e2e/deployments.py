"""The environments that the session deploys, side by side: most of a deploy is waiting.

With SUPERSET_E2E_FOLDER set, emulators and workspaces stay there after the session, and the next
session takes them up as they are: for work on the tests.
"""

import json
import os
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from emulators import Emulator
from environments import PROD, Environment
from workspaces import Workspace

KEPT = os.environ.get("SUPERSET_E2E_FOLDER")


@dataclass
class Deployment:
    """An environment on its emulator."""

    environment: Environment
    emulator: Emulator
    workspace: Workspace
    facts: dict[str, Any]
    """What the scenario that deployed it noted."""


Scenario = Callable[[Workspace], dict[str, Any]]


class Deployments:
    """Runs scenarios in the background, at most two at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(KEPT) if KEPT else folder
        self._pool = ThreadPoolExecutor(2)
        self._futures: dict[str, Future[Deployment]] = {}
        self._emulators: list[Emulator] = []

    def start(self, name: str, environment: Environment, scenario: Scenario) -> None:
        """Begin a scenario unless it has begun."""
        if name not in self._futures:
            self._futures[name] = self._pool.submit(self._deploy, name, environment, scenario)

    def wait(self, name: str) -> Deployment:
        """The finished deployment; every test that needs one that failed ends with its error."""
        try:
            return self._futures[name].result()
        except Exception as error:
            pytest.fail(f"{name} was not deployed: {error}", pytrace=False)

    def close(self) -> None:
        """Stop the emulators."""
        self._pool.shutdown(cancel_futures=True)
        if not KEPT:
            for emulator in self._emulators:
                emulator.stop()

    def _deploy(self, name: str, environment: Environment, scenario: Scenario) -> Deployment:
        folder = self._folder / name
        emulator = self._emulator(folder / "emulator", environment)
        self._emulators.append(emulator)
        workspace = Workspace.create(folder / "workspace", environment, emulator)
        noted = folder / "facts.json"
        if noted.exists():
            return Deployment(environment, emulator, workspace, json.loads(noted.read_text()))
        try:
            facts = scenario(workspace)
        except BaseException:
            (folder / "error.txt").write_text(traceback.format_exc())
            raise
        noted.write_text(json.dumps(facts))
        return Deployment(environment, emulator, workspace, facts)

    @staticmethod
    def _emulator(folder: Path, environment: Environment) -> Emulator:
        account = environment.account
        ready = folder / "ready.json"
        if KEPT and ready.exists():
            return Emulator(json.loads(ready.read_text())["url"], account, None)
        # Production really runs; in the others tasks are records, which two cores can carry too.
        run = environment == PROD
        return Emulator.start(account, folder, run=run, detached=bool(KEPT))
