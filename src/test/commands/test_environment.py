"""Which environment cdktf and Terraform get."""

import os
from pathlib import Path

import pytest

from commands import environment


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Variables of a user without any set-up."""
    folder = tmp_path / "home"
    folder.mkdir()
    return {"HOME": str(folder), "PATH": "/usr/bin"}


def mirror_in(root: Path, *folders: str) -> Path:
    mirror = root.joinpath(*folders)
    (mirror / environment.REGISTRY_FOLDER).mkdir(parents=True)
    return mirror


def test_a_mirror_a_few_levels_down_is_found(tmp_path: Path) -> None:
    mirror = mirror_in(tmp_path, "usr", "local", "share")
    assert environment.find_mirror({}, tmp_path) == mirror


def test_the_nearest_mirror_wins(tmp_path: Path) -> None:
    mirror_in(tmp_path, "a", "deep", "one")
    near = mirror_in(tmp_path, "z")
    assert environment.find_mirror({}, tmp_path) == near


def test_a_mirror_too_deep_is_not_looked_for(tmp_path: Path) -> None:
    mirror_in(tmp_path, "1", "2", "3", "4", "5")
    assert environment.find_mirror({}, tmp_path) is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    mirror_in(tmp_path, "elsewhere")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "elsewhere")
    assert environment.find_mirror({}, tmp_path / "root") is None


def test_a_named_mirror_is_taken_as_it_is(tmp_path: Path) -> None:
    mirror_in(tmp_path, "found")
    assert environment.find_mirror({"SUPERSET_TF_MIRROR": "/named"}, tmp_path) == Path("/named")
    assert environment.find_mirror({"SUPERSET_TF_MIRROR": "none"}, tmp_path) is None


def test_with_a_mirror_terraform_and_cdktf_work_offline(
    tmp_path: Path, home: dict[str, str]
) -> None:
    mirror = mirror_in(tmp_path, "opt", "plugins")
    variables = environment.terraform_configuration(home, tmp_path / "build", tmp_path)
    written = Path(variables["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'"{mirror}"' in written
    assert "filesystem_mirror" in written
    assert variables["CDKTF_SKIP_PROVIDER_LOCK"] == "true"


def test_without_a_mirror_terraform_is_left_alone(tmp_path: Path, home: dict[str, str]) -> None:
    assert environment.terraform_configuration(home, tmp_path / "build", tmp_path / "home") == {}


def test_a_configuration_that_does_not_exist_is_replaced(
    tmp_path: Path, home: dict[str, str]
) -> None:
    home["TF_CLI_CONFIG_FILE"] = str(tmp_path / "gone")
    variables = environment.terraform_configuration(home, tmp_path / "build", tmp_path / "home")
    assert Path(variables["TF_CLI_CONFIG_FILE"]).read_text() == ""
    assert "CDKTF_SKIP_PROVIDER_LOCK" not in variables


@pytest.mark.parametrize("by", ["variable", "home"])
def test_the_users_own_configuration_stays(tmp_path: Path, home: dict[str, str], by: str) -> None:
    mirror_in(tmp_path, "opt", "plugins")
    own = Path(home["HOME"]) / ".terraformrc"
    own.write_text("# mine")
    if by == "variable":
        own = own.rename(tmp_path / "mine")
        home["TF_CLI_CONFIG_FILE"] = str(own)
    assert environment.terraform_configuration(home, tmp_path / "build", tmp_path) == {}


def test_the_emulators_environment_reaches_no_account_of_the_user(home: dict[str, str]) -> None:
    theirs = {
        **home,
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "theirs",
        "AWS_ACCESS_KEY_ID": "theirs",
        "AWS_ENDPOINT_URL_S3": "elsewhere",
    }
    made = environment.emulator("http://127.0.0.1:1", theirs)
    assert "theirs" not in made.values()
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & made.keys()
    assert made["AWS_CONFIG_FILE"] == made["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_on_aws_the_credentials_are_the_users(home: dict[str, str]) -> None:
    made = environment.tools({**home, "AWS_PROFILE": "work"})
    assert made["AWS_PROFILE"] == "work"
    assert "AWS_ENDPOINT_URL" not in made
