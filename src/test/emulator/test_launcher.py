"""Starting and stopping."""

from __future__ import annotations

import signal
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import ACCOUNT, Aws, launch
from test_functions import archive, role

from commands.waiting import until


def test_the_ready_file_tells_where_it_listens(tmp_path: Path) -> None:
    process, document = launch(tmp_path)
    try:
        assert document["account"] == ACCOUNT
        assert document["pid"] == process.pid
        assert document["url"] == f"http://127.0.0.1:{document['port']}"
        health = Aws(document["url"], tmp_path / "log").control("GET", "health")
        assert health["account"] == ACCOUNT
    finally:
        process.terminate()
        process.wait(5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_its_functions(tmp_path: Path, number: signal.Signals) -> None:
    process, document = launch(tmp_path)
    aws = Aws(document["url"], tmp_path / "log")
    _sleeping_function(aws, role(aws, "sleeper"))
    invocation = threading.Thread(
        target=lambda: _ignoring_errors(aws.client("lambda").invoke, FunctionName="sleeper")
    )
    invocation.start()
    until("there is a child", lambda: _children(process.pid))
    children = _children(process.pid)
    process.send_signal(number)
    assert process.wait(2) == 0
    until("the children have ended", lambda: not any(_alive(child) for child in children))
    assert not (tmp_path / "ready.json").exists()
    invocation.join(5)


def test_two_emulators_know_nothing_of_each_other(emulator: Aws, tmp_path: Path) -> None:
    emulator.client("sns").create_topic(Name="only-here")
    process, document = launch(tmp_path)
    try:
        other = Aws(document["url"], tmp_path / "log")
        assert other.client("sns").list_topics()["Topics"] == []
    finally:
        process.terminate()
        process.wait(5)


def test_every_request_is_one_line_of_the_log(emulator: Aws) -> None:
    line = "GetCallerIdentity eu-west-1 200"
    before = emulator.log.read_text().count(line)
    emulator.client("sts", "eu-west-1").get_caller_identity()
    until("it is logged", lambda: emulator.log.read_text().count(line) == before + 1)


def _sleeping_function(aws: Aws, arn: str) -> None:
    code = "import time\ndef handle(event, context):\n    time.sleep(60)\n"
    aws.client("lambda").create_function(
        FunctionName="sleeper",
        Runtime="python3.12",
        Role=arn,
        Handler="handler.handle",
        Code={"ZipFile": archive({"handler.py": code})},
        Timeout=60,
    )


def _ignoring_errors(call: object, **arguments: str) -> None:
    try:
        call(**arguments)  # type: ignore[operator]
    except Exception:  # the server is gone in the middle of it
        return


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_emulator_leaves_no_function_behind(tmp_path: Path) -> None:
    process, document = launch(tmp_path)
    aws = Aws(document["url"], tmp_path / "log")
    _sleeping_function(aws, role(aws, "sleeper"))
    invocation = threading.Thread(
        target=lambda: _ignoring_errors(aws.client("lambda").invoke, FunctionName="sleeper")
    )
    invocation.start()
    until("there is a child", lambda: _children(process.pid))
    children = _children(process.pid)
    process.kill()
    process.wait(5)
    until("the children have ended", lambda: not any(_alive(child) for child in children))
    invocation.join(5)
