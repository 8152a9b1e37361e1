"""Synthesizing, beside a TypeScript application of the same size.

Whole processes, from the shell's fork to the last child's end, each variant in turn and the turns
repeated, so that what else the machine does meets all of them alike; medians are reported. The peer
is a TypeScript CDKTF application with as many stacks and resources, generated from our own JSON and
run as the JavaScript that TypeScript compiles to.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from commands.deploy import RESULT
from commands.environment import BUILD, ROOT
from commands.measure import Measurement, run
from commands.progress import clock
from commands.snapshots import synthesize

PEER = BUILD / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("cdktf@0.19.2", "constructs@10.3.0", "@cdktf/provider-aws@18.0.3")
"""The peer's libraries: the same versions of the same bindings."""

#: A region that no environment has: its name, and the block that no other region uses.
EXTRA_REGION = ("ap-southeast-2", "10.30.0.0/16")

_TYPE = re.compile(r"terraformResourceType: '(\w+)'")
_CLASS = re.compile(r"^class (\w+) extends cdktf\.TerraformResource", re.M)


def by_hand(title: str) -> str:
    """A part of the page that no run of this program measures: kept as it is."""
    found = re.search(rf"(?ms)^### {title}\n.*?(?=^## |\Z)", PAGE.read_text())
    return found[0] if found else ""


# --- The peer -----------------------------------------------------------------------------------
def install_peer() -> None:
    """The peer's libraries, once."""
    PEER.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps({"private": True, "//": PACKAGES})
    marker = PEER / "package.json"
    if marker.exists() and (PEER / "installed").exists():
        return
    marker.write_text(wanted)
    command = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([*command, *PACKAGES], cwd=PEER, check=True, stdout=subprocess.DEVNULL)
    (PEER / "installed").touch()


def peer_classes() -> dict[str, tuple[str, str]]:
    """Resource type to the folder and the class of the provider's library."""
    found = {}
    for path in (PEER / "node_modules/@cdktf/provider-aws/lib").glob("*/index.js"):
        if path.parent.name.startswith("data-"):
            continue
        text = path.read_text()
        kind, name = _TYPE.search(text), _CLASS.search(text)
        if kind and name:
            found[kind[1]] = (path.parent.name, name[1])
    return found


def camel(name: str) -> str:
    """``vpc_id`` as ``vpcId``."""
    return re.sub(r"[_-]([a-z0-9])", lambda match: match[1].upper(), name)


def _plain(value: Any) -> bool:
    """Whether a value can be given to the constructor as it is."""
    if isinstance(value, list):
        return all(not isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)


def peer_program(stacks: Mapping[str, Mapping[str, Any]], deep: bool) -> tuple[str, int]:
    """The peer's source and how many resources it makes."""
    classes = peer_classes()
    modules: set[str] = set()
    lines: list[str] = []
    count = 0

    def reference(folder: str, name: str) -> str:
        modules.add(folder)
        space = camel(folder)
        return f"{space}_1.{name}" if deep else f"aws.{space}.{name}"

    for index, (stack, document) in enumerate(stacks.items()):
        scope = f"stack{index}"
        lines.append(f"const {scope} = new cdktf.TerraformStack(app, {json.dumps(stack)});")
        backend = json.dumps(
            {camel(key): value for key, value in document["terraform"]["backend"]["s3"].items()}
        )
        lines.append(f"new cdktf.S3Backend({scope}, {backend});")
        for number, block in enumerate(document["provider"]["aws"]):
            given = {"region": block.get("region")}
            if block.get("alias"):
                given["alias"] = block["alias"]
            maker = reference("provider", "AwsProvider")
            lines.append(f"new {maker}({scope}, 'aws{number}', {json.dumps(given)});")
        for kind, blocks in document.get("resource", {}).items():
            folder, name = classes.get(kind, ("", ""))
            for identifier, block in blocks.items():
                given = {}
                rest = {}
                for key, value in block.items():
                    if key in ("//", "provider", "provisioner", "connection"):
                        continue
                    simple = _plain(value) and key not in ("depends_on", "lifecycle")
                    if folder and (simple or key == "tags"):
                        given[camel(key)] = value
                    else:
                        rest[key] = value
                maker = reference(folder, name) if folder else "cdktf.TerraformResource"
                if not folder:
                    # Terraform's own kind of resource is not in the provider's library.
                    given["terraformResourceType"] = kind
                variable = f"r{count}"
                lines.append(
                    f"const {variable} = new {maker}({scope}, {json.dumps(kind + identifier)}, "
                    f"{json.dumps(given)});"
                )
                lines += [
                    f"{variable}.addOverride({json.dumps(key)}, {json.dumps(value)});"
                    for key, value in rest.items()
                ]
                count += 1
        for name, block in document.get("output", {}).items():
            value = json.dumps({"value": block["value"], "staticId": True})
            lines.append(
                f"new cdktf.TerraformOutput({scope}, {json.dumps('output-' + name)}, {value});"
            )
    imports = ['const cdktf = require("cdktf");']
    if deep:
        imports += [
            f'const {camel(folder)}_1 = require("@cdktf/provider-aws/lib/{folder}");'
            for folder in sorted(modules)
        ]
    else:
        imports.append('const aws = require("@cdktf/provider-aws");')
    program = [
        '"use strict";',
        *imports,
        "const app = new cdktf.App({ outdir: process.argv[2] });",
        *lines,
        "app.synth();",
    ]
    return "\n".join(program) + "\n", count


