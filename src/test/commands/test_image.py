"""Building, judging and copying the image; Docker is a stand-in here, and where needed, ECR."""

import datetime
import json
import os
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
import served
from botocore.stub import Stubber

from commands import image
from commands.environment import ROOT
from commands.image import Exemption, Finding, ImageFailed, Repository
from commands.problems import Mistakes

AMD, ARM, INDEX, SBOM = (f"sha256:{letter * 64}" for letter in "abcd")
ENVIRONMENT = {"GITHUB_SHA": "0123456789abcdef0123", "GITHUB_RUN_NUMBER": "17"}
TAG = f"{image.release((ROOT / image.CONTEXT / 'Dockerfile').read_text())}-0123456789ab-17"
HERE = Repository("prod", "123456789012", "us-east-1", "superset-production")
THERE = Repository("prod", "123456789012", "eu-west-1", "superset-production")
TODAY = datetime.date(2026, 11, 1)


def manifest(digest: str, os_: str, architecture: str) -> dict[str, Any]:
    return {"digest": digest, "platform": {"os": os_, "architecture": architecture}}


RAW = {
    "manifests": [
        manifest(AMD, "linux", "amd64"),
        manifest(ARM, "linux", "arm64"),
        manifest(SBOM, "unknown", "unknown"),
    ]
}

STAND_IN = """#!/usr/bin/env python3
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
words = sys.argv[1:]
said = sys.stdin.read() if "--password-stdin" in words else ""
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([pathlib.Path(__file__).name, *words, said]) + "\\n")
def pushed(region, tag, digest):
    with (folder / f"tags-{region}").open("a") as tags:
        tags.write(json.dumps({"imageTags": [tag], "imageDigest": digest}) + "\\n")
if "--metadata-file" in words:
    metadata = pathlib.Path(words[words.index("--metadata-file") + 1])
    metadata.write_text(json.dumps({"containerimage.digest": (folder / "digest").read_text()}))
if words[:3] == ["buildx", "imagetools", "create"]:
    name, _, tag = words[words.index("--tag") + 1].rpartition(":")
    pushed(name.split(".")[3], tag, (folder / "digest").read_text())
if words[:3] == ["buildx", "imagetools", "inspect"]:
    print((folder / "index").read_text())
if words[:2] == ["ecr", "get-login-password"]:
    print("password-of-an-hour")
if words[:2] == ["ecr", "describe-images"]:
    tags = folder / f"tags-{words[words.index('--region') + 1]}"
    lines = tags.read_text().splitlines() if tags.exists() else []
    print(json.dumps({"imageDetails": [json.loads(line) for line in lines]}))
if words[:2] == ["ecr", "describe-image-scan-findings"]:
    answers = json.loads((folder / "scans").read_text())
    answer = answers.pop(0)
    (folder / "scans").write_text(json.dumps(answers))
    if isinstance(answer, str):
        print(answer, file=sys.stderr)
        sys.exit(254)
    print(json.dumps(answer))
"""


