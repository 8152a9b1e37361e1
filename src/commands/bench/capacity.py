"""How many people one web task serves, beside the official image's default server.

Both sides run at once, on the same core, and are loaded in turns, so that what else the machine
does meets both alike. Who is not loaded only waits.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from commands.bench.client import Broken, Connections, Page, Reader, Request, Unexpected
from commands.bench.recording import Recording, record, sign_in
from commands.bench.tasks import (
    HOST,
    PASSWORD,
    PEER,
    PORT,
    Account,
    Web,
    keep_off_the_web_core,
)

USERS = (10, 25, 50, 100)
THINK_SECONDS = 10.0
#: Loads at once that keep one core busy.
BUSY_USERS = 6
#: A task that used less than a tenth of this time does nothing any more.
SETTLE_SECONDS = 1.0
#: What a task is meant to be used of: the rest is for what does not come evenly.
SHARE = 0.6
THINK_TIMES = (10, 30, 60, 120)


@dataclass
class Batch:
    """What one measurement found."""

    #: Loads that ended.
    seconds: list[float] = field(default_factory=list)
    #: Loads that were under way at the end: how long, by then.
    cut: list[float] = field(default_factory=list)
    failed: int = 0
    #: Answers, as loads: those of loads that were cut as well.
    loads: float = 0.0
    wall: float = 0.0
    cpu: float = 0.0

    def quantile(self, share: float) -> float:
        """Seconds of a load that this share of all loads did not exceed."""
        found = sorted(self.seconds + self.cut)
        return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")

    @property
    def per_second(self) -> float:
        """Loads."""
        return self.loads / self.wall

    @property
    def cpu_per_load(self) -> float:
        """Seconds of CPU."""
        return self.cpu / self.loads if self.loads else float("nan")


@dataclass
class Side:
    """A web task, and somebody who is signed in to it."""

    web: Web
    reader: Reader

    @classmethod
    async def of(cls, web: Web) -> Side:
        """Sign in."""
        connections = Connections(web.address, PORT)
        session = await sign_in(connections, HOST, "admin", PASSWORD)
        return cls(web, Reader(connections, session, HOST))

    async def load(self, page: Page, into: Batch) -> None:
        """One load of a page."""
        began = time.perf_counter()
        try:
            into.seconds.append(await self.reader.open(page))
        except asyncio.CancelledError:
            into.cut.append(time.perf_counter() - began)
            raise
        except ConnectionRefusedError as problem:
            raise RuntimeError(f"{self.web.name} has ended while it was measured") from problem
        except (Broken, Unexpected, OSError) as problem:
            print(f"{self.web.name}: {problem!r}", flush=True)
            into.failed += 1

    async def people(self, page: Page, users: int, seconds: float, think: float) -> Batch:
        """Users that load a page, think, and load it again; they begin one after the other.

        :param seconds: after that, everybody leaves; what was under way counts among the times as
            long as it took so far, so that a task that does not keep up does not look faster
        """
        batch = Batch()
        cpu, answers, began = self.web.cpu_seconds(), self.reader.answers, time.perf_counter()

        async def user(number: int) -> None:
            await asyncio.sleep(think * number / users)
            while True:
                await self.load(page, batch)
                await asyncio.sleep(think)

        everybody = [asyncio.create_task(user(number)) for number in range(users)]
        await asyncio.sleep(seconds)
        batch.wall = time.perf_counter() - began
        batch.cpu = self.web.cpu_seconds() - cpu
        batch.loads = (self.reader.answers - answers) / len(page)
        for one in everybody:
            one.cancel()
        ended = await asyncio.gather(*everybody, return_exceptions=True)
        for problem in ended:
            if not isinstance(problem, asyncio.CancelledError):
                raise RuntimeError(f"somebody left before the end: {problem}") from problem
        await self.settle()
        return batch

    async def settle(self) -> None:
        """Wait until a task has answered what it had begun: the next one shall have the core."""
        cpu = -1.0
        while (now := self.web.cpu_seconds()) > cpu + SETTLE_SECONDS / 10:
            cpu = now
            await asyncio.sleep(SETTLE_SECONDS)

    async def alone(self, ask: Callable[[], Awaitable[object]], times: int) -> float:
        """Median seconds of what is done by nobody else meanwhile."""
        found = []
        for _ in range(times):
            began = time.perf_counter()
            await ask()
            found.append(time.perf_counter() - began)
        return statistics.median(found)


def measure(seconds: int, rounds: int) -> str:
    """The page's part that this module writes.

    :param seconds: of each number of users
    :param rounds: of the measurement at saturation, as many seconds together
    """
    keep_off_the_web_core()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        account = Account(Path(folder))
        try:
            return _measure(account, seconds, rounds, busy)
        finally:
            account.stop()


def _measure(account: Account, seconds: int, rounds: int, busy: float) -> str:
    first, again = account.init(), account.init()
    _say(f"init {first:.1f} s, again {again:.1f} s")
    peer = account.web("official default", PEER)
    ours = account.web("this project")
    two = account.web("this project, 2 x 10", GUNICORN_PROCESSES="2")
    webs = (peer, ours, two)
    for web in webs:
        _say(f"{web.name} healthy after {web.started_in:.1f} s")
    recording = _record(peer)
    _say(f"{len(recording.warm)} requests, {len(recording.cold)} with an empty browser cache")
    found = asyncio.run(_run(webs, recording, seconds, rounds))
    flags = json.dumps({"GLOBAL_ASYNC_QUERIES": False})
    synchronous = account.web("this project, queries in the request", FEATURE_FLAGS=flags)
    found += "\n" + asyncio.run(_cache(synchronous, recording))
    started = "\n".join(f"| {web.name} | {web.started_in:.1f} s |" for web in webs)
    return f"""## One web task

