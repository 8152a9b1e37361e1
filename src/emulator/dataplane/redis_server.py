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
PORT = 6379


class RedisServer:
    """One node. Clients come through the door to its socket file; its address is for replicas."""

    def __init__(self, folder: Path, address: str, password: str) -> None:
        self._folder = folder
        self._address = address
        self._password = password
        self.process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "redis.sock"
        folder.mkdir(parents=True)

    def start(self, policy: str = "volatile-lru") -> None:
        """Returns when it answers."""
        (self._folder / "users.acl").write_text(
            f"user default off -@all\nuser {ADMIN} on >{self._password} ~* &* +@all\n"
        )
        options = ["--bind", self._address, "--port", str(PORT), "--unixsocket", str(self.socket)]
        options += ["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"]
        options += ["--aclfile", str(self._folder / "users.acl"), "--dir", str(self._folder)]
        options += ["--maxmemory-policy", policy, "--maxmemory", "256mb"]
        self.process = daemons.spawn(
            ["redis-server", *options], self._folder / "log", folder=self._folder
        )
        end = time.monotonic() + 10
        while True:
            try:
                self.admin().ping()
                return
            except redis.RedisError:
                if self.process.poll() is not None or time.monotonic() > end:
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

    def follow(self, source: RedisServer) -> None:
        """Become a replica. Users are not replicated."""
        admin = self.admin()
        admin.config_set("masteruser", ADMIN)
        admin.config_set("masterauth", self._password)
        admin.replicaof(source._address, PORT)

    def promote(self) -> None:
        """Become a primary, with what has arrived until now."""
        self.admin().replicaof("NO", "ONE")

    def has_copy(self) -> bool:
        """Whether a replica got its primary's data at least once."""
        if not self.is_running():
            return False
        told = self.admin().info("replication")
        # 1 is said before the first copy is there.
        return told["role"] == "slave" and int(told["slave_repl_offset"]) > 1

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """At once."""
        if self.process is not None:
            daemons.end(self.process, signal.SIGTERM, 5)
            self.process = None

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
