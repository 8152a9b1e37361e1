"""The bill of materials names everything that is locked."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from commands import sbom
from commands.environment import ROOT

POM = "{http://maven.apache.org/POM/4.0.0}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return sbom.write(tmp_path_factory.mktemp("sbom"))


@pytest.mark.parametrize("name", sbom.PYTHON)
def test_every_locked_python_package_is_named(made: dict[str, Path], name: str) -> None:
    locked = {
        (f"pkg:pypi/{re.sub(r'[-_.]+', '-', package).lower()}", version)
        for package, version in re.findall(
            r"^([\w.-]+)(?:\[[^]]*\])?==([^ \\;]+)", (ROOT / sbom.PYTHON[name]).read_text(), re.M
        )
    }
    assert len(locked) > 50
    assert sbom.components(made[name]) == locked


def test_every_locked_npm_package_is_named(made: dict[str, Path]) -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    locked = {
        # A package under another name says its own.
        (one.get("name", path.rpartition("node_modules/")[2]).replace("@", "%40"), one["version"])
        for path, one in packages.items()
        if path
    }
    found = {
        (package.removeprefix("pkg:npm/"), version)
        for package, version in sbom.components(made["npm"])
    }
    assert len(locked) > 100
    assert found == locked


def test_every_java_library_is_named(made: dict[str, Path]) -> None:
    pom = ElementTree.parse(ROOT / "pom.xml").getroot()
    wanted = {
        f"pkg:maven/{one.findtext(f'{POM}groupId')}/{one.findtext(f'{POM}artifactId')}"
        for one in pom.findall(f"{POM}dependencies/{POM}dependency")
    }
    assert len(wanted) > 8
    assert wanted <= {package for package, _ in sbom.components(made["java"])}


@pytest.mark.parametrize("lock", sbom.PYTHON.values())
def test_every_locked_python_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+(?:\[[^]]*\])?==)", (ROOT / lock).read_text(), flags=re.M)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_locked_npm_package_has_its_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    bare = [path for path, one in packages.items() if path and "integrity" not in one]
    # What a package brings along in its own archive has that one's.
    assert [path for path in bare if not packages[path].get("inBundle")] == []
