"""The largest configuration's stacks, which no environment has."""

import os
import shutil
import subprocess

import pytest

from commands import copies
from commands.environment import ROOT
from commands.policies.documents import Stack, stacks

COPIED = ("cdktf.json", "package.json", "pom.xml", "regions/schema.json", "src")
#: Large and only read; .build/app holds the compiled platform of every version of the sources.
SHARED = (".venv", "node_modules", ".build/app")


@pytest.fixture(scope="session")
def largest(tmp_path_factory: pytest.TempPathFactory) -> list[Stack]:
    """The stacks of src/test/full-regions."""
    root = tmp_path_factory.mktemp("largest")
    copies.make(root, COPIED, SHARED)
    shutil.copytree(ROOT / "src/test/full-regions/prod", root / "regions/prod")
    output = root / "cdktf.out"
    environment = {"SUPERSET_ENVIRONMENT": "prod", "CDKTF_OUTDIR": str(output)}
    subprocess.run(["src/commands/app.sh"], cwd=root, env={**os.environ, **environment}, check=True)
    return stacks(sorted(output.glob("stacks/*/cdk.tf.json")))
