"""``python -m commands.sbom``: what is in the platform, in CycloneDX, into .build/sbom.

One document per lock: npm's, Java's (pom.xml), and each Python lock. The ecosystems' own tools
make them: npm sbom, cyclonedx-maven-plugin, cyclonedx-py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from commands.environment import ROOT

FOLDER = ROOT / ".build" / "sbom"

#: Document to Python lock.
PYTHON = {
    "tools": "src/commands/requirements.txt",
    "checkov": "src/commands/checkov/requirements.txt",
    "image": "src/main/superset/requirements.txt",
}


class SbomFailed(Exception):
    """A tool ended with an error; the message is its own."""


def write(folder: Path = FOLDER) -> dict[str, Path]:
    """Every document by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: folder / f"{name}.cdx.json" for name in ("npm", "java", *PYTHON)}
    made["npm"].write_text(
        _run(["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"])
    )
    _run(
        [
            *("mvn", "-q", "-B", "org.cyclonedx:cyclonedx-maven-plugin:makeBom"),
            *("-DoutputFormat=json", "-DoutputName=java.cdx", f"-DoutputDirectory={folder}"),
            *("-DincludeTestScope=true", "-DskipNotDeployed=false"),
        ]
    )
    cyclonedx = str(Path(sys.executable).with_name("cyclonedx-py"))
    for name, lock in PYTHON.items():
        _run(
            [
                *(cyclonedx, "requirements", lock, "--output-reproducible"),
                *("--of", "JSON", "-o", str(made[name])),
            ]
        )
    return made


def components(document: Path) -> set[tuple[str, str]]:
    """Package URL without version and qualifiers, and version."""
    found: Mapping[str, Sequence[Mapping[str, str]]] = json.loads(document.read_text())
    return {
        (one["purl"].partition("?")[0].rpartition("@")[0], one["version"])
        for one in found["components"]
    }


def _run(command: list[str]) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "npm_config_update_notifier": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SbomFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """The command."""
    for name, path in write().items():
        print(f"{len(components(path)):5} {name:8} {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
