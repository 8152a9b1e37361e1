"""ECS tasks: moto's records, each with the processes that it stands for."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.ecs.models import Task, ecs_backends
from moto.logs.models import logs_backends

from emulator import lock, task_events
from emulator.dataplane import members
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.containers import Container, local
from emulator.dataplane.images import Images
from emulator.dataplane.members import DependencyFailed, Member
from emulator.dataplane.names import Names
from emulator.dataplane.startup import CannotStart, Startup
from emulator.regions import regions

log = logging.getLogger("emulator")

ENDED = "Essential container in task exited"

#: As a host, not as a part of another name.
_LOCALHOST = re.compile(r"(?<![\w.-])localhost(?![\w.-])")


@dataclass
class Running:
    """A task and its containers."""

    record: Task
    definition: Any
    members: list[Member]
    deployment: str = ""
    address: str = ""
    started: float = field(default_factory=time.monotonic)
    target: str | None = None
    target_state: str = "initial"
    target_reason: str = ""
    probes: int = 0
    failures: int = 0
    probing: bool = False
    probed: float = 0.0
    registered: float = 0.0
    drained: float | None = None
    counted: bool = False
    was_healthy: bool = False
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def id(self) -> str:
        """The task's id."""
        return str(self.record.id)

    @property
    def health(self) -> str:
        """HEALTHY, UNHEALTHY, UNKNOWN, or NONE where nothing is checked."""
        return members.health(self.members)

    @property
    def containers(self) -> list[Container]:
        """Those that were started."""
        return [member.container for member in self.members if member.container]

    def is_up(self) -> bool:
        """Whether every container that the task cannot do without runs."""
        return self.record.last_status == "RUNNING" and all(
            member.is_running() for member in self.members if member.is_essential
        )

    def is_stopping(self) -> bool:
        """Whether it is on its way out or gone."""
        return self.record.desired_status == "STOPPED"

    def is_stopped(self) -> bool:
        """Whether it is gone."""
        return self.record.last_status == "STOPPED"


