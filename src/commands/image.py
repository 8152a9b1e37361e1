"""Builds the image, has it judged by ECR's scan, copies it: what the workflow `image` runs.

``python3 -m commands.image build`` builds src/main/superset for every platform and pushes it into
the first image repository of the environments with roles of CI, unless the same run did already;
prints ``digest=…``, a line for GITHUB_OUTPUT. ``… judge DIGEST`` waits for ECR's scan there and
ends with 1 where it found what scan-exceptions.toml does not except. ``… copy ENVIRONMENT DIGEST``
copies the image, as it is, into the repositories of all regions of an environment.

An account is reached by the profile of ``aws`` that is called like the environment. Needs
``docker`` with buildx, ``aws``, and nothing but Python: a runner has them without a setup.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import matrix
from commands.environment import ROOT
from commands.problems import Mistakes
from commands.snapshots import FOLDER, environments

#: What is built. Tasks run on ARM64; people try it on what they have.
CONTEXT = "src/main/superset"
PLATFORMS = ("linux/amd64", "linux/arm64")
#: BuildKit's own generator of SBOMs; its default is a tag that moves.
SBOM = (
    "docker/buildkit-syft-scanner:1.11.0"
    "@sha256:79e7b013cbec16bbb436f312819a49a4a57752b2270c1a9332ae1a10fcc82a68"
)
EXCEPTIONS = f"{CONTEXT}/scan-exceptions.toml"

#: Seconds between two looks at a scan, and how many looks there are.
INTERVAL = 15
LOOKS = 80
#: Amazon ECR API Reference, ImageScanStatus: a basic scan ends COMPLETE, Inspector's stays ACTIVE.
_DONE = ("ACTIVE", "COMPLETE")
_RUNNING = ("IN_PROGRESS", "PENDING")


class ImageFailed(Exception):
    """A step ended with an error; the message is its own."""


@dataclass(frozen=True)
class Repository:
    """A region's image repository.

    :ivar environment: also the profile of ``aws`` that reaches its account
    """

    environment: str
    account: str
    region: str
    name: str

    @property
    def host(self) -> str:
        """The registry."""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"

    @property
    def url(self) -> str:
        """The repository, without a tag."""
        return f"{self.host}/{self.name}"

    def ecr(self, *arguments: str) -> str:
        """What ``aws ecr`` answers."""
        where = ("--profile", self.environment, "--region", self.region)
        return run("aws", "ecr", *arguments, *where, "--output", "json")

    def log_in(self) -> None:
        """Lets ``docker`` push and pull for twelve hours."""
        password = self.ecr("get-login-password").strip()
        run(
            *("docker", "login", "--username", "AWS", "--password-stdin", self.host),
            stdin=password,
        )

    def digest_of(self, tag: str) -> str | None:
        """Digest of the image with a tag; None where there is none."""
        listed = self.ecr(
            "describe-images", "--repository-name", self.name, "--filter", "tagStatus=TAGGED"
        )
        for image in json.loads(listed)["imageDetails"]:
            if tag in image.get("imageTags", ()):
                return str(image["imageDigest"])
        return None


@dataclass(frozen=True, order=True)
class Finding:
    """A vulnerability in a package.

    :ivar severity: CRITICAL, HIGH, …, as ECR says it
    :ivar fix: the version without it, or "available"; empty: none is known
    """

    vulnerability: str
    package: str
    severity: str
    fix: str

    @property
    def grave(self) -> bool:
        """Whether it keeps the image from being used."""
        return self.severity == "CRITICAL" or (self.severity == "HIGH" and bool(self.fix))

    def __str__(self) -> str:
        fix = f"fixed in {self.fix}" if self.fix else "no fix is known"
        return f"{self.vulnerability} {self.severity} in {self.package}: {fix}"


@dataclass(frozen=True)
class Exemption:
    """What is accepted for a while: a vulnerability in a package, why, and the last day of it."""

    vulnerability: str
    package: str
    reason: str
    until: datetime.date

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        return (self.vulnerability, self.package) == (finding.vulnerability, finding.package)


def run(*command: str, stdin: str | None = None, follow: bool = False) -> str:
    """What a program printed.

    :param follow: show what else it says while it runs, not only when it fails
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=None if follow else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or "").strip()
        raise ImageFailed(f"{' '.join(command[:3])} … ended with {done.returncode}\n{said}")
    return done.stdout


def repositories(root: Path = ROOT) -> list[Repository]:
    """Every region's, of every environment with roles of CI; the first is built into."""
    folder = root / FOLDER.name
    found = []
    for name in environments(root):
        if matrix.environment(name, folder):
            stack = matrix.bootstrap(name, folder)
            found += [
                Repository(name, str(stack.account), one.region, one.attributes["name"])
                for one in stack.of("aws_ecr_repository")
            ]
    if not found:
        raise ImageFailed("no environment has roles of CI: write `ci` into its platform.yaml")
    return found


