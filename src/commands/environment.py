"""The environment in which cdktf and Terraform are run from here.

Quiet tools, a Terraform that finds its provider offline where a mirror is at hand, and, for the
emulator, credentials that reach nothing else. On a machine with neither mirror nor emulator it is
the caller's own environment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"

#: Folder in which Terraform looks up providers of the public registry in a filesystem mirror.
REGISTRY_FOLDER = "registry.terraform.io"

MIRROR_DEPTH = 4
MIRROR_SECONDS = 1.5
#: Top-level folders that hold no mirror, or are not worth the time.
UNSEARCHED = {"proc", "sys", "dev", "run", "tmp", "boot", "lost+found", "bin", "lib", "sbin"}

#: Without these the tools ask for their newest version, a terminal, or report their use.
QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "DISABLE_VERSION_CHECK": "1",
    "CI": "true",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    # cdktf otherwise makes a folder in the user's home.
    "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "true",
}

#: cdktf's variable for the program that it runs as Terraform: ours judges every plan.
GUARDED = {"TERRAFORM_BINARY_NAME": str(ROOT / "src" / "commands" / "guarded-terraform")}


def find_mirror(environment: Mapping[str, str], root: Path = Path("/")) -> Path | None:
    """The provider mirror: SUPERSET_TF_MIRROR, or the first folder of that name below ``root``.

    ``SUPERSET_TF_MIRROR=none`` looks for none. The search goes level by level and stops after
    ``MIRROR_DEPTH`` levels or ``MIRROR_SECONDS``.
    """
    named = environment.get("SUPERSET_TF_MIRROR")
    if named:
        return None if named == "none" else Path(named)
    end = time.monotonic() + MIRROR_SECONDS
    level = [root]
    for depth in range(MIRROR_DEPTH):
        below = []
        for folder in level:
            if time.monotonic() > end:
                return None
            try:
                with os.scandir(folder) as entries:
                    names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            except OSError:
                continue
            if REGISTRY_FOLDER in names:
                return folder
            below += [
                folder / name
                for name in sorted(names)
                if not name.startswith(".")
                and name != "node_modules"
                and not (depth == 0 and name in UNSEARCHED)
            ]
        level = below
    return None


def terraform_configuration(
    environment: Mapping[str, str], build: Path = BUILD, root: Path = Path("/")
) -> dict[str, str]:
    """Variables that decide where Terraform finds its provider.

    A CLI configuration that the user has stays in force, unless SUPERSET_TF_MIRROR says otherwise.
    """
    own = environment.get("TF_CLI_CONFIG_FILE")
    home = Path(environment.get("HOME", "/nonexistent")) / ".terraformrc"
    has_own = Path(own).is_file() if own else home.is_file()
    if has_own and not environment.get("SUPERSET_TF_MIRROR"):
        return {}
    mirror = find_mirror(environment, root)
    lines = []
    if mirror:
        pattern = f"{REGISTRY_FOLDER}/*/*"
        lines = [
            "provider_installation {",
            "  filesystem_mirror {",
            f'    path    = "{mirror}"',
            f'    include = ["{pattern}"]',
            "  }",
            "  direct {",
            f'    exclude = ["{pattern}"]',
            "  }",
            "}",
        ]
    elif not own:
        return {}
    # Also written when empty: the variable may name a file that does not exist, and every command
    # of Terraform then warns.
    path = build / "terraform.tfrc"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in lines)
    if not path.is_file() or path.read_text() != text:
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(text)
        new.replace(path)
    variables = {"TF_CLI_CONFIG_FILE": str(path)}
    if mirror:
        # cdktf would ask the registry for checksums of other platforms.
        variables["CDKTF_SKIP_PROVIDER_LOCK"] = "true"
    return variables


def tools(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment for a tool that works on whatever account the credentials reach."""
    base = dict(os.environ if environment is None else environment)
    path = [str(ROOT / ".venv" / "bin"), str(ROOT / "node_modules" / ".bin"), base.get("PATH", "")]
    return {
        **base,
        **QUIET,
        **terraform_configuration(base),
        "PATH": os.pathsep.join(path),
    }


def emulator(
    url: str, environment: Mapping[str, str] | None = None, *, region: str = "us-east-1"
) -> dict[str, str]:
    """The whole environment for a tool that works on the emulator at ``url`` and nowhere else.

    Nothing of the user's AWS set-up remains: no profile, no file, no proxy for this machine.
    """
    base = dict(os.environ if environment is None else environment)
    kept = {name: value for name, value in base.items() if not name.startswith("AWS_")}
    return {**tools(kept), **emulator_variables(url, region=region)}


def emulator_variables(url: str, *, region: str = "us-east-1") -> dict[str, str]:
    """What points a client of AWS at the emulator."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "emulator-operator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # A call the emulator does not know fails within seconds, not within minutes.
        "AWS_MAX_ATTEMPTS": "3",
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def without_user_settings() -> tuple[str, ...]:
    """Variables that would reach past the emulator and are unset beside ``emulator_variables``."""
    return ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL_S3")