class Programs:
    """``docker`` and ``aws`` that note what they are asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for name in ("docker", "aws"):
            (folder / name).write_text(STAND_IN)
            (folder / name).chmod(0o755)
        (folder / "digest").write_text(INDEX)
        (folder / "index").write_text(json.dumps(RAW))
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)

    def has(self, repository: Repository, digest: str) -> None:
        line = json.dumps({"imageTags": [TAG], "imageDigest": digest})
        (self.folder / f"tags-{repository.region}").write_text(f"{line}\n")

    def scans(self, *answers: Any) -> None:
        (self.folder / "scans").write_text(json.dumps(answers))

    def calls(self, *start: str) -> list[list[str]]:
        text = (self.folder / "calls").read_text()
        every = [json.loads(line) for line in text.splitlines()]
        return [call for call in every if call[: len(start)] == list(start)]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)


# --- Building ------------------------------------------------------------------------------------
def test_one_build_for_every_platform_with_provenance_and_sbom() -> None:
    command = image.build_command("repository:tag", "the-commit", Path("/m.json"))
    assert command[:3] == ["docker", "buildx", "build"]
    assert command[-1] == "src/main/superset"
    options = list(pairwise(command))
    assert ("--platform", "linux/amd64,linux/arm64") in options
    attested = [value for option, value in options if option == "--attest"]
    assert attested[0] == "type=provenance,mode=max"
    assert attested[1].startswith("type=sbom,generator=docker/buildkit-syft-scanner:")
    assert ("--tag", "repository:tag") in options
    assert {"--push", "--pull", "--no-cache"} <= set(command)


def test_the_build_knows_no_secret_and_leaves_no_cache() -> None:
    words = " ".join(image.build_command("repository:tag", "the-commit", Path("/m.json")))
    for option in ("--secret", "--ssh", "--build-arg", "--cache-to", "--cache-from", "--allow"):
        assert option not in words


def test_every_argument_of_the_dockerfile_has_a_value() -> None:
    arguments = [
        line.split()[1]
        for line in (ROOT / image.CONTEXT / "Dockerfile").read_text().splitlines()
        if line.startswith("ARG ")
    ]
    assert arguments
    assert [one for one in arguments if "=" not in one] == []


def test_what_was_built_is_named_by_its_digest(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert image.main(["build"]) == 0
    assert capsys.readouterr().out == f"digest={INDEX}\n"
    [login] = programs.calls("docker", "login")
    assert login[-1] == "password-of-an-hour"
    assert "password-of-an-hour" not in login[:-1]
    [build] = programs.calls("docker", "buildx", "build")
    assert build[build.index("--tag") + 1] == f"{image.repositories()[0].url}:{TAG}"


def test_a_run_that_is_repeated_builds_nothing_twice(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.has(image.repositories()[0], AMD)
    assert image.main(["build"]) == 0
    assert capsys.readouterr().out == f"digest={AMD}\n"
    assert programs.calls("docker") == []


def test_the_repositories_are_those_of_every_region_with_ci() -> None:
    assert {(one.environment, one.region, one.url) for one in image.repositories()} == {
        ("prod", HERE.region, HERE.url),
        ("prod", THERE.region, THERE.url),
    }


# --- Judging -------------------------------------------------------------------------------------
def basic(*found: tuple[str, str, str]) -> dict[str, Any]:
    """ECR's own scan."""
    return {
        "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed."},
        "imageScanFindings": {
            "findings": [
                {
                    "name": name,
                    "severity": severity,
                    "attributes": [
                        {"key": "package_version", "value": "1.0"},
                        {"key": "package_name", "value": package},
                    ],
                }
                for name, severity, package in found
            ]
        },
    }


def inspected(name: str, severity: str, fixable: str, package: dict[str, str]) -> dict[str, Any]:
    """Amazon Inspector's."""
    details = {"vulnerabilityId": name, "vulnerablePackages": [package]}
    found = {"severity": severity, "fixAvailable": fixable, "packageVulnerabilityDetails": details}
    return {
        "imageScanStatus": {"status": "ACTIVE"},
        "imageScanFindings": {"enhancedFindings": [found]},
    }