# --- Building ------------------------------------------------------------------------------------
def release(dockerfile: str) -> str:
    """The release of Superset that an image is made from."""
    found = re.search(r"^FROM apache/superset:([\d.]+)@sha256:", dockerfile, re.MULTILINE)
    if not found:
        raise ImageFailed(f"{CONTEXT}/Dockerfile has no FROM apache/superset:RELEASE@sha256:…")
    return found[1]


def tag(environment: Mapping[str, str], root: Path = ROOT) -> str:
    """Tag of this run's image; tags are immutable, so a run that is repeated finds its own.

    :param environment: GitHub's variables
    """
    lacking = [one for one in ("GITHUB_SHA", "GITHUB_RUN_NUMBER") if not environment.get(one)]
    if lacking:
        raise ImageFailed(f"{', '.join(lacking)}: not set; GitHub sets it for the workflow `image`")
    version = release((root / CONTEXT / "Dockerfile").read_text())
    commit, number = environment["GITHUB_SHA"], environment["GITHUB_RUN_NUMBER"]
    return f"{version}-{commit[:12]}-{number}"


def build_command(name: str, revision: str, metadata: Path) -> list[str]:
    """The one build.

    Nothing is taken from a cache, so that Debian's packages are today's, and nothing is put into
    one. It has no arguments and no secrets: provenance of the mode ``max`` tells all of them.

    :param name: repository and tag
    :param revision: the commit
    :param metadata: where the digest is written
    """
    return [
        *("docker", "buildx", "build", "--platform", ",".join(PLATFORMS)),
        *("--pull", "--no-cache", "--push", "--tag", name),
        *("--attest", "type=provenance,mode=max", "--attest", f"type=sbom,generator={SBOM}"),
        *("--label", f"org.opencontainers.image.revision={revision}"),
        *("--metadata-file", str(metadata), CONTEXT),
    ]


def build(repository: Repository, environment: Mapping[str, str]) -> str:
    """Builds and pushes, or finds what was pushed; returns the digest."""
    wanted = tag(environment)
    if found := repository.digest_of(wanted):
        print(f"{repository.url}:{wanted} is there already", file=sys.stderr)
        return found
    repository.log_in()
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        metadata = Path(folder) / "metadata.json"
        command = build_command(f"{repository.url}:{wanted}", environment["GITHUB_SHA"], metadata)
        run(*command, follow=True)
        return str(json.loads(metadata.read_text())["containerimage.digest"])


# --- Judging -------------------------------------------------------------------------------------
def by_platform(index: Mapping[str, Any]) -> dict[str, str]:
    """Digest of each platform's image: ECR scans these. Attestations are of no known platform."""
    named = {
        f"{one['platform']['os']}/{one['platform']['architecture']}": str(one["digest"])
        for one in index["manifests"]
    }
    lacking = [platform for platform in PLATFORMS if platform not in named]
    if lacking:
        raise ImageFailed(f"the image has nothing for {', '.join(lacking)}")
    return {platform: named[platform] for platform in PLATFORMS}


def scan(
    repository: Repository, digest: str, sleep: Callable[[float], object] = time.sleep
) -> Mapping[str, Any]:
    """ECR's answer, once the scan is over."""
    status = "not begun"
    for look in range(LOOKS):
        if look:
            sleep(INTERVAL)
        try:
            answer = json.loads(
                repository.ecr(
                    *("describe-image-scan-findings", "--repository-name", repository.name),
                    *("--image-id", f"imageDigest={digest}"),
                )
            )
        except ImageFailed as error:
            if "(ScanNotFoundException)" in str(error):
                continue
            raise
        said = answer["imageScanStatus"]
        status = f"{said['status']}: {said.get('description', '')}"
        if said["status"] in _DONE:
            return dict(answer)
        if said["status"] not in _RUNNING:
            raise ImageFailed(f"the scan of {digest} in {repository.url} is {status}")
    minutes = LOOKS * INTERVAL // 60
    raise ImageFailed(f"the scan of {digest} is not over after {minutes} minutes: {status}")


