"""code-cache.js changes what is compiled, never what runs."""

import os
import subprocess
from pathlib import Path

import pytest

PRELOAD = Path(__file__).resolve().parents[2] / "commands" / "code-cache.js"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    module = tmp_path / "node_modules" / "library" / "index.js"
    module.parent.mkdir(parents=True)
    module.write_text("exports.text = () => require('./part').text;")
    (module.parent / "part.js").write_text("module.exports = { text: __dirname };")
    path = tmp_path / "program.js"
    path.write_text("console.log(require('library').text());")
    return path


def run(program: Path, code: Path) -> str:
    return subprocess.run(
        ["node", "--require", str(PRELOAD), str(program)],
        env={**os.environ, "SUPERSET_CODE_CACHE": str(code)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_second_process_uses_what_the_first_one_kept(program: Path) -> None:
    code = program.parent / "code"
    library = str(program.parent / "node_modules" / "library")
    assert run(program, code) == library
    first = code.stat()
    assert run(program, code) == library
    assert (code.stat().st_ino, code.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def test_a_broken_file_is_replaced(program: Path) -> None:
    code = program.parent / "code"
    code.write_bytes(b"\x05\x00\x00\x00{nope")
    assert run(program, code).endswith("library")
    assert b"library/part.js" in code.read_bytes()


def test_a_folder_that_cannot_be_written_costs_nothing(program: Path) -> None:
    assert run(program, program.parent / "missing" / "code").endswith("library")
