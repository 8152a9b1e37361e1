"""Releases the state lock that a killed deploy left: `python -m commands.unlock STACK`

Shows who holds it and since when, and asks for the stack's name. Do it only when you know that the
holder is dead: two deploys at once ruin the state. Afterwards run `make adopt`, then deploy again.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.confirm import NotConfirmed, confirm
from commands.synthesized import OUTPUT, Stack, SynthesisMissing
from commands.terraform import Terraform, TerraformFailed


def lock_of(stack: Stack) -> dict[str, Any] | None:
    """What Terraform wrote into the lock beside the stack's state; None if there is no lock."""
    backend = stack.backend
    if not backend:
        return None
    client = boto3.client("s3", region_name=backend["region"])
    try:
        body = client.get_object(Bucket=backend["bucket"], Key=f"{backend['key']}.tflock")["Body"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise
    return json.loads(body.read())


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="unlock", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("stack", metavar="STACK", help="for example superset-us-east-1")
    parser.add_argument("--yes", metavar="STACK", help="the stack's name again: do not ask")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of the synthesis")
    options = parser.parse_args(arguments)
    try:
        stack = Stack(options.stack, options.output)
        lock = lock_of(stack)
        if lock is None:
            print(f"{stack.name} is not locked")
            return 0
        print(
            f"{stack.name} is locked by {lock['Who']} since {lock['Created']} "
            f"({lock['Operation']}, {lock['ID']})"
        )
        confirm(stack.name, options.yes, "release the lock")
        terraform = Terraform(stack.directory)
        terraform.prepare()
        terraform.run("force-unlock", "-force", lock["ID"])
        print(f"{stack.name} is unlocked")
    except (
        SynthesisMissing,
        NotConfirmed,
        TerraformFailed,
        BotoCoreError,
        ClientError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
