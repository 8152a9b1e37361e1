"""What was released: Terraform JSON and functions of a commit, as a user of it deployed them."""

import io
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

from workspaces import Workspace

from commands.environment import ROOT

#: v0.1.0. The id, since a clone may be without tags.
FIRST = "2da0a81dd104ae4bcc9a4349e85f7ae014c7926d"


class HistoryMissing(Exception):
    """The clone does not go back to a release."""


def extract(commit: str, folder: Path, repository: Path = ROOT) -> Path:
    """Writes a commit's snapshots and functions into a folder."""
    if _git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        shallow = _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip()
        remedy = "git fetch --unshallow" if shallow == b"true" else "git fetch origin main"
        raise HistoryMissing(f"{commit[:7]} is not in this clone; run: {remedy}")
    wanted = ("main.tf.json-snapshots", "src/main/lambda")
    archive = _git(repository, "archive", commit, *wanted)
    assert archive.returncode == 0, archive.stderr.decode()
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def place(release: Path, stack: str, workspace: Workspace) -> None:
    """Puts a stack where a synthesis would have put it, its functions packed."""
    text = (release / "main.tf.json-snapshots" / f"{stack}.tf.json").read_text()
    folder = workspace.folder(stack)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(text)
    for function in json.loads(text)["resource"].get("aws_lambda_function", {}).values():
        _pack(release / "src/main/lambda", folder / function["filename"])


def _pack(sources: Path, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for package in (archive.stem, "superset_shared"):
            for path in sorted((sources / package).rglob("*.py")):
                packed.write(path, path.relative_to(sources))
