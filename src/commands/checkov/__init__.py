"""Checkov over the Terraform JSON of every stack of every environment.

Checkov reads CDKTF's documents (its framework terraform_json), needs no account and, told so, no
internet. What it reports and we do not follow stands in exceptions.yaml with the reason; one that
excepts nothing is a problem like a finding. Its requirements contradict the emulator's, so it lives
in .build/checkov (setup.sh).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from commands.environment import ROOT

PROGRAM = ROOT / ".build" / "checkov" / "bin" / "checkov"
EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")

#: Blocks that Checkov judges. It fails on others, such as `terraform`, whose version is a text.
_BLOCKS = ("data", "output", "provider", "resource")

#: CDKTF's hash of a construct's path.
_HASH = re.compile(r"_[0-9A-F]{8}$")

_OPTIONS = [
    *("--framework", "terraform_json", "-o", "json"),
    *("--skip-download", "--quiet", "--compact", "--soft-fail"),
]

#: Seconds for all stacks; it takes ten on a quiet machine.
_TIMEOUT = 1800


class CheckovFailed(Exception):
    """It ended without judging every stack; the message is its own."""


@dataclass(frozen=True, order=True)
class Finding:
    """One failed check.

    :ivar check: such as CKV_AWS_50
    :ivar resource: STACK/TYPE.NAME, without CDKTF's hash
    """

    check: str
    resource: str
    title: str


@dataclass(frozen=True)
class Exemption:
    """What is not followed: a check, the resources (patterns of STACK/TYPE.NAME), and why."""

    check: str
    resources: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What came of it.

    :ivar passed: number of checks that passed
    :ivar excepted: findings by the reason that lets them be
    :ivar findings: findings without an exception
    :ivar unused: patterns of exceptions that match no finding, as `CHECK PATTERN`
    """

    passed: int
    excepted: Mapping[Exemption, list[Finding]]
    findings: list[Finding]
    unused: list[str]


def scan(stacks: Mapping[str, str]) -> tuple[int, list[Finding]]:
    """Run Checkov.

    :param stacks: name to Terraform JSON
    :returns: how many checks passed, and what failed
    """
    documents = {name: json.loads(text) for name, text in stacks.items()}
    with tempfile.TemporaryDirectory(prefix="checkov-") as folder:
        for name, document in documents.items():
            path = Path(folder, name, "cdk.tf.json")
            path.parent.mkdir()
            path.write_text(
                json.dumps({k: document[k] for k in _BLOCKS if k in document}, indent=1)
            )
        done = subprocess.run(
            [str(PROGRAM), "-d", folder, *_OPTIONS],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": folder, "LOG_LEVEL": "ERROR"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    if done.returncode:
        raise CheckovFailed(done.stderr or done.stdout)
    report = json.loads(done.stdout)
    if report["summary"]["parsing_errors"] or done.stderr.strip():
        raise CheckovFailed(done.stderr or json.dumps(report["summary"]))
    types = {name: _types(document) for name, document in documents.items()}
    found = {_finding(one, types) for one in report["results"]["failed_checks"]}
    return report["summary"]["passed"], sorted(found)


def _types(document: Mapping[str, Any]) -> dict[str, str]:
    """Type of each logical id; CDKTF makes them unique in a stack."""
    return {
        name: kind
        for block in ("data", "resource")
        for kind, resources in document.get(block, {}).items()
        for name in resources
    }


def _finding(record: Mapping[str, Any], types: Mapping[str, Mapping[str, str]]) -> Finding:
    stack = Path(record["file_path"]).parent.name
    # Checkov writes the type, or the word resource, before it.
    name = record["resource"].rpartition(".")[2]
    kind = types[stack].get(name, "?")
    return Finding(
        record["check_id"], f"{stack}/{kind}.{_HASH.sub('', name)}", record["check_name"]
    )


def exemptions(path: Path = EXCEPTIONS) -> list[Exemption]:
    """What is excepted; each needs its reason."""
    found = [
        Exemption(one["check"], tuple(one["resources"]), one["reason"].strip())
        for one in yaml.safe_load(path.read_text())
    ]
    lacking = [one.check for one in found if not one.resources or not one.reason]
    if lacking:
        raise ValueError(f"{path.name}: without resources or reason: {', '.join(lacking)}")
    return found


def judge(passed: int, found: Iterable[Finding], exempt: Iterable[Exemption]) -> Verdict:
    """Findings against exceptions."""
    excepted: dict[Exemption, list[Finding]] = {one: [] for one in exempt}
    used: set[tuple[str, str]] = set()
    left = []
    for finding in found:
        hits = [
            (one, pattern)
            for one in excepted
            for pattern in one.resources
            if one.check == finding.check and fnmatchcase(finding.resource, pattern)
        ]
        if not hits:
            left.append(finding)
            continue
        excepted[hits[0][0]].append(finding)
        used |= {(one.check, pattern) for one, pattern in hits}
    unused = [
        f"{one.check} {pattern}"
        for one in excepted
        for pattern in one.resources
        if (one.check, pattern) not in used
    ]
    return Verdict(passed, excepted, left, unused)
