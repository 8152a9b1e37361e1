"""ECS tasks: moto's records, each with the process that it stands for."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.ecs.models import Task, ecs_backends
from moto.logs.models import logs_backends

from emulator import lock
from emulator.dataplane import secrets
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.containers import Container
from emulator.dataplane.images import Images
from emulator.dataplane.names import Names

log = logging.getLogger("emulator")

#: Reading what a task occupies costs some milliseconds.
MEASURE_SECONDS = 3


@dataclass
class Running:
    """A task and its container."""

    record: Task
    definition: Any
    container: Container | None = None
    deployment: str = ""
    target: str | None = None
    target_state: str = "initial"
    probes: int = 0
    failures: int = 0
    probing: bool = False
    probed: float = 0.0
    drained: float | None = None
    counted: bool = False
    was_healthy: bool = False
    measured: float = 0.0
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def id(self) -> str:
        """The task's id."""
        return str(self.record.id)

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
            for tasks in backend.tasks.values():
                for record in tasks.values():
                    if record.id not in self.running and record.last_status != "STOPPED":
                        self.adopt(record)

    def adopt(self, record: Task, deployment: str = "") -> Running:
        """Take up one task."""
        backend = ecs_backends[self._account][record.region_name]
        definition = backend.describe_task_definition(record.task_definition_arn)
        running = Running(record, definition, deployment=deployment)
        container = record.containers[0]
        container.exitCode = None
        container.exit_code = None
        container.last_status = "PENDING"
        record.last_status = "PROVISIONING"
        record.health_status = "UNKNOWN"
        record.created_at = datetime.now(UTC)
        record.stop_code = None
        self.running[record.id] = running
        return running

    def start(self, task: Running) -> None:
        """Start the container, or stop the task with the reason that it cannot start."""
        record = task.record
        try:
            task.container = self._container(task)
        except (secrets.Unresolvable, OSError, ValueError) as problem:
            self._stopped(task, "TaskFailedToStart", str(problem), None)
            return
        record.last_status = "RUNNING"
        record.started_at = datetime.now(UTC)
        record.containers[0].last_status = "RUNNING"
        log.info("task %s of %s runs as process %d", task.id, record.group, task.container.pid)

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
        if task.container is None:
            if task.is_stopping():
                self._stopped(task, task.record.stop_code, task.record.stopped_reason, None)
            else:
                self.start(task)
            return
        container = task.container
        code = container.exit_code()
        if code is not None:
            container.finish()
            reason = task.record.stopped_reason or "Essential container in task exited"
            self._stopped(task, task.record.stop_code or "EssentialContainerExited", reason, code)
            return
        task.record.health_status = container.health if container.health != "NONE" else "UNKNOWN"
        if task.is_stopping() and task.drained is not None and time.monotonic() > task.drained:
            task.record.last_status = "STOPPING"
            container.stop()
        now = time.monotonic()
        due = now - task.measured > MEASURE_SECONDS
        task.measured = now if due else task.measured
        container.tick(int(task.definition.memory) if due else None)

    def _stopped(self, task: Running, code: str | None, reason: str, exit_code: int | None) -> None:
        record = task.record
        record.desired_status = "STOPPED"
        record.last_status = "STOPPED"
        record.stop_code = code
        record.stopped_reason = reason
        record.stopped_at = datetime.now(UTC)
        container = record.containers[0]
        container.last_status = "STOPPED"
        container.exitCode = exit_code
        container.exit_code = exit_code
        container.reason = task.container.reason if task.container else reason
        self._addresses.release(f"task-{task.id}")
        log.info(
            "task %s of %s stopped: %s (exit code %s)", task.id, record.group, reason, exit_code
        )

    def _container(self, task: Running) -> Container:
        definition = task.definition.container_definitions[0]
        override = next(
            (
                item
                for item in task.record.overrides.get("containerOverrides", [])
                if item.get("name") == definition["name"]
            ),
            {},
        )
        definition = {
            **definition,
            **({"command": override["command"]} if "command" in override else {}),
        }
        address = self._addresses.take(f"task-{task.id}")
        environment = {
            item["name"]: str(item["value"])
            for item in [*definition.get("environment", []), *override.get("environment", [])]
        }
        for item in definition.get("secrets", []):
            environment[item["name"]] = secrets.value(self._account, item["valueFrom"])
        image = self.images.image(definition["image"])
        return Container(
            definition,
            image,
            address,
            {**self._world(task, address), **environment},
            self._folder / f"task-{task.id}",
            self._logger(definition, task.id),
        )

    def _world(self, task: Running, address: str) -> dict[str, str]:
        """What is around a container: addresses, authorities, credentials."""
        region = task.record.region_name
        url = os.environ["EMULATOR_URL"]
        bundle = str(self._authority.bundle)
        return {
            "GUNICORN_BIND": f"{address}:8088",
            "WEBSOCKET_BIND": f"{address}:8080",
            "DATABASE_CA": bundle,
            "REDIS_CA": bundle,
            "SOURCES_CA": bundle,
            "SSL_CERT_FILE": bundle,
            "BROWSER_OPTIONS": f"--ignore-certificate-errors-spki-list={self._authority.pin()}",
            "TASK_ADDRESS": address,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/_emulator/credentials/{task.token}",
            **self._names.environment(),
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