def findings(answer: Mapping[str, Any]) -> Iterator[Finding]:
    """What a scan found: ECR's own (``findings``), or Amazon Inspector's (``enhancedFindings``).

    Only Inspector says whether there is a fix.
    """
    found = answer.get("imageScanFindings", {})
    for one in found.get("findings", ()):
        attributes = {each["key"]: each.get("value", "") for each in one.get("attributes", ())}
        package = attributes.get("package_name", "?")
        yield Finding(one["name"], package, one["severity"], "")
    for one in found.get("enhancedFindings", ()):
        details = one["packageVulnerabilityDetails"]
        fixable = one.get("fixAvailable") in ("YES", "PARTIAL")
        for package in details.get("vulnerablePackages", ()):
            version = package.get("fixedInVersion", "")
            fix = version if version and version != "NotAvailable" else "available"
            yield Finding(
                details["vulnerabilityId"],
                package["name"],
                one["severity"],
                fix if fixable else "",
            )


def exemptions(text: str) -> list[Exemption]:
    """What is accepted. Raises Mistakes with everything that is wrong."""
    keys = {"vulnerability": str, "package": str, "reason": str, "until": datetime.date}
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Mistakes([f"{EXCEPTIONS}: {error}"]) from None
    wrong = [f"{EXCEPTIONS}: {key}: write [[exception]]" for key in document.keys() - {"exception"}]
    entries = document.get("exception", [])
    for number, entry in enumerate(entries, 1):
        where = f"{EXCEPTIONS}: exception {number}"
        wrong += [f"{where}: {key}: there is no such key" for key in entry.keys() - keys.keys()]
        for key, kind in keys.items():
            # A time is a date, too, to Python.
            if type(entry.get(key)) is not kind or not entry[key]:
                what = "a day, such as 2026-12-31" if kind is datetime.date else "a text"
                wrong.append(f"{where}: {key}: is missing or of another kind; write {what}")
    if wrong:
        raise Mistakes(sorted(wrong))
    return [Exemption(**entry) for entry in entries]


def problems(
    found: Iterable[Finding], exempt: Sequence[Exemption], today: datetime.date
) -> list[str]:
    """What keeps the image from being used: a grave finding, an exception that excepts nothing."""
    grave = sorted({finding for finding in found if finding.grave})
    good = [one for one in exempt if one.until >= today]
    lines = [str(finding) for finding in grave if not any(one.covers(finding) for one in good)]
    for one in exempt:
        what = f"{EXCEPTIONS}: {one.vulnerability} in {one.package}"
        if not any(one.covers(finding) for finding in grave):
            lines.append(f"{what}: nothing of it was found; remove it")
        elif one not in good:
            lines.append(f"{what}: ended on {one.until}")
    return lines


def judge(repository: Repository, digest: str) -> list[str]:
    """What is wrong with the image; empty where it may be used."""
    exempt = exemptions((ROOT / EXCEPTIONS).read_text())
    repository.log_in()
    inspect = ("docker", "buildx", "imagetools", "inspect", "--raw")
    index = json.loads(run(*inspect, f"{repository.url}@{digest}"))
    found: list[Finding] = []
    for platform, image in by_platform(index).items():
        ours = list(findings(scan(repository, image)))
        print(f"{platform}: {len(ours)} found, {sum(one.grave for one in ours)} of them grave")
        found += ours
    return problems(found, exempt, datetime.datetime.now(datetime.UTC).date())


# --- Copying -------------------------------------------------------------------------------------
def copy(source: Repository, targets: Iterable[Repository], digest: str, name: str) -> None:
    """Copies index, images and attestations, so that the digest stays what it is.

    :param name: the tag that the image gets
    """
    source.log_in()
    for target in targets:
        there = target.digest_of(name)
        if not there:
            target.log_in()
            run(
                *("docker", "buildx", "imagetools", "create"),
                *("--tag", f"{target.url}:{name}", f"{source.url}@{digest}"),
            )
            there = target.digest_of(name)
        if there != digest:
            raise ImageFailed(f"{target.url}:{name} is {there}, not {digest}")
        print(f"{target.url}:{name} is {digest}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="image", description=(__doc__ or "").split("\n\n")[0])
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("build", help="build, push, print digest=…")
    judged = steps.add_parser("judge", help="wait for ECR's scan; 1 where it finds something grave")
    copied = steps.add_parser("copy", help="copy into every region of an environment")
    copied.add_argument("environment", metavar="ENVIRONMENT")
    for one in (judged, copied):
        one.add_argument("digest", metavar="DIGEST")
    options = parser.parse_args(arguments)
    try:
        every = repositories()
        if options.step == "build":
            print(f"digest={build(every[0], os.environ)}")
        elif options.step == "judge":
            if wrong := judge(every[0], options.digest):
                print("\n".join(wrong), file=sys.stderr)
                return 1
        else:
            targets = [one for one in every if one.environment == options.environment]
            if not targets:
                raise ImageFailed(f"{options.environment}: is no environment with roles of CI")
            copy(every[0], targets, options.digest, tag(os.environ))
    except (ImageFailed, Mistakes) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
