"""`make new-region` and `make new-environment` write a configuration that is right, or nothing."""

import ipaddress
from pathlib import Path

import pytest

from commands import new
from commands.new import free_block, taken
from commands.snapshots import SynthesisFailed

PLATFORM = 'account: "123456789012"\ndomain: a.example.com\nadmin: {email: a@example.com}\n'


def blocks(*texts: str) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(text) for text in texts]


@pytest.fixture
def regions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "regions"
    for name in ("prod", "staging"):
        (folder / name).mkdir(parents=True)
        (folder / name / "platform.yaml").write_text(PLATFORM)
    (folder / "prod" / "us-east-1.yaml").write_text("cidr: 10.10.0.0/16\n")
    (folder / "staging" / "us-east-1.yaml").write_text("cidr: 10.30.0.0/17\n")
    monkeypatch.setattr(new, "ROOT", tmp_path)
    monkeypatch.setattr(new, "REGIONS", folder)
    monkeypatch.setattr(new, "zones", lambda region: ([f"{region}a", f"{region}c"], "known"))
    monkeypatch.setattr(new, "synthesize", lambda *_: None)
    monkeypatch.delenv("SUPERSET_ENVIRONMENT", raising=False)
    return folder


def refuse(*_: object) -> None:
    raise SynthesisFailed("prod: regions/prod/eu-west-1.yaml:2: cidr: …")


def test_a_block_is_the_next_after_all_others() -> None:
    assert free_block(blocks("10.10.0.0/16", "10.30.0.0/17")) == blocks("10.31.0.0/16")[0]


def test_where_none_is_after_the_others_one_between_them_is_taken() -> None:
    assert free_block(blocks("10.0.0.0/16", "10.255.0.0/16")) == blocks("10.1.0.0/16")[0]


def test_without_a_free_block_nothing_is_written() -> None:
    with pytest.raises(new.NotWritten, match="is free"):
        free_block(blocks("10.0.0.0/8"))


def test_blocks_of_other_environments_are_taken_too(regions: Path) -> None:
    assert list(taken(regions)) == blocks("10.10.0.0/16", "10.30.0.0/17")


def test_a_region_is_its_block_and_its_zones(regions: Path) -> None:
    assert new.main(["region", "eu-west-1"]) == 0
    assert (regions / "prod" / "eu-west-1.yaml").read_text() == (
        "# yaml-language-server: $schema=../schema.json\n"
        "cidr: 10.31.0.0/16\nzones: [eu-west-1a, eu-west-1c]\n"
    )


def test_a_region_that_exists_is_left_alone(
    regions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new.main(["region", "us-east-1"]) == 1
    assert capsys.readouterr().err == "regions/prod/us-east-1.yaml exists\n"
    assert (regions / "prod" / "us-east-1.yaml").read_text() == "cidr: 10.10.0.0/16\n"


def test_of_what_has_mistakes_nothing_remains(
    regions: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(new, "synthesize", refuse)
    assert new.main(["region", "eu-west-1"]) == 1
    assert "regions/prod/eu-west-1.yaml:2: cidr" in capsys.readouterr().err
    assert not (regions / "prod" / "eu-west-1.yaml").exists()
    arguments = ["--account", "1", "--domain", "a.b.c", "--region", "us-east-1", "--email", "a@b.c"]
    assert new.main(["environment", "qa", *arguments]) == 1
    assert not (regions / "qa").exists()


def test_an_environment_is_like_staging_with_its_own_identity(regions: Path) -> None:
    given = {"account": "456789012345", "domain": "a.qa.example.com", "email": "b@example.com"}
    arguments = [word for key, value in given.items() for word in (f"--{key}", value)]
    assert new.main(["environment", "qa", "--region", "eu-west-1", *arguments]) == 0
    assert (regions / "qa" / "platform.yaml").read_text() == (
        'account: "456789012345"\ndomain: a.qa.example.com\nadmin: {email: b@example.com}\n'
    )
    assert "cidr: 10.31.0.0/16" in (regions / "qa" / "eu-west-1.yaml").read_text()
