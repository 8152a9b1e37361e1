"""Writes stacks as `cdktf synth` does, for the commands that read them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.synthesized import Stack

ACCOUNT = "123456789012"
TAGS = {"environment": "production", "managed-by": "cdktf"}


def tags(name: str) -> dict[str, str]:
    return {"Name": name}


def all_tags(name: str) -> list[dict[str, str]]:
    """As boto3 takes them: everything a resource made by Terraform would carry."""
    return [{"Key": key, "Value": value} for key, value in {**TAGS, "Name": name}.items()]


def write(
    output: Path,
    resources: Mapping[str, Mapping[str, Any]],
    name: str = "superset-us-east-1",
    backend: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Stack:
    """Write a stack of the production environment and read it back."""
    directory = output / "stacks" / name
    directory.mkdir(parents=True, exist_ok=True)
    default_tags = [{"tags": TAGS}]
    document = {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
            "backend": backend or {"local": {"path": "terraform.tfstate"}},
        },
        "provider": {
            "aws": [
                {
                    "region": "us-east-1",
                    "allowed_account_ids": [ACCOUNT],
                    "default_tags": default_tags,
                    "max_retries": 2,
                },
                {"alias": "eu-west-1", "region": "eu-west-1", "default_tags": default_tags},
            ]
        },
        "resource": resources,
    }
    if data:
        document["data"] = data
    (directory / "cdk.tf.json").write_text(json.dumps(document, indent=2))
    return Stack(name, output)
