"""A Redis as ElastiCache runs it, behind the door that checks who comes (redis_door)."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import redis

from emulator.dataplane import daemons

ADMIN = "emulator"


class RedisServer:
    """One node. Clients never reach it: it listens on a socket file."""

    def __init__(self, folder: Path, password: str) -> None:
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "redis.sock"
        folder.mkdir(parents=True)

    def start(self, policy: str = "volatile-lru", source: RedisServer | None = None) -> None:
        """Returns when it answers."""
        (self._folder / "users.acl").write_text(
            f"user default off -@all\nuser {ADMIN} on >{self._password} ~* &* +@all\n"
        )
        options = [
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        options += ["--aclfile", str(self._folder / "users.acl"), "--dir", str(self._folder)]
        options += ["--maxmemory-policy", policy, "--maxmemory", "256mb"]
        self._process = daemons.spawn(
            ["redis-server", *options], self._folder / "log", folder=self._folder
        )
        end = time.monotonic() + 10
        while True:
            try:
                self.admin().ping()
                return
            except redis.RedisError:
                if self._process.poll() is not None or time.monotonic() > end:
                    text = (self._folder / "log").read_text()[-2000:]
                    raise RuntimeError(f"Redis did not start:\n{text}") from None
                time.sleep(0.05)

    def admin(self) -> redis.Redis:
        """A client that may do everything."""
        return redis.Redis(
            unix_socket_path=str(self.socket), username=ADMIN, password=self._password
        )

    def user(self, name: str, access: str) -> None:
        """Make or change a user; the door knows its password and nobody else."""
        rules = [rule for rule in access.split() if rule not in ("on", "off")]
        state = "on" if "on" in access.split() else "off"
        self.admin().execute_command(
            "ACL", "SETUSER", name, "reset", state, f">{self._password}", *rules
        )

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """At once."""
        if self._process is not None:
            daemons.end(self._process, signal.SIGTERM, 5)
            self._process = None

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