# --- Ours ---------------------------------------------------------------------------------------
def workspace(folder: Path, regions: int) -> Path:
    """The project with so many regions more in prod, as app.sh sees it."""
    folder.mkdir(parents=True)
    for name in ("pom.xml", "src", "regions"):
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    (folder / ".build").mkdir()
    (folder / ".build" / "app").symlink_to(BUILD / "app")
    prod = folder / "regions" / "prod"
    if regions:
        name, cidr = EXTRA_REGION
        model = (prod / "eu-west-1.yaml").read_text()
        text = re.sub(r"(?m)^cidr: .*$", f"cidr: {cidr}", model.replace("eu-west-1", name))
        (prod / f"{name}.yaml").write_text(text)
    return folder


# --- Measuring ----------------------------------------------------------------------------------
class Variant:
    """One command, measured again and again."""

    def __init__(
        self, name: str, command: Sequence[str], cwd: Path, variables: Mapping[str, str]
    ) -> None:
        self.name = name
        self.command = command
        self.cwd = cwd
        self.environment = {
            **os.environ,
            "CHECKPOINT_DISABLE": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            **variables,
        }
        self.runs: list[Measurement] = []

    def measure(self, keep: bool = True) -> None:
        """One more run."""
        result = run(self.command, cwd=self.cwd, environment=self.environment)
        if result.exit_code:
            raise SystemExit(f"{self.name}: exit {result.exit_code}: {' '.join(self.command)}")
        if keep:
            self.runs.append(result)

    def median(self, attribute: str) -> float:
        """The median of one figure."""
        return statistics.median(getattr(result, attribute) for result in self.runs)

    def row(self) -> str:
        """A line of the table."""
        seconds = [result.seconds for result in self.runs]
        return (
            f"| {self.name} | {self.median('seconds'):.2f} s | {min(seconds):.2f} to "
            f"{max(seconds):.2f} s | {self.median('cpu_seconds'):.2f} s | "
            f"{self.median('peak_mib'):.0f} MiB |"
        )


def size(environment: str, folder: Path) -> int:
    """How many resources all the stacks of an environment have."""
    documents = (json.loads(text) for text in synthesize(environment, folder).values())
    return sum(len(made) for text in documents for made in text["resource"].values())


