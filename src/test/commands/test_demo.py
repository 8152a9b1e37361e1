"""The demo's emulator: started once per clone, stopped with nothing left."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from commands import demo
from commands.console import Console


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone's build folder; a demo that runs in this one is not touched."""
    for name, path in {
        "BUILD": tmp_path,
        "STATE": tmp_path / "demo.json",
        "ENVIRONMENT": tmp_path / "demo.env",
        "FOLDER": tmp_path / "demo",
        "LOCAL_STATES": tmp_path,
        "OUTPUT": tmp_path / "cdktf.out",
    }.items():
        monkeypatch.setattr(demo, name, path)
    return tmp_path


def test_it_starts_and_stops_and_leaves_nothing(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = demo.start("123456789012", Console())
    try:
        with urllib.request.urlopen(f"{running.url}/_emulator/health") as answer:
            assert answer.status == 200
        assert demo.Running.found() == running
        assert os.getsid(running.pid) == running.pid
    finally:
        assert demo.down() == 0
    assert not running.is_ours()
    assert list(clone.iterdir()) == []
    assert f"process {running.pid}" in capsys.readouterr().out


def test_two_clones_do_not_collide(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = demo.start("123456789012", Console())
    monkeypatch.setattr(demo, "STATE", clone / "other.json")
    second = demo.start("123456789012", Console())
    try:
        assert first.url != second.url
        assert not first.is_ours()
    finally:
        second.stop()
        monkeypatch.setattr(demo, "STATE", clone / "demo.json")
        first.stop()


def test_a_process_that_only_has_its_id_is_not_stopped(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (clone / "demo.json").write_text(
            json.dumps({"url": "http://127.0.0.1:1", "pid": other.pid, "account": "1"})
        )
        assert demo.down() == 0
        assert other.poll() is None
        other.communicate(b"\n")
    assert "gone already" in capsys.readouterr().out


def test_the_lines_for_a_shell_point_at_the_emulator_only() -> None:
    lines = demo.shell_lines(demo.Running("http://127.0.0.1:4", 1, "123456789012"))
    script = f'{lines}\necho "$AWS_ENDPOINT_URL|${{AWS_PROFILE-unset}}|$AWS_CONFIG_FILE"'
    done = subprocess.run(
        ["bash", "-euc", script],
        env={"PATH": os.environ["PATH"], "AWS_PROFILE": "work"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "http://127.0.0.1:4|unset|/dev/null"


def test_aws_and_cdktf_in_that_shell_are_the_locked_ones() -> None:
    lines = demo.shell_lines(demo.Running("http://127.0.0.1:4", 1, "123456789012"))
    done = subprocess.run(
        ["bash", "-euc", f"{lines}\ntype -P aws cdktf; declare -f aws"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    aws, cdktf, *function = done.stdout.splitlines()
    assert aws == str(demo.ROOT / ".venv/bin/aws")
    assert cdktf == str(demo.ROOT / "node_modules/.bin/cdktf")
    assert '--endpoint-url "$AWS_ENDPOINT_URL"' in " ".join(function)
