"""An emulator of its own for a test session: a process, its control API, boto3 clients."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from commands.waiting import InVain, until

SOURCES = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 60


class Emulator:
    """One account of the local AWS."""

    def __init__(self, url: str, account: str, process: subprocess.Popen[bytes] | None) -> None:
        self.url = url
        self.account = account
        self._process = process

    @staticmethod
    def start(account: str, folder: Path, run: bool = False, detached: bool = False) -> "Emulator":
        """Start a process that logs into the folder; returns when it listens.

        :param run: tasks, databases, caches and load balancers really run
        :param detached: it outlives the tests
        """
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "emulator", "--account", account]
        command += ["--log", str(folder / "emulator.log"), "--ready", str(ready)]
        command += ["--run"] if run else []
        with (folder / "emulator.out").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(SOURCES)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=detached,
            )
        try:
            until(
                "the emulator listens",
                ready.exists,
                START_SECONDS,
                hopeless=lambda: process.poll() is not None,
                said=(folder / "emulator.out").read_text,
            )
        except InVain:
            process.kill()
            raise
        return Emulator(json.loads(ready.read_text())["url"], account, process)

    def stop(self) -> None:
        """End the process that was started here."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of a region, as the tests' own principal."""
        return boto3.session.Session(
            aws_access_key_id="emulator-test",
            aws_secret_access_key="emulator",
            region_name=region,
        ).client(
            service,
            endpoint_url=self.url,
            config=Config(retries={"max_attempts": 1}, read_timeout=120),
        )

    def pages(
        self, service: str, region: str, operation: str, key: str, **arguments: Any
    ) -> list[Any]:
        """All elements of a listing operation."""
        client = self.client(service, region)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**arguments)
        else:
            pages = [getattr(client, operation)(**arguments)]
        return [item for page in pages for item in page.get(key) or []]

    def requests(self, since: int = 0, **equal: str) -> list[dict[str, Any]]:
        """Recorded requests from a number on whose fields equal those given."""
        query = "&".join(f"{name}={value}" for name, value in {"since": since, **equal}.items())
        return self._control("GET", f"requests?{query}")["requests"]

    def next_request(self) -> int:
        """Number that the next request will get."""
        return self._control("GET", "health")["requests"]

    def plane(self) -> dict[str, Any]:
        """What really runs: addresses, names, the balancer's certificates, every task."""
        return dict(self._control("GET", "dataplane"))

    def bind_image(self, digest: str, folder: Path) -> None:
        """Let a digest be the image of another folder."""
        self._control("POST", "images", {"digest": digest, "folder": str(folder)})

    def tasks(self, service: str, region: str) -> list[dict[str, Any]]:
        """Running tasks of a service, each with its process."""
        return [
            task
            for task in self.plane()["tasks"]
            if task["group"] == f"service:{service}"
            and task["region"] == region
            and task["status"] == "RUNNING"
        ]

    def fail(self, **fault: Any) -> None:
        """Put a fault in force (see the emulator's control API)."""
        self._control("POST", "faults", fault)

    def clear_faults(self) -> None:
        """Lift every fault."""
        self._control("DELETE", "faults")

    @contextmanager
    def refusing(self, regions: Sequence[str]) -> Iterator[None]:
        """While it lasts no regional endpoint of the regions answers."""
        self._control("POST", "refuse", {"regions": list(regions)})
        try:
            yield
        finally:
            self._control("POST", "refuse", {"regions": []})

    def _control(self, method: str, path: str, document: Any = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
