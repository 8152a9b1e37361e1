"""gunicorn with processes that are replaced, in front of a small application."""

import http.client
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commands.waiting import until

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / ".build" / "superset" / "bin" / "gunicorn"
REQUESTS = 40
APPLICATION = """
import os
import time

def application(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Length", str(len(str(os.getpid()))))])
    return [str(os.getpid()).encode()]
"""
SETTINGS = f"""
from superset_aws.replacing import Replacement, ended

worker_class = "gthread"
threads = 4
keepalive = 2
graceful_timeout = 60


def post_fork(server, worker):
    worker.replacement = Replacement({REQUESTS}, 0, 1)

def post_request(worker, request, environ, response):
    worker.replacement.look(worker)

def child_exit(server, worker):
    ended(server)
"""


class Server:
    """gunicorn on a socket of its own."""

    def __init__(self, folder: Path, processes: int) -> None:
        (folder / "application.py").write_text(APPLICATION)
        (folder / "settings.py").write_text(SETTINGS)
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--config", "settings.py", "--workers", str(processes),
                 "--bind", "127.0.0.1:0", "application"],
                cwd=folder,
                env={"PYTHONPATH": str(ROOT / "src/main/superset/pythonpath")},
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._log = folder / "log"
        self.processes = processes
        self.port = int(self._said("Listening at: ").partition("(")[0].rpartition(":")[2])

    def _said(self, words: str) -> str:
        until(f"it says {words}", lambda: words in self._log.read_text(), said=self._log.read_text)
        return self._log.read_text().partition(words)[2].partition("\n")[0]

    def open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def children(self) -> set[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return set(map(int, found.split()))

    def whole(self) -> set[int]:
        """As many processes as it should have."""

        def found() -> set[int] | None:
            children = self.children()
            return children if len(children) == self.processes else None

        return until("all processes run", found, said=self._log.read_text)


@pytest.fixture(params=[1, 2])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    made = Server(tmp_path, request.param)
    yield made
    made.process.terminate()
    made.process.wait(60)


def ask(connection: http.client.HTTPConnection, seconds: float = 0) -> int:
    connection.request("GET", f"/?{seconds}")
    answer = connection.getresponse()
    assert answer.status == 200
    return int(answer.read())


def test_processes_are_replaced_and_no_request_fails(server: Server) -> None:
    before = server.whole()
    kept = [server.open() for _ in range(8)]
    with ThreadPoolExecutor() as pool:
        # Longer than the others hold their connections.
        long = pool.submit(ask, server.open(), 5)
        seen = set()
        while not (seen - before and not before & server.children()):
            # A load balancer keeps connections, and uses them when it likes.
            seen |= {ask(connection) for connection in kept}
            time.sleep(0.05)
        assert long.result() in before
    assert before <= seen
    assert not before & server.whole()
