"""Two commands, one behind the other's back."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands.beside import run
from commands.environment import ROOT

#: Ends only when it is interrupted, and says so.
WAITS = (
    "import time\n"
    "try: print('waits', flush=True); time.sleep(60)\n"
    "except KeyboardInterrupt: print('interrupted'); raise SystemExit(1)"
)


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("0", "0", 0), ("3", "0", 3), ("0", "4", 4)],
)
def test_it_succeeds_if_both_do(tmp_path: Path, first: str, second: str, code: int) -> None:
    commands = [program(f"raise SystemExit({one})") for one in (first, second)]
    assert run(tmp_path / "log", *commands) == code


def test_what_the_first_says_is_shown_after_the_second_and_kept(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    slow = "import time; print('first', flush=True); time.sleep(1); print('last')"
    assert run(tmp_path / "log", program(slow), program("print('second')")) == 0
    said = capfdbinary.readouterr().out
    assert said.index(b"second") < said.index(b"first") < said.index(b"last")
    assert (tmp_path / "log").read_text() == "first\nlast\n"


def test_when_the_second_fails_the_first_is_interrupted(tmp_path: Path) -> None:
    late = "import time; time.sleep(1); raise SystemExit(5)"
    assert run(tmp_path / "log", program(WAITS), program(late)) == 5
    assert (tmp_path / "log").read_text() == "waits\ninterrupted\n"


def test_when_it_is_told_to_end_both_are_interrupted(tmp_path: Path) -> None:
    first = f'{sys.executable} -c "{WAITS}"'
    log = tmp_path / "log"
    command = [sys.executable, "-m", "commands.beside", str(log), first, "--", *program(WAITS)]
    started = subprocess.Popen(
        command, env={"PYTHONPATH": str(ROOT / "src")}, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "waits\n"
    while log.read_text() != "waits\n":
        time.sleep(0.1)
    started.send_signal(signal.SIGTERM)
    said, _ = started.communicate(timeout=30)
    assert started.returncode == 130
    assert said.count("interrupted") == 2