def through_botocore(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, if ECR's model has such answers."""
    client = boto3.client(
        "ecr", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stubber:
        stubber.add_response("describe_image_scan_findings", answer)
        return dict(client.describe_image_scan_findings(repositoryName="xx", imageId={}))


@pytest.mark.parametrize(
    ("answer", "finding", "grave"),
    [
        (basic(("CVE-1", "CRITICAL", "zlib")), Finding("CVE-1", "zlib", "CRITICAL", ""), True),
        (basic(("CVE-1", "HIGH", "zlib")), Finding("CVE-1", "zlib", "HIGH", ""), False),
        (
            inspected("CVE-2", "HIGH", "YES", {"name": "flask", "fixedInVersion": "3.1.1"}),
            Finding("CVE-2", "flask", "HIGH", "3.1.1"),
            True,
        ),
        (
            inspected("CVE-2", "HIGH", "PARTIAL", {"name": "a", "fixedInVersion": "NotAvailable"}),
            Finding("CVE-2", "a", "HIGH", "available"),
            True,
        ),
        (
            inspected("CVE-2", "HIGH", "NO", {"name": "flask"}),
            Finding("CVE-2", "flask", "HIGH", ""),
            False,
        ),
        (
            inspected("CVE-2", "MEDIUM", "YES", {"name": "flask", "fixedInVersion": "3.1.1"}),
            Finding("CVE-2", "flask", "MEDIUM", "3.1.1"),
            False,
        ),
        (
            inspected("CVE-2", "CRITICAL", "NO", {"name": "flask"}),
            Finding("CVE-2", "flask", "CRITICAL", ""),
            True,
        ),
    ],
)
def test_critical_findings_count_and_high_ones_with_a_fix(
    answer: dict[str, Any], finding: Finding, grave: bool
) -> None:
    assert list(image.findings(through_botocore(answer))) == [finding]
    assert finding.grave is grave


GRAVE = Finding("CVE-1", "zlib", "CRITICAL", "")


def exempt(vulnerability: str = "CVE-1", package: str = "zlib", day: int = 2) -> Exemption:
    return Exemption(vulnerability, package, "because", datetime.date(2026, 11, day))


@pytest.mark.parametrize(
    ("found", "exemptions", "said"),
    [
        ([], [], []),
        ([GRAVE, GRAVE], [], ["CVE-1 CRITICAL in zlib: no fix is known"]),
        ([GRAVE], [exempt()], []),
        ([GRAVE], [exempt(day=1)], []),
        ([Finding("CVE-9", "zlib", "LOW", "2")], [], []),
        ([GRAVE], [exempt(package="glibc")], ["CVE-1 CRITICAL in zlib", "glibc: nothing of it"]),
        ([], [exempt()], ["CVE-1 in zlib: nothing of it was found; remove it"]),
    ],
)
def test_what_is_not_excepted_is_wrong_and_so_is_an_exception_without_need(
    found: list[Finding], exemptions: list[Exemption], said: list[str]
) -> None:
    lines = image.problems(found, exemptions, TODAY)
    assert len(lines) == len(said)
    assert all(word in line for word, line in zip(said, lines, strict=True))


def test_an_exception_ends() -> None:
    one = Exemption("CVE-1", "zlib", "because", datetime.date(2026, 10, 31))
    assert image.problems([GRAVE], [one], TODAY) == [
        "CVE-1 CRITICAL in zlib: no fix is known",
        f"{image.EXCEPTIONS}: CVE-1 in zlib: ended on 2026-10-31",
    ]


ENTRY = 'vulnerability = "CVE-1"\npackage = "zlib"\nreason = "because"\nuntil = 2026-11-02\n'


def test_exceptions_are_read() -> None:
    assert image.exemptions(f"[[exception]]\n{ENTRY}") == [exempt()]
    assert image.exemptions("# none\n") == []


def test_the_committed_exceptions_are_read() -> None:
    image.exemptions((ROOT / image.EXCEPTIONS).read_text())


def test_every_mistake_in_the_exceptions_is_said() -> None:
    text = f'[[exception]]\n{ENTRY}why = "?"\n[[exception]]\npackage = ""\nuntil = "soon"\n'
    with pytest.raises(Mistakes) as mistakes:
        image.exemptions(f"{text}[other]\n")
    said = [line.removeprefix(f"{image.EXCEPTIONS}: ") for line in mistakes.value.lines]
    assert [": ".join(line.split(": ")[:2]) for line in said] == [
        "exception 1: why",
        "exception 2: package",
        "exception 2: reason",
        "exception 2: until",
        "exception 2: vulnerability",
        "other: write [[exception]]",
    ]


def test_exceptions_that_are_no_toml_are_said_with_their_line() -> None:
    with pytest.raises(Mistakes, match=r"scan-exceptions.toml: .*line 2"):
        image.exemptions("[[exception]]\npackage: zlib\n")


NOT_YET = "An error occurred (ScanNotFoundException) when calling DescribeImageScanFindings"
RUNNING = {"imageScanStatus": {"status": "IN_PROGRESS"}}


def test_a_scan_is_waited_for(programs: Programs) -> None:
    programs.scans(NOT_YET, RUNNING, basic())
    slept: list[float] = []
    assert image.scan(HERE, AMD, slept.append) == basic()
    assert slept == [image.INTERVAL] * 2


def test_a_scan_that_never_ends_is_not_waited_for_in_vain(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "LOOKS", 4)
    programs.scans(*[RUNNING] * 4)
    with pytest.raises(ImageFailed, match="is not over after 1 minutes: IN_PROGRESS"):
        image.scan(HERE, AMD, lambda _: None)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"imageScanStatus": {"status": "UNSUPPORTED_IMAGE"}}, "is UNSUPPORTED_IMAGE"),
        ("An error occurred (AccessDeniedException)", "AccessDeniedException"),
    ],
)
def test_a_scan_that_cannot_be_had_ends_it(programs: Programs, answer: Any, said: str) -> None:
    programs.scans(answer)
    with pytest.raises(ImageFailed, match=said):
        image.scan(HERE, AMD, lambda _: None)


