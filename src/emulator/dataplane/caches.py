"""ElastiCache replication groups as running Redis nodes behind their door."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
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
from emulator.patches import elasticache_replication_groups, elasticache_user_groups
from emulator.regions import regions

log = logging.getLogger("emulator")


class _Group:
    def __init__(self, folder: Path, host: str) -> None:
        self.folder = folder
        self.host = host
        self.password = secrets.token_hex(24)
        #: By the name of the member cluster.
        self.nodes: dict[str, RedisServer] = {}
        self.primary = ""
        self.door: subprocess.Popen[bytes] | None = None
        #: The access string that each user of a node has.
        self.users: dict[str, dict[str, str]] = {}


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
            if regions.is_lost(arn.split(":")[3]):
                self._destroy(self.running[arn])
            else:
                self._steer(arn, backend, group)

    def doors(self) -> dict[str, int]:
        """Host names to the process that admits their clients."""
        return {
            group.host: group.door.pid
            for group in list(self.running.values())
            if group.door is not None
        }

    def close(self) -> None:
        """End all of them."""
        for group in self.running.values():
            self._end(group)

    def _begin(self, arn: str, group: Any) -> None:
        address = self._addresses.take(f"cache-{arn}")
        folder = self._folder / f"{arn.split(':')[3]}-{address}"
        running = _Group(folder, _endpoint(group))
        self.running[arn] = running
        self._names.set(running.host, address, arn.split(":")[3])
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
            "node": str(running.nodes[running.primary].socket),
            "password": running.password,
            "check_url": f"{os.environ['EMULATOR_URL']}/_emulator/redis-login/{region}/{name}",
        }
        file = running.folder / "door.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(options))
        running.door = daemons.spawn(
            [sys.executable, "-m", "emulator.dataplane.redis_door", str(file)],
            file.with_name("door.log"),
            environment={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def _steer(self, arn: str, backend: Any, group: Any) -> None:
        running = self.running[arn]
        self._members(arn, group)
        chosen = self._primary(running, group)
        if chosen != running.primary:
            self._fail_over(running, chosen)
        for name in [chosen, *(name for name in running.nodes if name != chosen)]:
            node = running.nodes[name]
            if not node.is_running():
                node.start()
                running.users[name] = {}
                if name != chosen:
                    node.follow(running.nodes[chosen])
            self._admit(running, name, backend, group)
        self._open(arn)

    @staticmethod
    def _primary(running: _Group, group: Any) -> str:
        """As the API says; another where that one is gone and a replica has its data."""
        chosen = elasticache_replication_groups.primary(group)
        before = running.nodes.get(running.primary)
        if before is None:
            return chosen
        if before.is_running():
            is_ready = chosen == running.primary or running.nodes[chosen].has_copy()
            return chosen if is_ready else running.primary
        copies = [name for name, node in running.nodes.items() if node.has_copy()]
        if copies and chosen not in copies:
            chosen = copies[0]
            elasticache_replication_groups.promote(group, chosen)
        return chosen

    def _members(self, arn: str, group: Any) -> None:
        """A node for each member, not yet started; none without."""
        running = self.running[arn]
        for name in [name for name in running.nodes if name not in group.member_clusters]:
            running.nodes.pop(name).close()
            self._addresses.release(f"cache-{arn}-{name}")
        for name in group.member_clusters:
            if name not in running.nodes:
                address = self._addresses.take(f"cache-{arn}-{name}")
                # Short: the path of a socket has at most 107 characters.
                folder = running.folder / name.rpartition("-")[2]
                running.nodes[name] = RedisServer(folder, address, running.password)

    @staticmethod
    def _fail_over(running: _Group, chosen: str) -> None:
        """The old primary ends, and with it every connection; it comes back as a replica."""
        old, running.primary = running.nodes.get(running.primary), chosen
        if old is None:
            return
        old.stop()
        running.nodes[chosen].promote()
        for node in running.nodes.values():
            if node is not running.nodes[chosen] and node.is_running():
                node.follow(running.nodes[chosen])
        if running.door is not None:
            daemons.end(running.door, signal.SIGTERM, 2)
        log.info("Redis of %s: %s is the primary now", running.host, chosen)

    @staticmethod
    def _admit(running: _Group, name: str, backend: Any, group: Any) -> None:
        for user_group in group.user_group_ids or []:
            known = elasticache_user_groups.groups(backend).get(user_group)
            for one in _users(known):
                user = backend.users.get(one)
                if user is None or user.name == "default":
                    continue
                if running.users[name].get(user.name) != user.access_string:
                    running.nodes[name].user(user.name, user.access_string)
                    running.users[name][user.name] = user.access_string

    @staticmethod
    def _destroy(running: _Group) -> None:
        """As when its region is lost; what it held is gone."""
        for process in (running.door, *(node.process for node in running.nodes.values())):
            if process is not None and process.poll() is None:
                daemons.destroy(process)

    @staticmethod
    def _end(running: _Group) -> None:
        if running.door is not None:
            daemons.end(running.door, signal.SIGTERM, 2)
        for node in running.nodes.values():
            node.close()
        shutil.rmtree(running.folder, ignore_errors=True)


def _endpoint(group: Any) -> str:
    return str(group.node_groups[0]["primary_endpoint"]["address"])


def _users(user_group: Any) -> list[str]:
    if user_group is None:
        return []
    if isinstance(user_group, dict):
        return list(user_group.get("UserIds") or user_group.get("user_ids") or [])
    return list(user_group.user_ids)
