"""The image's lock on the tasks' processor (ARM64): this machine may have another."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

LOCK = Path(__file__).resolve().parents[3] / "src/main/superset/requirements.txt"

#: Published as source only; pure Python, so that they need no compiler.
SOURCE_ONLY = ("odfpy", "wtforms-json")

#: e_machine of an ELF file, its bytes 18 and 19 (elf.h: EM_AARCH64).
AARCH64 = (183).to_bytes(2, "little")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's, which keeps some: this is a gigabyte."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def test_everything_in_the_image_is_there_for_the_tasks_processor(folder: Path) -> None:
    """As the Dockerfile installs it: hashes are verified, nothing is compiled."""
    command = [
        Path(sys.executable).with_name("uv"), "pip", "install", "--target", folder,
        "--python-version", "3.11", "--python-platform", "aarch64-manylinux_2_28",
        "--only-binary=:all:", *(f"--no-binary={name}" for name in SOURCE_ONLY),
        "--require-hashes", "--no-deps", "--requirements", LOCK,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    libraries = list(folder.rglob("*.so"))
    assert libraries
    assert [one for one in libraries if one.read_bytes()[18:20] != AARCH64] == []