def test_the_image_of_each_platform_is_judged(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.scans(basic(("CVE-1", "LOW", "a")), basic(("CVE-2", "CRITICAL", "b")))
    assert image.main(["judge", INDEX]) == 1
    said = capsys.readouterr()
    assert said.err == "CVE-2 CRITICAL in b: no fix is known\n"
    assert (
        said.out == "linux/amd64: 1 found, 0 of them grave\nlinux/arm64: 1 found, 1 of them grave\n"
    )
    asked = programs.calls("aws", "ecr", "describe-image-scan-findings")
    assert [call[call.index("--image-id") + 1] for call in asked] == [
        f"imageDigest={AMD}",
        f"imageDigest={ARM}",
    ]


def test_a_good_image_passes(programs: Programs) -> None:
    programs.scans(basic(), basic(("CVE-1", "HIGH", "a")))
    assert image.main(["judge", INDEX]) == 0


def test_an_image_without_a_platform_is_not_judged(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    (programs.folder / "index").write_text(json.dumps({"manifests": RAW["manifests"][:1]}))
    assert image.main(["judge", INDEX]) == 1
    assert "the image has nothing for linux/arm64" in capsys.readouterr().err


# --- Copying -------------------------------------------------------------------------------------
def test_the_index_is_copied_as_it_is_into_every_other_region(programs: Programs) -> None:
    source, other = image.repositories()
    programs.has(source, INDEX)
    assert image.main(["copy", "prod", INDEX]) == 0
    [create] = programs.calls("docker", "buildx", "imagetools", "create")
    assert create[4:-1] == ["--tag", f"{other.url}:{TAG}", f"{source.url}@{INDEX}"]
    assert {call[-2] for call in programs.calls("docker", "login")} == {source.host, other.host}
    assert {call[call.index("--profile") + 1] for call in programs.calls("aws")} == {"prod"}


def test_a_tag_of_another_image_is_not_taken_for_this_one(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    source, other = image.repositories()
    programs.has(source, INDEX)
    programs.has(other, AMD)
    assert image.main(["copy", "prod", INDEX]) == 1
    assert f"{other.url}:{TAG} is {AMD}, not {INDEX}" in capsys.readouterr().err


def test_without_its_surroundings_it_says_what_is_missing(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert image.main(["copy", "qa", INDEX]) == 1
    assert "qa: is no environment with roles of CI" in capsys.readouterr().err
    for name in ENVIRONMENT:
        monkeypatch.delenv(name)
    assert image.main(["build"]) == 1
    assert "GITHUB_SHA, GITHUB_RUN_NUMBER: not set" in capsys.readouterr().err


# --- The real command line, on an emulated ECR ---------------------------------------------------
@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    with served.aws():
        # A profile that is named has its own credentials, whatever the environment holds.
        keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
        (tmp_path / "credentials").write_text(f"[{HERE.environment}]\n{keys}")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        monkeypatch.setenv("PATH", str(ROOT / ".venv" / "bin"), prepend=os.pathsep)
        yield boto3.client("ecr", region_name="us-east-1")


def test_the_real_aws_is_understood(ecr: Any) -> None:
    ecr.create_repository(repositoryName=HERE.name)
    kind = "application/vnd.oci.image.manifest.v1+json"
    document = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": []})
    ecr.put_image(repositoryName=HERE.name, imageManifest=document, imageTag=TAG)
    [pushed] = ecr.describe_images(repositoryName=HERE.name)["imageDetails"]
    assert HERE.digest_of(TAG) == pushed["imageDigest"]
    assert HERE.digest_of("another") is None
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert HERE.ecr("get-login-password").strip() == b64decode(token).decode().partition(":")[2]
    looks: list[float] = []

    def scanned(seconds: float) -> None:
        looks.append(seconds)
        ecr.start_image_scan(repositoryName=HERE.name, imageId={"imageTag": TAG})

    answer = image.scan(HERE, pushed["imageDigest"], scanned)
    # It was not there at the first look.
    assert len(looks) == 1
    assert [one.severity for one in image.findings(answer)] == ["HIGH"]
