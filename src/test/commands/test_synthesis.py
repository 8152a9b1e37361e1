"""The short cuts of app.sh change the time of a synthesis, not its result."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def synthesize(environment: str, output: Path, **variables: str) -> dict[str, bytes]:
    output.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JSII_", "SUPERSET_"))}
    subprocess.run(
        [str(ROOT / "src/commands/app.sh")],
        cwd=ROOT,
        env={
            **kept,
            "SUPERSET_ENVIRONMENT": environment,
            "CDKTF_OUTDIR": str(output),
            **variables,
        },
        check=True,
        capture_output=True,
        timeout=300,
    )
    files = (path for path in output.rglob("*") if path.is_file())
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in files}


def test_the_short_cuts_change_nothing_in_the_result(tmp_path: Path) -> None:
    short = synthesize("prod", tmp_path / "short")
    plain = synthesize("prod", tmp_path / "plain", SUPERSET_SYNTH="plain")
    assert sorted(short) == sorted(plain)
    for name, text in plain.items():
        assert short[name] == text, name
    assert any(name.endswith("cdk.tf.json") for name in short)


def lazily(script: str) -> str:
    """What a Node script prints that has the preload's exports as `preload`."""
    preload = ROOT / "src/commands/lazy-provider.js"
    done = subprocess.run(
        ["node", "-e", f"const preload = require({str(preload)!r}); {script}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_a_provider_index_loads_a_module_when_it_is_read(tmp_path: Path) -> None:
    library = tmp_path / "@cdktf/provider-aws/lib"
    (library / "vpc").mkdir(parents=True)
    (library / "subnet").mkdir()
    (library / "vpc/index.js").write_text('console.log("vpc loaded"); exports.Vpc = 1;')
    (library / "subnet/index.js").write_text('console.log("subnet loaded");')
    (library / "index.js").write_text(
        '"use strict";\nexports.vpc = exports.subnet = void 0;\n'
        'exports.vpc = require("./vpc");\nexports.subnet = require("./subnet");\n'
    )
    said = lazily(
        f"const aws = require({str(library / 'index.js')!r});"
        "console.log(Object.keys(aws).sort().join()); console.log(aws.vpc.Vpc, aws.vpc.Vpc);"
    )
    assert said.splitlines() == ["subnet,vpc", "vpc loaded", "1 1"]


def test_an_index_of_another_shape_is_loaded_as_it_is() -> None:
    said = lazily(
        "const s = 'module.exports = load(\"./vpc\");'; console.log(preload.lazy(s) === s)"
    )
    assert said == "true\n"


@pytest.mark.parametrize(
    ("path", "is_index"),
    [
        ("/cache/@cdktf/provider-aws/18.0.3/8bca/lib/index.js", True),
        ("/tmp/node_modules/@cdktf/provider-aws/lib/index.js", True),
        ("/tmp/node_modules/@cdktf/provider-aws/lib/vpc/index.js", False),
        ("/tmp/node_modules/cdktf/lib/index.js", False),
    ],
)
def test_only_the_index_of_a_provider_is_changed(path: str, is_index: bool) -> None:
    assert lazily(f"console.log(preload.INDEX.test({path!r}))") == f"{str(is_index).lower()}\n"
