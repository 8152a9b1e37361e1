"""Takes over what a killed deploy created but did not record: `python -m commands.adopt STACK...`

Terraform writes its state every few seconds. What it creates after the last time is lost to it when
it is killed: the next apply fails with "already exists", or, where names need not be unique (VPC,
NAT gateway, key), makes a second one. This command looks for such resources under the names and
tags of the synthesized JSON and imports them into the state. Run it after a killed deploy, before
the next one. It deletes and replaces nothing, and running it again finds nothing more to do. What
the found resources depend on is brought up to date with them, as by the next deploy.

The folders under cdktf.out must be of the same configuration as the killed deploy.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from commands.existing import FINDERS, REPEATABLE, Aws, Match, Question, find, wait_until_made
from commands.synthesized import (
    OUTPUT,
    Resource,
    Stack,
    SynthesisMissing,
    Values,
    stack_names,
)
from commands.terraform import Terraform, TerraformFailed, recorded

IMPORTS = "adopt.tf.json"
"""Name of the file with the import blocks, beside cdk.tf.json while Terraform runs."""
Say = Callable[[str], None]


class CannotAdopt(Exception):
    """Something a person has to decide."""


@dataclass(frozen=True)
class Adoption:
    """A resource that exists and is not recorded."""

    resource: Resource
    match: Match

    @property
    def address(self) -> str:
        """Terraform's address."""
        return self.resource.address


def find_unrecorded(
    stack: Stack, state: dict[str, dict[str, Any]], say: Say = print
) -> list[Adoption]:
    """Everything of the stack that exists in AWS and is in no stack's state.

    Resources refer to each other (a listener to its load balancer): rounds are repeated as long as
    one finds something that the next can refer to.
    """
    aws = Aws()
    values = Values(stack, state)
    _learn_zones(stack, values, aws)
    _learn_outputs(stack, values, aws)
    taken = _identities(state) | _recorded_elsewhere(stack, aws, say)
    open_ = [resource for resource in stack.resources if resource.address not in state]
    found: list[Adoption] = []
    unknown = sorted({r.type for r in open_} - FINDERS.keys() - REPEATABLE.keys())
    if unknown:
        say(f"{stack.name}: cannot look for {', '.join(unknown)}")
    progress = True
    while progress:
        progress = False
        for resource in list(open_):
            question = Question(resource, values, aws, stack.account or "")
            matches = [m for m in find(question) if _key(resource, m) not in taken]
            if len(matches) > 1:
                ids = ", ".join(match.import_id for match in matches)
                raise CannotAdopt(
                    f"{resource.address} could be any of {ids}: delete those that are not in use"
                )
            if matches:
                match = matches[0]
                taken.add(_key(resource, match))
                values.learn(resource.address, match.attributes)
                found.append(Adoption(resource, match))
                open_.remove(resource)
                progress = True
    for adoption in found:
        question = Question(adoption.resource, values, aws, stack.account or "")
        wait_until_made(question, adoption.match)
    return found


def adopt(
    stack: Stack, terraform: Terraform, dry_run: bool = False, say: Say = print
) -> list[Adoption]:
    """Import what is found; returns what was taken over."""
    terraform.prepare()
    found = find_unrecorded(stack, recorded(terraform.state()), say)
    if not found:
        say(f"{stack.name}: nothing to take over")
        return []
    if dry_run:
        _list(stack, "would take over", found, say)
        return found
    # Others refer to what has to be corrected, so that comes first and alone.
    first = [adoption for adoption in found if adoption.match.corrections]
    rest = [adoption for adoption in found if not adoption.match.corrections]
    taken = []
    with tempfile.TemporaryDirectory(prefix="adopt-") as folder:
        for part in (first, rest):
            plan = Path(folder) / "plan"
            try:
                part = _plan(stack, terraform, plan, part, say)
                if part:
                    terraform.apply(plan)
            finally:
                (stack.directory / IMPORTS).unlink(missing_ok=True)
            if any(adoption.match.corrections for adoption in part):
                _correct(terraform, part, Path(folder))
            taken += part
    _list(stack, "took over", taken, say)
    return taken


def _plan(
    stack: Stack,
    terraform: Terraform,
    plan: Path,
    found: list[Adoption],
    say: Say,
) -> list[Adoption]:
    """Plan the imports; those that Terraform would replace or delete are left out."""
    while found:
        _write(stack, found)
        document = terraform.plan(plan, [adoption.address for adoption in found])
        doomed = _doomed(document)
        wanted = {adoption.address for adoption in found}
        if doomed - wanted:
            raise CannotAdopt(
                f"{stack.name}: the plan would replace or delete {', '.join(sorted(doomed))}; "
                "nothing was taken over"
            )
        if not doomed:
            for address in _made(document):
                say(f"{stack.name}: makes, because something taken over refers to it: {address}")
            return found
        for address in sorted(doomed):
            say(f"{stack.name}: left alone, because it would be replaced: {address}")
        found = [adoption for adoption in found if adoption.address not in doomed]
    return found


