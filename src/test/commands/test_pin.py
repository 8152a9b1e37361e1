"""What the digest of an image is written over, and what is left alone."""

import shutil
from pathlib import Path

import pytest
import yaml

from commands import image, pin
from commands.environment import ROOT
from commands.problems import Mistakes
from commands.snapshots import FOLDER

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
VALUES = {"version": "6.2.0", "image_digest": DIGEST}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what is read and written."""
    for name in ("regions", FOLDER.name):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / image.CONTEXT).mkdir(parents=True)
    shutil.copy(ROOT / image.CONTEXT / "Dockerfile", tmp_path / image.CONTEXT)
    return tmp_path


def configuration(project: Path, name: str) -> str:
    return (project / "regions" / name / "platform.yaml").read_text()


@pytest.mark.parametrize("name", ["prod", "staging", "dev"])
def test_only_the_two_values_change(name: str) -> None:
    text = configuration(ROOT, name)
    after = pin.written(text, VALUES, "platform.yaml")
    lines = list(zip(text.splitlines(), after.splitlines(), strict=True))
    changed = [new.strip() for old, new in lines if old != new]
    assert changed == ["version: 6.2.0", f'image_digest: "{DIGEST}"']
    assert "#" in text or name != "prod"


@pytest.mark.parametrize(
    "text",
    [
        "superset: {version: 6.1.0, image_digest: 'sha256:old', examples: true}  # why\n",
        "superset:\n  # the newest\n  image_digest: sha256:old # by CI\n  version: '6.1.0'\n",
        'superset:\n  "version": "6.1.0"\n  "image_digest":   "sha256:old"\n',
    ],
)
def test_whatever_the_layout_it_is_kept(text: str) -> None:
    after = pin.written(text, VALUES, "platform.yaml")
    assert after == text.replace("sha256:old", DIGEST).replace("6.1.0", "6.2.0")
    assert yaml.safe_load(after)["superset"] | VALUES == yaml.safe_load(after)["superset"]


def test_what_cannot_be_written_in_place_is_left_alone() -> None:
    text = "a: &digest sha256:old\nsuperset: {version: 6.1.0, image_digest: *digest}\n"
    with pytest.raises(Mistakes, match="superset: cannot be written in place"):
        pin.written(text, VALUES, "platform.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "web: {}\n",
            ["p:1: superset.version: is missing", "p:1: superset.image_digest: is missing"],
        ),
        ("web: {}\nsuperset: {version: 6.1.0}\n", ["p:2: superset.image_digest: is missing"]),
    ],
)
def test_keys_that_are_missing_are_said(text: str, said: list[str]) -> None:
    with pytest.raises(Mistakes) as mistakes:
        pin.written(text, VALUES, "p")
    assert mistakes.value.lines == said


def test_the_environments_with_ci_are_written(project: Path) -> None:
    assert pin.pin(DIGEST, [], project) == ["prod"]
    assert DIGEST in configuration(project, "prod")
    assert configuration(project, "staging") == configuration(ROOT, "staging")
    assert pin.pin(DIGEST, [], project) == []


def test_the_release_is_that_of_the_image(project: Path) -> None:
    dockerfile = project / image.CONTEXT / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("superset:6.1.0@", "superset:6.9.1@"))
    pin.pin(DIGEST, ["dev"], project)
    assert yaml.safe_load(configuration(project, "dev"))["superset"]["version"] == "6.9.1"


def test_all_that_is_wrong_is_said_and_nothing_written(project: Path) -> None:
    with pytest.raises(Mistakes) as mistakes:
        pin.pin("latest", ["prod", "qa"], project)
    assert [line.split(":")[0] for line in mistakes.value.lines] == ["qa", "latest"]
    assert configuration(project, "prod") == configuration(ROOT, "prod")


def test_a_file_with_mistakes_keeps_the_others_as_they_are(project: Path) -> None:
    (project / "regions" / "staging" / "platform.yaml").write_text("web: {}\n")
    with pytest.raises(Mistakes, match="regions/staging/platform.yaml:1: superset.version"):
        pin.pin(DIGEST, ["prod", "staging"], project)
    assert configuration(project, "prod") == configuration(ROOT, "prod")


def test_the_pull_request_says_what_it_pins() -> None:
    assert DIGEST in pin.story(DIGEST, ["prod"])
    assert pin.story(DIGEST, []) == ""
