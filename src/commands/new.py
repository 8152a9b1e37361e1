"""Writes the YAML of a new region or environment.

`python -m commands.new region REGION [--zones ZONE,ZONE]` adds a region to SUPERSET_ENVIRONMENT.
`python -m commands.new environment NAME --account ID --domain HOST [--hosted-zone NAME] --region
REGION --email ADDRESS` adds an environment of one region, at staging's sizes.

The address block is the next one that is free in every environment, so that any two VPCs can be
linked. What was written is synthesized at once; if that reports a mistake, nothing remains.
"""

import argparse
import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from commands.environment import ROOT
from commands.snapshots import SynthesisFailed, synthesize

REGIONS = ROOT / "regions"
EDITOR = "# yaml-language-server: $schema=../schema.json\n"
#: Blocks of VPCs are taken from here, each as large as the largest that is allowed.
SPACE = ipaddress.ip_network("10.0.0.0/8")
PREFIX = 16
#: Without an account to ask, the command goes on after seconds.
PATIENCE = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
#: Where the image of a new environment comes from, and its sizes.
MODEL = "staging"


class NotWritten(Exception):
    """Nothing was written; the message says why."""


def taken(folder: Path) -> Iterator[ipaddress.IPv4Network]:
    """Address blocks of every region of every environment."""
    for file in sorted(folder.glob("*/*.yaml")):
        block = (yaml.safe_load(file.read_text()) or {}).get("cidr")
        if block:
            yield ipaddress.IPv4Network(block)


def free_block(blocks: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The first that is after all others; where none is, the first between them."""
    used = list(blocks)
    last = max((int(block.broadcast_address) for block in used), default=0)
    free = [one for one in SPACE.subnets(new_prefix=PREFIX) if not any(map(one.overlaps, used))]
    if not free:
        raise NotWritten(f"no /{PREFIX} of {SPACE} is free: write the region's file by hand")
    return next((one for one in free if int(one.network_address) > last), free[0])


def zones(region: str) -> tuple[list[str], str]:
    """Two zones of a region, and where that is known from."""
    try:
        found = boto3.client(
            "ec2", region_name=region, config=PATIENCE
        ).describe_availability_zones(
            Filters=[{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
        )["AvailabilityZones"]
    except (BotoCoreError, ClientError):
        return [f"{region}a", f"{region}b"], "a guess, since no account was reached: check them"
    names = sorted(zone["ZoneName"] for zone in found if zone["State"] == "available")
    return names[:2], "those of the account"


def region_text(block: ipaddress.IPv4Network, names: list[str]) -> str:
    """A region's file."""
    return f"{EDITOR}cidr: {block}\nzones: [{', '.join(names)}]\n"


def platform_text(model: str, options: argparse.Namespace) -> str:
    """platform.yaml of a new environment: the model's, with its own identity."""
    own = {
        "account": f'"{options.account}"',
        "domain": options.domain,
        "hosted_zone": options.hosted_zone or options.domain.partition(".")[2],
        "writer": options.region,
        "state_region": options.region,
        "admin": f"{{email: {options.email}}}",
        "alerts": f"{{email: [{options.email}]}}",
    }
    lines = []
    for line in model.splitlines():
        key = line.partition(":")[0]
        if line.startswith("#") and line != EDITOR.strip():
            continue
        lines.append(f"{key}: {own[key]}" if key in own else line)
    return "\n".join(lines) + "\n"


def write(files: dict[Path, str], environment: str) -> None:
    """Writes all files, and takes them away again if the environment is not one with them."""
    for file in files:
        if file.exists():
            raise NotWritten(f"{file.relative_to(ROOT)} exists")
    made = {file.parent for file in files if not file.parent.exists()}
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    try:
        with tempfile.TemporaryDirectory(prefix="new-") as output:
            synthesize(environment, Path(output) / environment)
    except SynthesisFailed as problem:
        for file in files:
            file.unlink()
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise NotWritten(f"nothing remains of it, since it has mistakes\n{problem}") from None


def new_region(options: argparse.Namespace) -> list[str]:
    """What to do next."""
    environment = os.environ.get("SUPERSET_ENVIRONMENT", "prod")
    if not (REGIONS / environment / "platform.yaml").is_file():
        raise NotWritten(f"there is no environment {environment}: make new-environment")
    names, known = (options.zones.split(","), "yours") if options.zones else zones(options.region)
    file = REGIONS / environment / f"{options.region}.yaml"
    block = free_block(taken(REGIONS))
    write({file: region_text(block, names)}, environment)
    return [
        f"{file.relative_to(ROOT)}: {block}, zones {', '.join(names)} ({known})",
        "next: make snapshots, read the diff; then docs/runbooks/add-a-region.md",
    ]


def new_environment(options: argparse.Namespace) -> list[str]:
    """What to do next."""
    folder = REGIONS / options.name
    names, known = (options.zones.split(","), "yours") if options.zones else zones(options.region)
    model = (REGIONS / MODEL / "platform.yaml").read_text()
    block = free_block(taken(REGIONS))
    files = {
        folder / "platform.yaml": platform_text(model, options),
        folder / f"{options.region}.yaml": region_text(block, names),
    }
    write(files, options.name)
    return [
        f"regions/{options.name}: {options.region}, {block}, zones {', '.join(names)} ({known})",
        f"its sizes and its image are those of {MODEL}: read platform.yaml",
        'next: make snapshots, then README.md, "Deploy to AWS", with '
        f"SUPERSET_ENVIRONMENT={options.name}",
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="new", description=(__doc__ or "").split("\n\n")[0])
    kinds = parser.add_subparsers(required=True)
    region = kinds.add_parser("region", help="one more region of SUPERSET_ENVIRONMENT")
    region.add_argument("region", metavar="REGION")
    region.set_defaults(make=new_region)
    environment = kinds.add_parser("environment", help="one more environment, of one region")
    environment.add_argument("name", metavar="NAME")
    environment.add_argument("--account", required=True, help="its own, 12 digits")
    environment.add_argument("--domain", required=True, help="host name of Superset")
    environment.add_argument("--hosted-zone", help="default: the domain without its first part")
    environment.add_argument("--region", required=True)
    environment.add_argument("--email", required=True, help="of the administrator and of alarms")
    environment.set_defaults(make=new_environment)
    for one in (region, environment):
        one.add_argument("--zones", help="two or three, such as us-east-1a,us-east-1b")
    options = parser.parse_args(arguments)
    try:
        print("\n".join(options.make(options)))
    except NotWritten as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
