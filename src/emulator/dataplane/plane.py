"""The one thread that makes the world like the API's state."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from moto.moto_api import state_manager

from emulator import lock
from emulator.dataplane import databases, redis_login, usage
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.balancer import Balancer
from emulator.dataplane.caches import Caches
from emulator.dataplane.databases import Databases
from emulator.dataplane.images import Images
from emulator.dataplane.links import Links
from emulator.dataplane.names import Names
from emulator.dataplane.scaling import Scaling
from emulator.dataplane.services import Services
from emulator.dataplane.targets import Targets
from emulator.dataplane.tasks import Running, Tasks
from emulator.functions import execution
from emulator.principals import role_credentials

log = logging.getLogger("emulator")

TICK_SECONDS = 0.25
MEASURE_SECONDS = 3
SETTLE_SECONDS = 60


class Dataplane:
    """Everything that runs."""

    def __init__(
        self, account: str, folder: Path, image: Path, programs: Path, pace: float
    ) -> None:
        self._account = account
        folder.chmod(0o755)
        self.addresses = Addresses()
        self.authority = Authority(folder / "authority")
        self.names = Names(folder / "hosts")
        self.links = Links(folder / "links", self.addresses, self.names)
        self.pace = pace
        execution.world = self._reach
        world = (self.addresses, self.authority, self.names)
        self.databases = Databases(account, folder / "databases", *world)
        self.caches = Caches(account, folder / "caches", *world)
        self.tasks = Tasks(account, folder / "tasks", Images(image, programs), *world)
        self.targets = Targets(account, pace)
        self.services = Services(account, self.tasks, self.targets, pace)
        self.scaling = Scaling(account, pace)
        self.balancer = Balancer(account, folder / "balancer", *world, self.targets, _free_port())
        self._checks = ThreadPoolExecutor(16, thread_name_prefix="health")
        self._measured = 0.0
        self._looks = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dataplane", daemon=True)
        # What moto would advance by itself at each look, is advanced here.
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1 << 60})
        databases.install()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End everything; returns when it has ended."""
        self._stopping.set()
        self._thread.join()
        self._checks.shutdown(wait=False, cancel_futures=True)
        self.addresses.close()

    def settle(self) -> None:
        """Wait until the world is like the API's state, or seems never to become so."""
        seen = self._looks
        end = time.monotonic() + SETTLE_SECONDS
        # The look that is under way may have begun before.
        while self._looks < seen + 2 and time.monotonic() < end:
            time.sleep(0.02)

    def credentials(self, token: str) -> dict[str, str] | None:
        """What the SDK in a container asks for (AWS: container credential provider)."""
        task = next((t for t in self.tasks.running.values() if t.token == token), None)
        if task is None or task.is_stopped():
            return None
        with lock.held():
            role = task.definition.task_role_arn
            found = role_credentials(
                self._account, task.record.region_name, role, f"task-{task.id[:32]}"
            )
        return {
            "AccessKeyId": found["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": found["AWS_SECRET_ACCESS_KEY"],
            "Token": found["AWS_SESSION_TOKEN"],
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
            "RoleArn": role,
        }

    def _reach(self, region: str) -> dict[str, str]:
        """What a function in a region needs to reach what runs here."""
        bundle = str(self.authority.bundle)
        return {**self.names.environment(region), "SSL_CERT_FILE": bundle}

    def redis_login(self, region: str, group: str, user: str, token: str) -> bool:
        """Whether a token opens Redis."""
        del region
        with lock.held():
            return redis_login.is_valid(self._account, user, token, group)

    def host(self, name: str) -> dict[str, Any]:
        """A place for a server that is not AWS's: tasks resolve its name, its certificate is ours.

        :return: address of its own, and files of the certificate and the key
        """
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name):
            raise ValueError(f"{name!r} is no host name")
        address = self.addresses.take(f"host-{name}")
        self.names.set(name, address)
        issued = self.authority.issue(name)
        files = {"certificate": str(issued.certificate), "key": str(issued.key)}
        return {"address": address, **files}

    def describe(self) -> dict[str, Any]:
        """For tests and for people."""
        hosts = [host for host in self.balancer.hosts() if "*" not in host]
        domain = min(hosts, key=len, default="")
        return {
            "url": f"https://{domain}.localhost:{self.balancer.port}" if domain else None,
            "domain": domain,
            "ca": str(self.authority.bundle),
            "spki": self.authority.pin(),
            "names": self.names.all(),
            "seen": self.names.seen(),
            "doors": self.caches.doors(),
            "tasks": [_task(task) for task in self.tasks.running.values()],
        }

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._tick()
            except Exception:
                log.exception("DATA PLANE FAILED")
            self._looks += 1
        self._end()

    def _tick(self) -> None:
        self.databases.reconcile()
        self.caches.reconcile()
        with lock.held():
            self.tasks.find()
            self.scaling.reconcile()
            self.services.reconcile()
            for task in list(self.tasks.running.values()):
                self.tasks.advance(task)
            self.targets.sweep()
            due = self.targets.due()
            self.balancer.look()
        self.balancer.act()
        self.links.reconcile([*self.databases.endpoints(), *self.balancer.endpoints()])
        for task, group in due:
            self._checks.submit(self.targets.probe, task, group)
        for task in list(self.tasks.running.values()):
            for container in task.containers:
                if container.due(self.pace):
                    container.begin_check()
                    self._checks.submit(container.check, self.pace)
        if time.monotonic() - self._measured > MEASURE_SECONDS:
            self._measured = time.monotonic()
            self._checks.submit(self._measure)

    def _measure(self) -> None:
        """Reading what processes occupy takes some milliseconds each."""
        tasks = [task for task in list(self.tasks.running.values()) if not task.is_stopped()]
        sizes = usage.resident({c.pid for task in tasks for c in task.containers})
        for task in tasks:
            for container in task.containers:
                container.memory = sizes.get(container.pid, 0)
            self.tasks.limit_memory(task)

    def _end(self) -> None:
        self.balancer.close()
        self.links.close()
        for task in self.tasks.running.values():
            for container in task.containers:
                container.finish()
        self.caches.close()
        self.databases.close()


def _task(task: Running) -> dict[str, Any]:
    pids = {member.name: c.pid for member in task.members if (c := member.container)}
    return {
        "task": task.record.task_arn,
        "group": task.record.group,
        "region": task.record.region_name,
        "revision": task.record.task_definition_arn,
        "pid": next(iter(pids.values()), None),
        "pids": pids,
        "address": task.address or None,
        "status": task.record.last_status,
        "health": task.health,
        "target": task.target_state if task.target else None,
        "reason": task.record.stopped_reason,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