class Tasks:
    """Starts and ends containers. Its methods are called by the data plane's thread, which holds
    the lock around moto where it changes records."""

    def __init__(
        self,
        account: str,
        folder: Path,
        images: Images,
        addresses: Addresses,
        authority: Authority,
        names: Names,
    ) -> None:
        self._account = account
        self._folder = folder
        self.images = images
        self._addresses = addresses
        self._authority = authority
        self._names = names
        self.running: dict[str, Running] = {}

    def find(self) -> None:
        """Take up tasks that the API made."""
        for backend in ecs_backends[self._account].values():
            if regions.is_lost(backend.region_name):
                continue
            for tasks in backend.tasks.values():
                for record in tasks.values():
                    if record.id not in self.running and record.last_status != "STOPPED":
                        self.adopt(record)

    def adopt(self, record: Task, deployment: str = "") -> Running:
        """Take up one task."""
        backend = ecs_backends[self._account][record.region_name]
        definition = backend.describe_task_definition(record.task_definition_arn)
        own = [
            Member(_overridden(one, record.overrides), two)
            for one, two in zip(definition.container_definitions, record.containers, strict=True)
        ]
        running = Running(record, definition, own, deployment)
        record.last_status = "PROVISIONING"
        record.health_status = "UNKNOWN"
        record.created_at = datetime.now(UTC)
        record.stop_code = None
        self.running[record.id] = running
        return running

    def stop(self, task: Running, reason: str, code: str = "ServiceSchedulerInitiated") -> None:
        """Begin to stop."""
        if task.is_stopping():
            return
        task.record.desired_status = "STOPPED"
        task.record.stopped_reason = reason
        task.record.stop_code = code

    def advance(self, task: Running) -> None:
        """One step of a task's life."""
        if task.is_stopped():
            return
        if regions.is_lost(task.record.region_name):
            self._lose(task)
        if not task.is_stopping():
            self._start(task)
        for member in task.members:
            member.describe()
        task.record.health_status = "UNKNOWN" if task.health == "NONE" else task.health
        if not task.is_stopping():
            ended = [m for m in task.members if m.is_essential and m.exit_code is not None]
            if ended:
                self.stop(task, ENDED, "EssentialContainerExited")
                task.drained = 0.0
        if task.is_stopping() and task.drained is not None and time.monotonic() > task.drained:
            self._end(task)

    def limit_memory(self, task: Running) -> None:
        """Kill what occupies more than it may: a container's own limit, then the task's."""
        up = [member for member in task.members if member.is_running()]
        limit = int(task.definition.memory or 0) * 1024 * 1024
        for member in up:
            assert member.container is not None
            own = int(member.definition.get("memory") or 0) * 1024 * 1024
            if own and member.container.memory > own:
                member.container.kill_for_memory()
        sizes = [(m.container.memory, m.container) for m in up if m.container]
        if limit and sum(size for size, _ in sizes) > limit:
            max(sizes, key=lambda pair: pair[0])[1].kill_for_memory()

    def _lose(self, task: Running) -> None:
        """Its region is gone, and it with it."""
        for container in task.containers:
            container.destroy()
        self.stop(task, "The region was lost", "TerminationNotice")
        task.drained = 0.0

    def _start(self, task: Running) -> None:
        """Start what may start now, or stop the task with the reason that it cannot."""
        waiting = [member for member in task.members if member.container is None]
        if not waiting:
            return
        try:
            startup = self._startup(task)
            if task.record.last_status == "PROVISIONING":
                startup.check([member.definition for member in task.members])
                task.address = self._addresses.take(f"task-{task.id}")
                task.record.last_status = "PENDING"
            for member in waiting:
                if members.may_start(member, task.members):
                    member.container = self._container(task, member, startup)
        except (CannotStart, DependencyFailed, OSError, ValueError) as problem:
            self.stop(task, str(problem), "TaskFailedToStart")
            task.drained = 0.0
            return
        if all(member.container for member in task.members):
            task.record.last_status = "RUNNING"
            task.record.started_at = datetime.now(UTC)
            pids = ", ".join(str(container.pid) for container in task.containers)
            log.info("task %s of %s runs as process %s", task.id, task.record.group, pids)

    def _end(self, task: Running) -> None:
        """SIGTERM to all, and the end of the task when the last one has ended."""
        if any(member.is_running() for member in task.members):
            task.record.last_status = "STOPPING"
            for container in task.containers:
                container.stop()
                container.tick()
            return
        finished = [container.finish() for container in task.containers]
        if not all(finished):
            return
        for member in task.members:
            member.describe()
            member.record.last_status = "STOPPED"
            if member.container is None:
                member.record.reason = task.record.stopped_reason
        record = task.record
        record.last_status = "STOPPED"
        record.stopped_at = datetime.now(UTC)
        self._addresses.release(f"task-{task.id}")
        task_events.stopped(self._account, record)
        codes = ", ".join(str(member.exit_code) for member in task.members)
        log.info(
            "task %s of %s stopped: %s (exit code %s)",
            task.id, record.group, record.stopped_reason, codes,
        )  # fmt: skip

    def _startup(self, task: Running) -> Startup:
        overrides = task.record.overrides
        return Startup(
            self._account,
            task.record.region_name,
            task.id,
            task.record.cluster_name,
            overrides.get("taskRoleArn") or task.definition.task_role_arn,
            overrides.get("executionRoleArn") or task.definition.execution_role_arn,
        )

    def _container(self, task: Running, member: Member, startup: Startup) -> Container:
        definition = member.definition
        folder = self._folder / f"task-{task.id}"
        mounts = {}
        for mount in definition.get("mountPoints") or []:
            volume = folder / "volumes" / mount["sourceVolume"]
            volume.mkdir(parents=True, exist_ok=True)
            mounts[mount["containerPath"]] = volume
        environment = {}
        for item in definition["environment"]:
            # Every task has a loopback interface of its own on AWS.
            value = _LOCALHOST.sub(task.address, str(item["value"]))
            environment[item["name"]] = local(value, mounts) or value
        for item in definition.get("secrets") or []:
            environment[item["name"]] = startup.secret(item["valueFrom"])
        return Container(
            definition,
            self.images.image(definition["image"]),
            task.address,
            {**self._world(task), **environment},
            folder / member.name,
            mounts,
            self._logger(definition, task.id),
        )

    def _world(self, task: Running) -> dict[str, str]:
        """What is around a container: authorities, names, credentials."""
        region = task.record.region_name
        url = os.environ["EMULATOR_URL"]
        bundle = str(self._authority.bundle)
        return {
            "DATABASE_CA": bundle,
            "REDIS_CA": bundle,
            "SOURCES_CA": bundle,
            "SSL_CERT_FILE": bundle,
            "EMULATOR_AUTHORITY_PIN": self._authority.pin(),
            "TASK_ADDRESS": task.address,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/_emulator/credentials/{task.token}",
            **self._names.environment(region),
        }

    def _logger(self, definition: dict[str, Any], task: str) -> Any:
        options = (definition.get("logConfiguration") or {}).get("options")
        if not options:
            return lambda lines: None
        return LogStream(
            self._account,
            options["awslogs-region"],
            options["awslogs-group"],
            f"{options['awslogs-stream-prefix']}/{definition['name']}/{task}",
        )


def _overridden(definition: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """A container's definition with what RunTask changes of it."""
    given: dict[str, Any] = next(
        (
            item
            for item in overrides.get("containerOverrides", [])
            if item.get("name") == definition["name"]
        ),
        {},
    )
    changed = {key: given[key] for key in ("command", "memory") if given.get(key)}
    environment = [*(definition.get("environment") or []), *given.get("environment", [])]
    return {**definition, **changed, "environment": environment}


class LogStream:
    """The awslogs driver."""

    def __init__(self, account: str, region: str, group: str, stream: str) -> None:
        self._backend = logs_backends[account][region]
        self._group = group
        self._stream = stream
        self._guard = threading.Lock()
        self._made = False

    def __call__(self, lines: list[str]) -> None:
        """Append lines."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]
        with self._guard, lock.held():
            try:
                if not self._made:
                    self._backend.create_log_stream(self._group, self._stream)
                    self._made = True
                self._backend.put_log_events(self._group, self._stream, events)
            except Exception as problem:
                log.warning("a log line of %s is lost: %s", self._stream, problem)
