"""One container as a process: its environment, its log, its health."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.dataplane import daemons
from emulator.dataplane.images import Image

#: Exit code of a process that the kernel killed, as a shell counts.
KILLED = 128 + signal.SIGKILL


class Container:
    """Runs from start to exit; never again."""

    def __init__(
        self,
        definition: dict[str, Any],
        image: Image,
        address: str,
        environment: dict[str, str],
        folder: Path,
        log: Callable[[list[str]], None],
    ) -> None:
        self.definition = definition
        self.address = address
        self.started = time.monotonic()
        self.health = "UNKNOWN" if definition.get("healthCheck") else "NONE"
        self.reason = ""
        self._folder = folder
        self._failures = 0
        self._checked = 0.0
        self._checking = False
        self._stopping: float | None = None
        self._killed_for_memory = False
        folder.mkdir(parents=True)
        (folder / "tmp").mkdir()
        path = f"{image.programs}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        self._environment = {
            **image.environment,
            **environment,
            "PATH": path,
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "SUPERSET_HOME": str(folder),
            "LANG": "C.UTF-8",
        }
        arguments = definition.get("command") or image.command
        entrypoint = definition.get("entryPoint") or image.entrypoint
        read, write = os.pipe()
        self._process = daemons.spawn([*entrypoint, *arguments], write, self._environment, folder)
        os.close(write)
        self._reader = threading.Thread(target=_read, args=(read, log), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the container's first process."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; as Docker counts, signals from 128 on."""
        code = self._process.poll()
        if code is None:
            return None
        return 128 - code if code < 0 else code

    def stop(self) -> None:
        """SIGTERM now, SIGKILL after the stop timeout (tick)."""
        if self._stopping is None:
            self._stopping = time.monotonic()
            # The first process of a container gets it, not its children.
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
                self._process.send_signal(signal.SIGCONT)

    def tick(self, memory: int | None) -> None:
        """Enforce the stop timeout and the memory limit (MiB)."""
        timeout = self.definition.get("stopTimeout", 30)
        if self._stopping is not None and time.monotonic() - self._stopping > timeout:
            daemons.send(self._process, signal.SIGKILL)
        if memory is not None and resident(self._process.pid) > memory * 1024 * 1024:
            self._killed_for_memory = True
            self.reason = "OutOfMemoryError: Container killed due to memory usage"
            daemons.send(self._process, signal.SIGKILL)

    def finish(self) -> None:
        """After the exit: nothing of its group stays, and its log is complete."""
        daemons.send(self._process, signal.SIGKILL)
        self._process.wait()
        self._reader.join(5)

    def due(self, pace: float) -> bool:
        """Whether it is time for a health check."""
        check = self.definition.get("healthCheck")
        return (
            check is not None
            and not self._checking
            and self.exit_code() is None
            and time.monotonic() - self._checked > check.get("interval", 30) / pace
        )

    def check(self, pace: float) -> None:
        """Run the health check once (AWS: HealthCheck in the ECS API Reference)."""
        self._checking = True
        try:
            check = self.definition["healthCheck"]
            passed = self._passes(check["command"], check.get("timeout", 5))
            self._checked = time.monotonic()
            if passed:
                self._failures = 0
                self.health = "HEALTHY"
                return
            young = time.monotonic() - self.started < check.get("startPeriod", 0) / min(pace, 3)
            if self.health != "HEALTHY" and young:
                return
            self._failures += 1
            if self._failures >= check.get("retries", 3):
                self.health = "UNHEALTHY"
        finally:
            self._checking = False

    def _passes(self, command: list[str], timeout: float) -> bool:
        kind, *words = command
        if kind == "CMD-SHELL":
            # Every container has a loopback interface of its own on AWS.
            words = ["sh", "-c", words[0].replace("localhost", self.address)]
        try:
            done = subprocess.run(
                words,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=timeout,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError):
            return False
        return done.returncode == 0


def resident(group: int) -> int:
    """Bytes that a process group occupies, shared pages counted once per process group.

    Proportional sizes are what a cgroup would count; they cost more to read than resident ones.
    """
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getpgid(int(entry.name)) != group:
                continue
            text = (entry / "smaps_rollup").read_text()
        except (OSError, ProcessLookupError):
            continue
        for line in text.splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def _read(descriptor: int, log: Callable[[list[str]], None]) -> None:
    """Lines as they come."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while data := stream.read(65536):
            *lines, rest = (rest + decoder.decode(data)).split("\n")
            if lines:
                log(lines)
    if rest:
        log([rest])
