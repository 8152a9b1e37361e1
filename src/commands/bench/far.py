"""A region that is far from the writer: its users, beside those of the writer's region.

The writer is behind a wire that takes 80 ms there and back. All tasks run at once, one user loads
the pages in turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from far import PROXY_PORT, Far, Person, Wire
from far import Web as Task

from commands.bench.capacity import Side
from commands.bench.client import Connections, Reader
from commands.bench.recording import Recording, record, sign_in
from commands.bench.tasks import HOST, PASSWORD, PORT, Account, Web, keep_off_the_web_core

#: There and back, seconds.
AWAY = 0.08

BESIDE = "beside the writer"
LOCAL = "far, reads from its replica"
REMOTE = "far, reads from the writer"
USER = "user far from a task beside the writer"


def measure(turns: int) -> str:
    """The page's part that this module writes.

    :param turns: loads of each arrangement
    """
    keep_off_the_web_core()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        account = Account(Path(folder))
        try:
            account.init()
            return _measure(account, turns, busy)
        finally:
            account.stop()


def _measure(account: Account, turns: int, busy: float) -> str:
    far = Far(account.world, AWAY / 2)
    # Nobody but web runs: charts that are not cached yet are computed in the request.
    near = {"FEATURE_FLAGS": json.dumps({"GLOBAL_ASYNC_QUERIES": False})}
    # A lag that a busy machine may have.
    local = {**near, **far.environment, "MAX_REPLICA_LAG": "60"}
    remote = {**local, "DATABASE_HOST": far.writer_host, "DATABASE_PORT": str(PROXY_PORT)}
    beside = account.web(BESIDE, **near)
    webs = {
        BESIDE: beside,
        LOCAL: account.web(LOCAL, **local),
        REMOTE: account.web(REMOTE, **remote),
    }
    Wire(beside.address, PROXY_PORT, PORT, AWAY / 2)
    webs[USER] = beside
    ports = {USER: PROXY_PORT}
    # Who runs queries is as far from the writer as the web task that takes them.
    workers = {BESIDE: near, LOCAL: local, REMOTE: remote, USER: near}
    recording = record(beside.url, asyncio.run(Side.of(beside)).reader.session)
    loads = asyncio.run(_loads(webs, ports, recording, turns))
    rest = {
        name: _people(account, web, ports.get(name, PORT), workers[name], turns)
        for name, web in webs.items()
    }
    ratio = loads[LOCAL] / loads[BESIDE]
    rows = "\n".join(
        f"| {name} | {loads[name]:.2f} s | {login:.2f} s | {save:.2f} s | {query:.2f} s |"
        for name, (login, save, query) in rest.items()
    )
    return f"""## Far from the writer

Written by `make bench` on {time.strftime("%Y-%m-%d", time.gmtime())}; load average when it began:
{busy:.1f} on {os.cpu_count()} cores.

The writer is {1000 * AWAY:.0f} ms away from the far tasks, and the task beside it as far from the
far user: a proxy takes {500 * AWAY:.0f} ms in each direction. The replica is a streaming one. One
user, medians of {turns} turns; a load is the cached dashboard of six charts,
{len(recording.warm)} requests. The query in SQL Lab runs in a worker of the task's own region:
submitted, looked for until it has run, fetched.

| arrangement | a load | signing in | saving the dashboard | `SELECT 1` in SQL Lab |
| --- | --- | --- | --- | --- |
{rows}

Far with local reads takes {ratio:.2f} times as long as beside the writer.
"""


async def _loads(
    webs: dict[str, Web], ports: dict[str, int], recording: Recording, turns: int
) -> dict[str, float]:
    readers = {}
    for name, web in webs.items():
        connections = Connections(web.address, ports.get(name, PORT))
        session = await sign_in(connections, HOST, "admin", PASSWORD)
        readers[name] = Reader(connections, session, HOST)
        for _ in range(3):
            await readers[name].open(recording.warm)
    found: dict[str, list[float]] = {name: [] for name in webs}
    for turn in range(turns):
        order = list(readers.items())
        for name, reader in order if turn % 2 == 0 else reversed(order):
            found[name].append(await reader.open(recording.warm))
            print(f"{name}: a load {found[name][-1]:.2f} s", flush=True)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def _people(
    account: Account, web: Web, port: int, worker: dict[str, str], turns: int
) -> tuple[float, float, float]:
    """Seconds of signing in, of saving, and of a query that takes no time."""
    world = account.world
    task = Task(world, "web", {"task": web.task, "pid": web.pid, "address": web.address})
    runs = Task.start(world, "worker", worker)
    Person(task, port=port).query("SELECT 0")
    logins, saves, queries = [], [], []
    for turn in range(turns):
        began = time.perf_counter()
        person = Person(task, port=port)
        logins.append(time.perf_counter() - began)
        found = person.get("dashboard/")["result"][0]
        shown = person.get(f"dashboard/{found['id']}")["result"]
        document = {
            "dashboard_title": f"saved {turn}",
            "slug": shown["slug"],
            "css": "",
            "json_metadata": shown["json_metadata"],
            "owners": [owner["id"] for owner in shown["owners"]],
        }
        began = time.perf_counter()
        answer = person.change("PUT", f"dashboard/{found['id']}", document)
        saves.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"nothing was saved: {answer.status} {answer.data!r}")
        began = time.perf_counter()
        person.query(f"SELECT {turn}")
        queries.append(time.perf_counter() - began)
    runs.end()
    return statistics.median(logins), statistics.median(saves), statistics.median(queries)
