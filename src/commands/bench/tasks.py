"""Web tasks of one account of the local AWS, each on one core of its own as on a task of 1 vCPU.

The account is the one of the tests: PostgreSQL and Redis over TLS, credentials from Secrets
Manager and IAM. What serves and what asks run on different cores: the web tasks on the first of
the machine, everything else on the others.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.environment import ROOT
from commands.measure import tree

sys.path += [str(ROOT / "src/test/superset"), str(ROOT / "src/main/superset/pythonpath")]

from world import DOMAIN as HOST
from world import NAME, PASSWORD, World

from commands.waiting import until

IMAGE = ROOT / "src" / "main" / "superset"
PEER = Path(__file__).with_name("peer")

WEB_CORE = 0
PORT = 8088

#: Nobody is limited while the server's limit is looked for.
BUSY = {"RATE_LIMIT": "100000 per second"}

TICKS = os.sysconf("SC_CLK_TCK")


def keep_off_the_web_core() -> None:
    """This process and all that it starts."""
    others = os.sched_getaffinity(0) - {WEB_CORE}
    if not others:
        raise SystemExit("the benchmark needs two cores: one serves, the other one asks")
    os.sched_setaffinity(0, others)


@dataclass
class Web:
    """A running web task."""

    name: str
    task: str
    pid: int
    address: str
    #: From the start of its process to the first answer of /health.
    started_in: float

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.address}:{PORT}"

    def cpu_seconds(self) -> float:
        """User and system time of its processes so far, of those that ended as well."""
        ticks = 0
        for pid in tree(self.pid):
            fields = _stat(pid)
            # utime, stime, cutime, cstime (proc(5))
            ticks += sum(int(value) for value in fields[11:15])
        return ticks / TICKS

    def memory_mib(self) -> float:
        """Proportional set size of its processes."""
        total = 0
        for pid in tree(self.pid):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += int(re.findall(r"(?m)^Pss:\s+(\d+)", text)[0])
        return total / 1024

    def processes(self) -> int:
        """How many there are."""
        return len(tree(self.pid))


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ["0"] * 20
    return text.rpartition(")")[2].split()


class Account:
    """The account with its tasks."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self._digests: dict[Path, str] = {}

    def stop(self) -> None:
        """End everything."""
        self.world.stop()

    def init(self) -> float:
        """Seconds that an init task takes, from its process' start to its end."""
        began = time.monotonic()
        ended = self.world.run("init")
        if ended["containers"][0]["exitCode"] != 0:
            raise RuntimeError("\n".join(self.world.logs("init")[-20:]))
        return time.monotonic() - began

    def web(self, name: str, image: Path = IMAGE, **changes: str) -> Web:
        """Start a web task of an image and wait until it answers.

        :param changes: variables of its environment
        """
        ecs = self.world.client("ecs")
        known = {task["task"] for task in self.world.plane()["tasks"]}
        definition = self._define(name, image, {**BUSY, **changes})
        ecs.run_task(
            cluster=NAME,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.world.network,
        )

        def appeared() -> Mapping[str, Any] | None:
            tasks = [t for t in self.world.plane()["tasks"] if t["task"] not in known and t["pid"]]
            return tasks[0] if tasks else None

        task = until(f"{name} runs", appeared)
        pin(task["pid"], WEB_CORE)
        began = _started(task["pid"])
        url = f"http://{task['address']}:{PORT}/health"
        try:
            until(f"{name} answers", lambda: _answers(url, task["pid"]), 300)
        except RuntimeError as problem:
            said = "\n".join(self.world.logs("web", task["task"])[-20:])
            raise RuntimeError(f"{problem}; it said:\n{said}") from None
        took = time.clock_gettime(time.CLOCK_BOOTTIME) - began
        return Web(name, task["task"], task["pid"], task["address"], took)

    def end(self, web: Web) -> None:
        """Stop a task; returns when it is gone."""
        self.world.client("ecs").stop_task(cluster=NAME, task=web.task)

        def gone() -> bool:
            return not Path(f"/proc/{web.pid}").exists()

        until(f"{web.name} has ended", gone)

    def logs(self, web: Web) -> list[str]:
        """What it said."""
        return self.world.logs("web", web.task)

    def _define(self, name: str, image: Path, changes: Mapping[str, str]) -> str:
        ecs = self.world.client("ecs")
        arn = self.world.define("web", **changes)
        document = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        (container,) = document["containerDefinitions"]
        container["image"] = f"repository@{self._digest(image)}"
        if image == PEER:
            folders = f"{image / 'pythonpath'}:{IMAGE / 'pythonpath'}"
            container["environment"].append({"name": "PYTHONPATH", "value": folders})
            container["command"] = []
        kept = ("requiresCompatibilities", "networkMode", "cpu", "memory")
        roles = ("executionRoleArn", "taskRoleArn")
        defined = ecs.register_task_definition(
            family=f"superset-bench-{re.sub('[^a-z0-9]+', '-', name.lower())}",
            containerDefinitions=[container],
            **{key: document[key] for key in (*kept, *roles)},
        )
        return str(defined["taskDefinition"]["taskDefinitionArn"])

    def _digest(self, image: Path) -> str:
        if image not in self._digests:
            digest = f"sha256:{len(self._digests) + 1:064x}"
            body = json.dumps({"digest": digest, "folder": str(image)}).encode()
            url = f"{self.world.url}/_emulator/images"
            with urllib.request.urlopen(urllib.request.Request(url, body)):
                self._digests[image] = digest
        return self._digests[image]


def pin(root: int, core: int) -> None:
    """Keep a process tree, and what it will start, on one core."""
    for pid in tree(root):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def _started(pid: int) -> float:
    """When a process was started, seconds since the machine's boot."""
    return int(_stat(pid)[19]) / TICKS


def _answers(url: str, pid: int) -> bool:
    if not Path(f"/proc/{pid}").exists():
        raise RuntimeError(f"the process of {url} ended before it answered")
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


__all__ = ["HOST", "IMAGE", "PASSWORD", "PEER", "Account", "Web", "keep_off_the_web_core", "pin"]