def _write(stack: Stack, found: Iterable[Adoption]) -> None:
    blocks = [{"to": adoption.address, "id": adoption.match.import_id} for adoption in found]
    (stack.directory / IMPORTS).write_text(json.dumps({"import": blocks}, indent=2))


def _correct(terraform: Terraform, found: Iterable[Adoption], folder: Path) -> None:
    """Write into the state what the provider reads at a create, but not at an import."""
    corrections = {adoption.address: adoption.match.corrections for adoption in found}
    state = terraform.state()
    for resource in state["resources"]:
        wanted = corrections.get(f"{resource['type']}.{resource['name']}", {})
        for instance in resource["instances"]:
            instance["attributes"].update(wanted)
    state["serial"] += 1
    file = folder / "corrected.tfstate"
    file.write_text(json.dumps(state))
    terraform.run("state", "push", str(file))


def _doomed(plan: dict[str, Any]) -> set[str]:
    """Addresses that a plan deletes or replaces."""
    return {
        change["address"]
        for change in plan.get("resource_changes", [])
        if "delete" in change["change"]["actions"]
    }


def _made(plan: dict[str, Any]) -> list[str]:
    """Addresses that a plan creates: a targeted plan contains what its targets depend on."""
    return [
        change["address"]
        for change in plan.get("resource_changes", [])
        if change["change"]["actions"] == ["create"]
    ]


def _identities(state: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """Type and id of everything recorded."""
    return {(address.split(".")[0], str(known.get("id"))) for address, known in state.items()}


def _recorded_elsewhere(stack: Stack, aws: Aws, say: Say) -> set[tuple[str, str]]:
    """What the environment's other stacks own: a name is unique within its stack only."""
    output = stack.directory.parents[1]
    found = set()
    for name in stack_names(output):
        backend = Stack(name, output).backend
        if name == stack.name or not backend:
            continue
        try:
            found |= _identities(recorded(_stored_state(backend, aws)))
        except (BotoCoreError, ClientError) as error:
            # A lost region's state: what it owns lies in that region.
            say(f"{stack.name}: cannot read the state of {name}: {error}")
    return found


def _stored_state(backend: Mapping[str, Any], aws: Aws) -> dict[str, Any]:
    """The state in a bucket; empty where there is none yet."""
    client = aws.client("s3", backend["region"])
    try:
        body = client.get_object(Bucket=backend["bucket"], Key=backend["key"])["Body"]
    except (client.exceptions.NoSuchKey, client.exceptions.NoSuchBucket):
        return {}
    return json.loads(body.read())


def _key(resource: Resource, match: Match) -> tuple[str, str]:
    return resource.type, match.attributes.get("id", match.import_id)


def _learn_zones(stack: Stack, values: Values, aws: Aws) -> None:
    """A hosted zone that the stack only looks up is no resource, but records name it."""
    for name, block in stack.document.get("data", {}).get("aws_route53_zone", {}).items():
        wanted = values.resolve(block.get("name"))
        for zone in aws.listing("route53", stack.region, "list_hosted_zones", "HostedZones"):
            if wanted and zone["Name"].rstrip(".") == wanted.rstrip("."):
                identifier = zone["Id"].rpartition("/")[2]
                known = {"zone_id": identifier, "id": identifier}
                values.learn(f"data.aws_route53_zone.{name}", known)


def _learn_outputs(stack: Stack, values: Values, aws: Aws) -> None:
    """What other stacks' states say: the dead deploy may not have recorded what it read there."""
    for name, block in stack.document.get("data", {}).get("terraform_remote_state", {}).items():
        outputs = _stored_state(block["config"], aws).get("outputs", {})
        known = {key: output["value"] for key, output in outputs.items()}
        values.learn(f"data.terraform_remote_state.{name}", {"outputs": known})


def _list(stack: Stack, verb: str, found: Iterable[Adoption], say: Say) -> None:
    for adoption in found:
        say(f"{stack.name}: {verb} {adoption.address} ({adoption.match.import_id})")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="adopt", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("stacks", nargs="+", metavar="STACK", help="for example superset-us-east-1")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of the synthesis")
    options = parser.parse_args(arguments)
    try:
        for name in options.stacks:
            stack = Stack(name, options.output)
            adopt(stack, Terraform(stack.directory), options.dry_run)
    except TerraformFailed as error:
        print(error, file=sys.stderr)
        if "state lock" in str(error):
            print(
                f"A killed deploy's lock is released by: make unlock STACK={name}", file=sys.stderr
            )
        return 1
    except (SynthesisMissing, CannotAdopt, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
