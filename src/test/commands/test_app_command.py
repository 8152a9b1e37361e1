"""app.sh decides when to build, and what it starts; Maven and Java are stand-ins here."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

COMMANDS = Path(__file__).resolve().parents[2] / "commands"

MVN = """#!/usr/bin/env bash
echo run >>"$LOG/mvn"
sleep "${MVN_SECONDS:-0}"
[[ -z ${MVN_FAILS:-} ]] || { echo 'does not compile' >&2; exit 1; }
mkdir -p target/classes
cp src/main/java/Main.java target/classes/Main.class
for argument; do
  case $argument in -Dmdep.outputFile=*) printf '%s' "$LIBRARY" >"${argument#*=}" ;; esac
done
"""
JAVA = """#!/usr/bin/env bash
echo "$@" >>"$LOG/java"
for argument; do
  case $argument in -XX:ArchiveClassesAtExit=*) echo classes >"${argument#*=}" ;; esac
done
exit "${JAVA_STATUS:-0}"
"""


class Project:
    """A folder that looks like the project to app.sh."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.log = folder / "log"
        self.log.mkdir()
        self.source = self.folder / "src/main/java/Main.java"
        self.source.parent.mkdir(parents=True)
        self.source.write_text("class Main {}")
        (self.folder / "pom.xml").write_text("<project/>")
        (self.folder / "src/commands").mkdir()
        for name in ("app.sh", "pack.py"):
            shutil.copy2(COMMANDS / name, self.folder / "src/commands" / name)
        programs = folder / "bin"
        programs.mkdir()
        for name, text in {"mvn": MVN, "java": JAVA}.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        library = folder / "library.jar"
        shutil.make_archive(str(folder / "library"), "zip", self.log)
        (folder / "library.zip").rename(library)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("JAVA", "JSII"))}
        self.environment = {
            **environment,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LOG": str(self.log),
            "LIBRARY": str(library),
        }

    def start(self, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / "src/commands/app.sh")],
            cwd="/",
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, **variables: str) -> int:
        process = self.start(**variables)
        process.communicate(timeout=60)
        return process.returncode

    def times(self, program: str) -> int:
        path = self.log / program
        return len(path.read_text().splitlines()) if path.exists() else 0

    def java_arguments(self) -> str:
        return (self.log / "java").read_text().splitlines()[-1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_unchanged_sources_are_built_once(project: Project) -> None:
    assert project.run() == 0
    os.utime(project.source)
    assert project.run() == 0
    assert (project.times("mvn"), project.times("java")) == (1, 2)


def test_a_change_is_built_whatever_its_time(project: Project) -> None:
    project.run()
    project.source.write_text("class Main { int changed; }")
    os.utime(project.source, (0, 0))
    project.run()
    assert project.times("mvn") == 2


def test_a_removed_source_is_a_change(project: Project) -> None:
    extra = project.source.with_name("Extra.java")
    extra.write_text("class Extra {}")
    project.run()
    extra.unlink()
    project.run()
    assert project.times("mvn") == 2


def test_what_was_built_before_is_not_built_again(project: Project) -> None:
    first = project.source.read_text()
    project.run()
    project.source.write_text("class Main { int branch; }")
    project.run()
    project.source.write_text(first)
    project.run()
    assert project.times("mvn") == 2


def test_two_side_by_side_build_once(project: Project) -> None:
    both = [project.start(MVN_SECONDS="0.5") for _ in range(2)]
    assert [process.communicate(timeout=60) and process.returncode for process in both] == [0, 0]
    assert (project.times("mvn"), project.times("java")) == (1, 2)


def test_standard_output_carries_nothing_of_the_build(project: Project) -> None:
    process = project.start(MVN_FAILS="yes")
    said, complaints = process.communicate(timeout=60)
    assert process.returncode != 0
    assert said == ""
    assert "does not compile" in complaints


def test_a_failed_build_leaves_nothing_behind_and_is_tried_again(project: Project) -> None:
    assert project.run(MVN_FAILS="yes") != 0
    left = [path for path in (project.folder / ".build/app").iterdir() if path.is_dir()]
    assert left == []
    assert project.run() == 0


def test_the_second_run_uses_the_class_archive_of_the_first(project: Project) -> None:
    project.run()
    assert "-XX:ArchiveClassesAtExit=" in project.java_arguments()
    project.run()
    assert "-XX:SharedArchiveFile=" in project.java_arguments()


def test_a_failed_run_keeps_its_status_and_leaves_no_class_archive(project: Project) -> None:
    assert project.run(JAVA_STATUS="1") == 1
    assert list((project.folder / ".build/app").rglob("classes.jsa*")) == []
    assert project.run(JAVA_STATUS="3") == 3


def test_plain_takes_no_short_cut(project: Project) -> None:
    project.run(SUPERSET_SYNTH="plain")
    assert "-XX:" not in project.java_arguments()


def test_a_build_that_is_in_use_is_not_a_week_old(project: Project) -> None:
    project.run()
    builds = project.folder / ".build/app"
    old = next(path for path in builds.iterdir() if path.is_dir())
    eight_days_ago = time.time() - 8 * 86400
    os.utime(old, (eight_days_ago, eight_days_ago))
    project.source.write_text("class Main { int changed; }")
    project.run()
    assert not old.exists()
    assert len([path for path in builds.iterdir() if path.is_dir()]) == 1