def variants(folder: Path) -> tuple[list[Variant], int, int]:
    """What is measured, with the number of stacks and of resources."""
    stacks = {name: json.loads(text) for name, text in synthesize("prod", folder / "s").items()}
    install_peer()
    ours = workspace(folder / "ours", 0)
    more = workspace(folder / "more", 1)
    app = "src/commands/app.sh"
    found = [
        Variant("this project", [app], ours, {"CDKTF_OUTDIR": str(folder / "o1")}),
        Variant("this project, one region more", [app], more, {"CDKTF_OUTDIR": str(folder / "o2")}),
        Variant(
            f"this project, staging with {size('staging', folder / 'n')} resources",
            [app],
            ours,
            {"CDKTF_OUTDIR": str(folder / "o4"), "SUPERSET_ENVIRONMENT": "staging"},
        ),
        Variant(
            "this project without its short cuts",
            [app],
            ours,
            {"CDKTF_OUTDIR": str(folder / "o3"), "SUPERSET_SYNTH": "plain"},
        ),
    ]
    resources = 0
    for deep, name in ((False, "the usual import"), (True, "deep imports")):
        source, resources = peer_program(stacks, deep)
        program = PEER / ("deep.js" if deep else "usual.js")
        program.write_text(source)
        command = ["node", str(program), str(folder / f"peer{deep}")]
        found.append(Variant(f"TypeScript CDKTF, {name}", command, PEER, {}))
    for output in ("o1", "o2", "o3", "o4", "peerFalse", "peerTrue"):
        (folder / output).mkdir()
    return found, len(stacks), resources


def load() -> float:
    """The machine's load average over the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """The machine's size and its programs' versions, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"{java.splitlines()[0]}, Node {node.strip()}"
    )


def deploy_section() -> str:
    """The last deploy's times by stack."""
    if not RESULT.exists():
        return "No deploy was measured here yet: `make demo` records one.\n"
    document = json.loads(RESULT.read_text())
    where = "the local AWS" if document["emulator"] else "AWS"
    rows = "\n".join(
        f"| {stack['stack']} | {stack['created']} | {clock(stack['seconds'])} | "
        + ", ".join(f"{name} {clock(seconds)}" for name, seconds in stack["slowest"][:3])
        + " |"
        for stack in document["stacks"]
    )
    return (
        f"`{document['environment']}` on {where}, {document['finished']}: "
        f"{clock(document['seconds'])} for everything. The second region starts as soon as the "
        "first one has its database and secrets, so the times add up to more than that. What is "
        "waited for is fixed in the AWS provider (it polls, or insists on seeing a state for a "
        "while), not work of this machine.\n\n"
        "| stack | resources | time | waits longest for |\n| --- | --- | --- | --- |\n"
        f"{rows}\n"
    )


def page(found: Sequence[Variant], stacks: int, resources: int, turns: int, busy: float) -> str:
    """The text of docs/benchmarks.md."""
    ours, more = found[0], found[1]
    differences = [b.seconds - a.seconds for a, b in zip(ours.runs, more.runs, strict=True)]
    added = statistics.median(differences)
    rows = "\n".join(variant.row() for variant in found)
    return f"""# Benchmarks

Written by `make bench` on {time.strftime("%Y-%m-%d", time.gmtime())}. No test asserts a time.

Machine: {machine()}. Load average when the measurement began: {busy:.1f}.

## Synthesizing

All prod stacks: {stacks} stacks, {resources} resources. Medians of {turns} turns; in each turn
every variant ran once, one after the other, after one turn to warm up.

| variant | wall time | range | CPU time | peak memory |
| --- | --- | --- | --- | --- |
{rows}

- Wall time is the whole process, from its start to its end, `src/commands/app.sh` with its look
  for changed sources included. CPU time is that of the process and its children.
- Peak memory is the highest sum of the resident sets of all its processes (JVM and Node),
  sampled every 10 ms; pages they share count twice.
- The goal is 1.5 s and 400 MB, and 0.1 s for one region more. One region more cost {added:.2f} s
  here (median of the differences within a turn).
- The peer is generated from our own JSON ({", ".join(PACKAGES)})
  and runs as compiled JavaScript, without the compiler. "The usual import" is
  `import * as aws from "@cdktf/provider-aws"`; "deep imports" name each module, as in
  `import {{ Vpc }} from "@cdktf/provider-aws/lib/vpc"`.

{by_hand("Where the time goes")}## Deploying

{deploy_section()}"""


def measure(turns: int) -> str:
    """The page's part that this module writes.

    :param turns: how often each variant runs
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found, stacks, resources = variants(Path(folder))
        busy = load()
        for turn in range(turns + 1):
            for variant in found:
                variant.measure(keep=turn > 0)
            print(f"turn {turn} of {turns}", flush=True)
        return page(found, stacks, resources, turns, busy)
