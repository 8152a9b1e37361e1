"""ElastiCache replication groups as running Redis nodes behind their door."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from moto.elasticache.models import elasticache_backends

from emulator.dataplane import daemons
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.names import Names
from emulator.dataplane.redis_server import RedisServer
from emulator.patches import elasticache_user_groups

log = logging.getLogger("emulator")


class _Group:
    def __init__(self, node: RedisServer, password: str) -> None:
        self.node = node
        self.password = password
        self.door: subprocess.Popen[bytes] | None = None
        self.users: dict[str, str] = {}
        self.host = ""


class Caches:
    """Starts, steers and ends them."""

    def __init__(
        self, account: str, folder: Path, addresses: Addresses, authority: Authority, names: Names
    ) -> None:
        self._account = account
        self._folder = folder
        self._addresses = addresses
        self._authority = authority
        self._names = names
        self.running: dict[str, _Group] = {}

    def reconcile(self) -> None:
        """One look."""
        wanted = {
            group.arn: (backend, group)
            for backend in elasticache_backends[self._account].values()
            for group in backend.replication_groups.values()
        }
        for arn in [arn for arn in self.running if arn not in wanted]:
            self._end(self.running.pop(arn))
        for arn, (backend, group) in wanted.items():
            if arn not in self.running:
                self._begin(arn, group)
            self._steer(arn, backend, group)

    def close(self) -> None:
        """End all of them."""
        for group in self.running.values():
            self._end(group)

    def _begin(self, arn: str, group: Any) -> None:
        region = arn.split(":")[3]
        password = secrets.token_hex(24)
        address = self._addresses.take(f"cache-{arn}")
        folder = self._folder / f"{region}-{address}"
        node = RedisServer(folder, password)
        node.start()
        running = _Group(node, password)
        running.host = _endpoint(group)
        self.running[arn] = running
        self._names.set(running.host, address)
        self._open(arn)
        log.info("Redis of %s listens on %s", running.host, address)

    def _open(self, arn: str) -> None:
        running = self.running[arn]
        if running.door is not None and running.door.poll() is None:
            return
        address = self._addresses.take(f"cache-{arn}")
        issued = self._authority.issue(running.host)
        region, name = arn.split(":")[3], arn.split(":")[-1]
        options = {
            "address": address,
            "port": 6379,
            "certificate": str(issued.certificate),
            "key": str(issued.key),
            "node": str(running.node.socket),
            "password": running.password,
            "check_url": f"{os.environ['EMULATOR_URL']}/_emulator/redis-login/{region}/{name}",
        }
        file = running.node.socket.with_name("door.json")
        file.touch(mode=0o600)
        file.write_text(json.dumps(options))
        running.door = daemons.spawn(
            [sys.executable, "-m", "emulator.dataplane.redis_door", str(file)],
            file.with_name("door.log"),
            environment={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def _steer(self, arn: str, backend: Any, group: Any) -> None:
        running = self.running[arn]
        if not running.node.is_running():
            running.node.start()
            running.users = {}
        self._open(arn)
        for user_group in group.user_group_ids or []:
            known = elasticache_user_groups.groups(backend).get(user_group)
            for name in _users(known):
                user = backend.users.get(name)
                if user is None or user.name == "default":
                    continue
                if running.users.get(user.name) != user.access_string:
                    running.node.user(user.name, user.access_string)
                    running.users[user.name] = user.access_string

    @staticmethod
    def _end(running: _Group) -> None:
        if running.door is not None:
            daemons.end(running.door, signal.SIGTERM, 2)
        running.node.close()


def _endpoint(group: Any) -> str:
    return str(group.node_groups[0]["primary_endpoint"]["address"])


def _users(user_group: Any) -> list[str]:
    if user_group is None:
        return []
    if isinstance(user_group, dict):
        return list(user_group.get("UserIds") or user_group.get("user_ids") or [])
    return list(user_group.user_ids)