Written by `make bench` on {time.strftime("%Y-%m-%d", time.gmtime())}; load average when it began:
{busy:.1f} on {os.cpu_count()} cores.

One web task held to one core (affinity of its threads); PostgreSQL 15 and Redis 7 over TLS and
whoever asks are on the other. A load is what Chromium was seen to ask for when it opens the example
dashboard of six charts: {len(recording.warm)} requests on up to six connections, chart data from
the cache. The official default is gunicorn as the image of Superset 6.1.0 starts it (1 process,
20 threads), with the same database and caches; this project is 1 process of 10 threads. All tasks
run at once and are loaded in turns. CPU time is user and system time of a task's processes; memory
is their proportional set size after the load. On a machine that has other work, wall times say
little, and CPU times say more.

{found}### Start

| task | from the process's start to the first answer of /health |
| --- | --- |
{started}

Init on an empty database, examples included: {first:.1f} s; again, with everything up to date:
{again:.1f} s.
"""


def _record(web: Web) -> Recording:
    side = asyncio.run(Side.of(web))
    return record(web.url, side.reader.session)


async def _run(webs: Sequence[Web], recording: Recording, seconds: int, rounds: int) -> str:
    sides = [await Side.of(web) for web in webs]
    for side in sides:
        for _ in range(4):
            await side.reader.open(recording.warm)
    busy, saturated = await _saturate(sides, recording, seconds / rounds, rounds)
    users = await _users(sides[:2], recording, seconds)
    cold = await _cold(sides[:2], recording)
    return "\n".join((busy, users, cold, _sizes(sides, saturated)))


async def _saturate(
    sides: Sequence[Side], recording: Recording, seconds: float, rounds: int
) -> tuple[str, list[Batch]]:
    """Loads without a pause, in turns; the median round."""
    batches: list[list[Batch]] = [[] for _ in sides]
    for turn in range(rounds):
        order = list(zip(sides, batches, strict=True))
        for side, into in order if turn % 2 == 0 else reversed(order):
            into.append(await side.people(recording.warm, BUSY_USERS, seconds, 0))
            _say(f"saturation, {side.web.name}: {into[-1].per_second:.2f} loads/s")
    rows, middle = [], []
    for side, found in zip(sides, batches, strict=True):
        one = sorted(found, key=lambda batch: batch.cpu_per_load)[len(found) // 2]
        middle.append(one)
        rows.append(
            f"| {side.web.name} | {_median([b.per_second for b in found]):.2f} | "
            f"{1 / one.cpu_per_load:.2f} | {_milliseconds(one, recording.warm)} | "
            f"{_median([b.quantile(0.5) for b in found]):.2f} s | "
            f"{_median([b.quantile(0.95) for b in found]):.2f} s | "
            f"{side.web.memory_mib():.0f} MiB | {sum(b.failed for b in found)} |"
        )
    ratios = [b.cpu_per_load / a.cpu_per_load for b, a in zip(*batches[:2], strict=True)]
    text = f"""### Saturated: {BUSY_USERS} loads at once

Medians of {rounds} turns of {seconds:.0f} s.

