"""What Terraform's AWS provider knows of a resource type, as it says itself."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commands import environment


def resources(folder: Path, stack: Mapping[str, Any]) -> dict[str, Any]:
    """Schema by resource type.

    :param folder: empty; Terraform works there
    :param stack: a stack's JSON, which says which provider
    """
    needed = {"required_providers": stack["terraform"]["required_providers"]}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": needed}))
    said = [
        subprocess.run(
            ["terraform", *command],
            cwd=folder,
            env=environment.tools(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in (["init", "-input=false"], ["providers", "schema", "-json"])
    ]
    (provider,) = [
        schema
        for name, schema in json.loads(said[1])["provider_schemas"].items()
        if name.endswith("/aws")
    ]
    return dict(provider["resource_schemas"])


def arguments(block: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of everything that may be set."""
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("optional") or attribute.get("required"):
            yield (*path, name)
    for name, inner in block.get("block_types", {}).items():
        yield from arguments(inner["block"], (*path, name))
