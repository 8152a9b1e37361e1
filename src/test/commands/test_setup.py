"""setup.sh on machines that lack something; the programs are stand-ins."""

import shutil
import subprocess
from pathlib import Path

import pytest

COMMANDS = Path(__file__).resolve().parents[2] / "commands"
VERSIONS = {
    "java": 'openjdk version "17.0.15" 2025-04-15',
    "javac": "javac 17.0.15",
    "mvn": "Apache Maven 3.8.7",
    "node": "v20.20.2",
    "npm": "11.19.1",
    "python3": "Python 3.11.7",
    "terraform": "Terraform v1.11.4\non linux_amd64",
}
#: Of the emulator; the two that are found as files are those of the machine that tests.
PACKAGED = ("redis-server", "haproxy", "mariadbd", "chromium")
STATIC_FILES = "src/main/superset/pythonpath/superset_aws/static_files.py"
COMPRESSED = "python3 -m superset_aws.static_files"
SYSTEM = (
    "bash cat cp cut dirname env find flock grep head id mkdir printf readlink rm sha256sum sort "
    "tail tr"
)


class Machine:
    """A machine with some programs, and the project's set-up on it."""

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "clone"
        (self.clone / "src/commands").mkdir(parents=True)
        shutil.copy2(COMMANDS / "setup.sh", self.clone / "src/commands/setup.sh")
        for name in ("package.json", "package-lock.json", "pom.xml"):
            (self.clone / name).write_text(name)
        (self.clone / "src/commands/requirements.txt").write_text("locked")
        app = self.clone / "src/commands/app.sh"
        app.write_text('#!/usr/bin/env bash\necho "app $SUPERSET_SYNTH" >>calls\n')
        app.chmod(0o755)
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in SYSTEM.split():
            (self.programs / name).symlink_to(shutil.which(name) or name)
        for name, version in VERSIONS.items():
            self.install(name, version)
        for name in PACKAGED:
            self.install(name, "1.0")
        checkov = self.clone / "src/commands/checkov/requirements.txt"
        checkov.parent.mkdir()
        checkov.write_text("locked")
        superset = self.clone / "src/main/superset"
        superset.mkdir(parents=True)
        (superset / "requirements.txt").write_text("locked")
        (self.clone / STATIC_FILES).parent.mkdir(parents=True)
        (self.clone / STATIC_FILES).write_text("compresses")

    def install(self, name: str, version: str) -> None:
        path = self.programs / name
        path.write_text(
            "#!/usr/bin/env bash\n"
            'case "$*" in\n'
            f"  version | *-version) cat <<'E'\n{version}\nE\n  ;;\n"
            f'  *) echo "{name} $*" >>calls ;;\n'
            "esac\n"
            'case "$*" in\n'
            "  ci*) mkdir -p node_modules ;;\n"
            '  "-m venv .venv") mkdir -p .venv/bin\n'
            '    for made in python uv; do cp "$0" .venv/bin/$made; done ;;\n'
            '  venv*checkov) mkdir -p .build/checkov/bin; cp "$0" .build/checkov/bin/checkov ;;\n'
            "  venv*superset) mkdir -p .build/superset/bin\n"
            '    for made in gunicorn python; do cp "$0" .build/superset/bin/$made; done ;;\n'
            "esac\n"
        )
        path.chmod(0o755)

    def remove(self, name: str) -> None:
        (self.programs / name).unlink()

    def set_up(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / "bash"), str(self.clone / "src/commands/setup.sh")],
            cwd="/",
            env={"PATH": str(self.programs), "HOME": str(self.clone)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self) -> list[str]:
        path = self.clone / "calls"
        text = path.read_text() if path.exists() else ""
        path.unlink(missing_ok=True)
        return [" ".join(line.split()[:3]) for line in text.splitlines()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_everything_is_installed_once(machine: Machine) -> None:
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    assert machine.calls() == [
        "npm ci --no-audit",
        "python3 -m venv",
        "python3 -m pip",
        "python3 venv --python",
        "python3 pip install",
        "python3 venv --python",
        "python3 pip install",
        COMPRESSED,
        "app build",
    ]
    second = machine.set_up()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.calls() == []


@pytest.mark.parametrize(
    ("lock", "called"),
    [
        ("package-lock.json", ["npm ci --no-audit"]),
        ("src/commands/requirements.txt", ["python3 -m venv", "python3 -m pip"]),
        (
            "src/main/superset/requirements.txt",
            ["python3 venv --python", "python3 pip install", COMPRESSED],
        ),
        (
            "src/commands/checkov/requirements.txt",
            ["python3 venv --python", "python3 pip install"],
        ),
        (STATIC_FILES, [COMPRESSED]),
        ("pom.xml", ["app build"]),
    ],
)
def test_what_a_changed_lock_locks_is_installed_again(
    machine: Machine, lock: str, called: list[str]
) -> None:
    machine.set_up()
    machine.calls()
    (machine.clone / lock).write_text("changed")
    assert machine.set_up().returncode == 0
    assert machine.calls() == called


def test_every_missing_program_is_named_with_its_remedy(machine: Machine) -> None:
    machine.remove("terraform")
    machine.remove("mvn")
    done = machine.set_up()
    assert done.returncode == 1
    assert "mvn is missing" in done.stderr
    assert "apt-get install maven" in done.stderr
    assert "terraform is missing" in done.stderr
    assert machine.calls() == []


@pytest.mark.parametrize(
    ("program", "version"),
    [("terraform", "Terraform v1.9.8"), ("node", "v18.20.4"), ("java", 'openjdk version "11.0.2"')],
)
def test_a_program_that_is_too_old_is_named(machine: Machine, program: str, version: str) -> None:
    machine.install(program, version)
    done = machine.set_up()
    assert done.returncode == 1
    assert f"{program} is " in done.stderr
    assert "or later" in done.stderr


def test_a_missing_package_is_named_where_it_cannot_be_installed(machine: Machine) -> None:
    machine.remove("haproxy")
    machine.remove("id")
    (machine.programs / "id").write_text("#!/usr/bin/env bash\necho 1000\n")
    (machine.programs / "id").chmod(0o755)
    done = machine.set_up()
    assert done.returncode == 1
    assert "sudo apt-get install haproxy" in done.stderr


def test_a_newer_program_will_do(machine: Machine) -> None:
    machine.install("java", 'openjdk version "21" 2023-09-19')
    machine.install("terraform", "Terraform v2.0.0")
    assert machine.set_up().returncode == 0


def test_a_failed_step_shows_its_log_and_is_tried_again(machine: Machine) -> None:
    app = machine.clone / "src/commands/app.sh"
    works = app.read_text()
    app.write_text("#!/usr/bin/env bash\necho 'cannot compile'; exit 1\n")
    done = machine.set_up()
    assert done.returncode == 1
    assert "cannot compile" in done.stderr
    app.write_text(works)
    machine.calls()
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["app build"]