| task | loads/s | loads per CPU second | CPU per request | p50 | p95 | memory | failed |
| --- | --- | --- | --- | --- | --- | --- | --- |
{_lines(rows)}

With one CPU second, this project made {_median(ratios):.2f} times the loads of the official
default in the same turn (turns: {", ".join(f"{ratio:.2f}" for ratio in ratios)}).
"""
    return text, middle


async def _users(sides: Sequence[Side], recording: Recording, seconds: int) -> str:
    rows = []
    for users in USERS:
        for side in sides:
            one = await side.people(recording.warm, users, seconds, THINK_SECONDS)
            rows.append(
                f"| {users} | {side.web.name} | {one.quantile(0.5):.2f} s | "
                f"{one.quantile(0.95):.2f} s | {one.per_second:.2f} | "
                f"{_milliseconds(one, recording.warm)} | {100 * one.cpu / one.wall:.0f} % | "
                f"{side.web.memory_mib():.0f} MiB | {one.failed} |"
            )
            _say(rows[-1])
    return f"""### Users that think for {THINK_SECONDS:.0f} s between two loads

{seconds} s for each row. A load that is under way at the end counts for p50 and p95 with the time
that it took by then, so these are too low where the task does not keep up.

| users | task | p50 | p95 | loads/s | CPU per request | core busy | memory | failed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
{_lines(rows)}
"""


async def _cold(sides: Sequence[Side], recording: Recording) -> str:
    batches = [Batch() for _ in sides]
    for _ in range(5):
        for side, batch in zip(sides, batches, strict=True):
            cpu = side.web.cpu_seconds()
            await side.load(recording.cold, batch)
            batch.cpu += side.web.cpu_seconds() - cpu
            batch.loads = len(batch.seconds)
    rows = [
        f"| {side.web.name} | {batch.quantile(0.5):.2f} s | {1000 * batch.cpu_per_load:.0f} ms | "
        f"{batch.failed} |"
        for side, batch in zip(sides, batches, strict=True)
    ]
    return f"""### With an empty browser cache

{len(recording.cold)} requests, static files included; five loads of one user each, in turns.

| task | p50 | CPU per load | failed |
| --- | --- | --- | --- |
{_lines(rows)}
"""


async def _cache(web: Web, recording: Recording) -> str:
    side = await Side.of(web)
    request = recording.charts[0]
    forced = replace(request, body=_forced(request))
    await side.reader.ask(request)
    queried = await side.alone(lambda: side.reader.ask(forced), 9)
    cached = await side.alone(lambda: side.reader.ask(request), 9)
    return f"""### A query again

Data of one chart, median of nine requests that wait for it: {1000 * queried:.0f} ms queried,
{1000 * cached:.0f} ms from the cache, {queried / cached:.1f} times as fast. The example's query is
small and its database near; an answer from the cache takes as long whatever the query takes.

"""


def _forced(request: Request) -> bytes:
    return json.dumps({**json.loads(request.body), "force": True}).encode()


def _sizes(sides: Sequence[Side], saturated: Sequence[Batch]) -> str:
    peer, ours, two = (1 / batch.cpu_per_load for batch in saturated)
    rows = [
        f"| {think} s | {SHARE * ours * think:.0f} | {SHARE * peer * think:.0f} |"
        for think in THINK_TIMES
    ]
    one, more = (side.web.memory_mib() for side in sides[1:])
    return f"""### Users per task

Computed: {100 * SHARE:.0f} % of the loads per CPU second at saturation, times the think time. For
more users, more tasks: they share nothing but the database and Redis.

| think time | this project | official default |
| --- | --- | --- |
{_lines(rows)}

### Processes, threads, preloading

- A load is bound by CPU, so a task has one process for each vCPU (`web.processes`): two processes
  of ten threads on one core made {two / ours:.2f} times the loads of one process with a CPU second,
  and took {more:.0f} MiB instead of {one:.0f} MiB.
- Ten threads: as many as a process has connections to the database (5, and 5 more when it is busy),
  so that no request waits for one.
- Where there are several processes, the application is loaded before they fork: they share its
  memory. A single one loads it itself: no second copy of it is held. A process that has answered
  40,000 requests leaves when another one has taken over (`replacing.py`).
"""


def _milliseconds(batch: Batch, page: Page) -> str:
    return f"{1000 * batch.cpu_per_load / len(page):.1f} ms"


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _lines(rows: Sequence[str]) -> str:
    return "\n".join(rows)


def _say(text: str) -> None:
    print(text, flush=True)
