"""One container as a process: its environment, its log, its health.

Not enforced: a read-only root file system, CPU shares, users and ulimits of a task definition. What
is writable on AWS is writable here: a volume mounted at ``/tmp`` is TMPDIR, and other volumes are
where the image's variables name their mount points (SUPERSET_HOME).
"""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.dataplane import daemons
from emulator.dataplane.images import Image

#: Programs of the image that need help here.
PROGRAMS = Path(__file__).with_name("programs")
#: AWS: HealthCheck and stopTimeout of ContainerDefinition.
STOP_SECONDS = 30
#: How long the end of a log is waited for.
LOG_SECONDS = 2
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class Container:
    """Runs from start to exit; never again."""

    def __init__(
        self,
        definition: dict[str, Any],
        image: Image,
        address: str,
        environment: Mapping[str, str],
        folder: Path,
        mounts: Mapping[str, Path],
        log: Callable[[list[str]], None],
    ) -> None:
        """:param mounts: folder of a volume by the path where the container expects it"""
        self.definition = definition
        self.address = address
        self.started = time.monotonic()
        self.health = "UNKNOWN" if definition.get("healthCheck") else "NONE"
        self.reason = ""
        #: Bytes that it occupied when it was last measured (usage).
        self.memory = 0
        self._folder = folder
        self._failures = 0
        self._checked = 0.0
        self._checking = False
        self._stopping: float | None = None
        self._finished: float | None = None
        (folder / "tmp").mkdir(parents=True)
        self._environment = self._variables(image, environment, mounts)
        arguments = definition.get("command") or image.command
        entrypoint = definition.get("entryPoint") or image.entrypoint
        read, write = os.pipe()
        try:
            self._process = daemons.spawn(
                [*entrypoint, *arguments], write, self._environment, folder
            )
        finally:
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
        if self.reason == OUT_OF_MEMORY:
            return 128 + signal.SIGKILL
        return 128 - code if code < 0 else code

    def stop(self) -> None:
        """SIGTERM now, SIGKILL after the stop timeout (tick)."""
        if self._stopping is None:
            self._stopping = time.monotonic()
            # The first process of a container gets it, not its children.
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
                self._process.send_signal(signal.SIGCONT)

    def tick(self) -> None:
        """Enforce the stop timeout."""
        timeout = self.definition.get("stopTimeout") or STOP_SECONDS
        if self._stopping is not None and time.monotonic() - self._stopping > timeout:
            daemons.send(self._process, signal.SIGKILL)

    def kill_for_memory(self) -> None:
        """As the kernel does where a container's or its task's limit is passed."""
        self.reason = OUT_OF_MEMORY
        daemons.send(self._process, signal.SIGKILL)

    def destroy(self) -> None:
        """As when the machine under it is gone."""
        daemons.send(self._process, signal.SIGKILL)

    def finish(self) -> bool:
        """At the exit, or now: nothing of its group stays. Whether its log is complete, or will
        not be because a process that left the group holds it open."""
        if self._finished is None:
            self._finished = time.monotonic()
            daemons.forget(self._process)
        return not self._reader.is_alive() or time.monotonic() - self._finished > LOG_SECONDS

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
        check = self.definition["healthCheck"]
        try:
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

    def begin_check(self) -> None:
        """Before ``check``, which runs in another thread: none is due meanwhile."""
        self._checking = True

    def _variables(
        self, image: Image, environment: Mapping[str, str], mounts: Mapping[str, Path]
    ) -> dict[str, str]:
        own = {
            name: local(value, mounts) or image.local(value.replace("0.0.0.0", self.address))
            for name, value in image.environment.items()
        }
        if own.get("SUPERSET_HOME", "").startswith("/app/"):
            own["SUPERSET_HOME"] = str(self._folder)
        return {
            **own,
            **environment,
            "PATH": f"{image.programs}:{PROGRAMS}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": str(self._folder),
            "TMPDIR": str(mounts.get("/tmp", self._folder / "tmp")),
            "LANG": "C.UTF-8",
        }

    def _passes(self, command: list[str], timeout: float) -> bool:
        kind, *words = command
        words = words if kind == "CMD" else ["sh", "-c", words[0]]
        # Every task has a loopback interface of its own on AWS.
        for name in ("localhost", "127.0.0.1"):
            words = [word.replace(name, self.address) for word in words]
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            process = daemons.spawn(words, null, self._environment, self._folder)
        except OSError:
            return False
        finally:
            os.close(null)
        try:
            return process.wait(timeout) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            daemons.forget(process)


def local(value: str, mounts: Mapping[str, Path]) -> str | None:
    """A path in a container as the path here; None where no volume is mounted there."""
    for path, folder in mounts.items():
        if value == path or value.startswith(f"{path}/"):
            return str(folder) + value.removeprefix(path)
    return None


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
