"""One HAProxy: its process, its reloads, and commands to it while it runs."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from emulator.dataplane import daemons

log = logging.getLogger("emulator")

RELOAD_SECONDS = 10


class Proxy:
    """Started with its first configuration."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        #: For commands (HAProxy Management Guide, "Unix Socket commands").
        self.socket = folder / "admin.sock"
        self._file = folder / "haproxy.cfg"
        self._log = folder / "haproxy.log"
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, text: str) -> None:
        """Start, or reload; returns when the new configuration is in force.

        A configuration that HAProxy refuses leaves the old one in force. Raises RuntimeError.
        """
        candidate = self._file.with_suffix(".new")
        candidate.write_text(text, encoding="utf-8")
        check = ["haproxy", "-c", "-q", "-f", str(candidate)]
        checked = subprocess.run(check, capture_output=True, text=True, check=False)
        if checked.returncode:
            raise RuntimeError(f"HAProxy refuses its configuration:\n{checked.stderr}")
        candidate.replace(self._file)
        before = ""
        if self._process is not None and self._process.poll() is None:
            before = self._worker()
            self._process.send_signal(signal.SIGUSR2)
        else:
            self.close()
            command = ["haproxy", "-W", "-f", str(self._file)]
            self._process = daemons.spawn(command, self._log, folder=self._folder)
        end = time.monotonic() + RELOAD_SECONDS
        while self._worker() in ("", before):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"HAProxy did not start:\n{self._said()}")
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def command(self, commands: Sequence[str]) -> str:
        """Give commands; what HAProxy said. OSError: it does not listen."""
        said = b""
        for start in range(0, len(commands), 40):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall((";".join(commands[start : start + 40]) + "\n").encode())
                while data := connection.recv(65536):
                    said += data
        return said.decode()

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            daemons.end(self._process, signal.SIGTERM, 2)
            self._process = None

    def destroy(self) -> None:
        """End it and every connection at once."""
        if self._process is not None:
            daemons.destroy(self._process)
            self._process = None

    def _worker(self) -> str:
        """Process id of the worker that answers; empty while none does."""
        try:
            lines = self.command(["show info"]).splitlines()
        except OSError:
            return ""
        return next((line.split()[1] for line in lines if line.startswith("Pid:")), "")

    def _said(self) -> str:
        return self._log.read_text()[-2000:]
