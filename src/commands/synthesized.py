"""Reads what `cdktf synth` wrote: the resources of a stack, each with its region and tags.

Commands that work beside Terraform take every name from here, so that names are made in one place
only (the Java class Names).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

OUTPUT = Path("cdktf.out")


class SynthesisMissing(Exception):
    """The stack is not in the output folder."""


@dataclass(frozen=True)
class Resource:
    """One `resource` block."""

    type: str
    name: str
    attributes: Mapping[str, Any] = field(repr=False)
    region: str
    default_tags: Mapping[str, str] = field(repr=False)

    @property
    def address(self) -> str:
        """Terraform's address: TYPE.NAME."""
        return f"{self.type}.{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        """All tags the resource has in AWS: the provider's defaults and its own."""
        return {**self.default_tags, **(self.attributes.get("tags") or {})}


class Stack:
    """One synthesized stack."""

    def __init__(self, name: str, output: Path = OUTPUT) -> None:
        self.name = name
        self.directory = output / "stacks" / name
        path = self.directory / "cdk.tf.json"
        if not path.is_file():
            raise SynthesisMissing(f"{path} does not exist: synthesize the stack {name} first")
        self.document: dict[str, Any] = json.loads(path.read_text())

    @classmethod
    def parsed(cls, name: str, text: str, output: Path = OUTPUT) -> "Stack":
        """A stack whose JSON is at hand, such as a snapshot."""
        stack = cls.__new__(cls)
        stack.name = name
        stack.directory = output / "stacks" / name
        stack.document = json.loads(text)
        return stack

    @cached_property
    def resources(self) -> list[Resource]:
        """Every resource block, in the order of the file."""
        found = []
        for kind, blocks in self.document.get("resource", {}).items():
            for name, block in blocks.items():
                provider = self._provider(block.get("provider"))
                found.append(
                    Resource(kind, name, block, provider.get("region", ""), _default_tags(provider))
                )
        return found

    @property
    def region(self) -> str:
        """Region of the stack's main provider."""
        return self._provider(None).get("region", "")

    @property
    def account(self) -> str | None:
        """The one account that the stack may be deployed into."""
        accounts = self._provider(None).get("allowed_account_ids") or [None]
        return accounts[0]

    @property
    def backend(self) -> dict[str, Any]:
        """Arguments of the S3 backend; empty for another one."""
        return self.document.get("terraform", {}).get("backend", {}).get("s3", {})

    def of(self, *kinds: str) -> list[Resource]:
        """The resources of some types."""
        return [resource for resource in self.resources if resource.type in kinds]

    def _provider(self, reference: str | None) -> dict[str, Any]:
        """The provider block that a resource names (`aws.ALIAS`), or the one without an alias."""
        alias = reference.split(".", 1)[1] if reference and "." in reference else None
        blocks = self.document.get("provider", {}).get("aws", [])
        for block in blocks if isinstance(blocks, list) else [blocks]:
            if block.get("alias") == alias:
                return block
        return {}


def _default_tags(provider: Mapping[str, Any]) -> dict[str, str]:
    blocks = provider.get("default_tags") or []
    merged: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else [blocks]:
        merged.update(block.get("tags") or {})
    return merged


def stack_names(output: Path = OUTPUT) -> list[str]:
    """The stacks of the last synthesis, sorted."""
    return sorted(path.parent.name for path in output.glob("stacks/*/cdk.tf.json"))


_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_ELEMENT = re.compile(r"element\((.+), (\d+)\)")
_REFERENCE = re.compile(r"((?:data\.)?[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+)\.([A-Za-z0-9_.\[\]]+)")


class Values:
    """Resolves attributes that refer to other resources, as far as their values are known.

    Known are what the state recorded, what was `learned` since, and literals in the stack itself.
    """

    def __init__(self, stack: Stack, known: Mapping[str, Mapping[str, Any]]) -> None:
        self._stack = stack
        self._known = {address: dict(attributes) for address, attributes in known.items()}

    def learn(self, address: str, attributes: Mapping[str, Any]) -> None:
        """Add attributes of one resource."""
        self._known.setdefault(address, {}).update(attributes)

    def of(self, resource: Resource, attribute: str) -> str | None:
        """An attribute as text; None where it is absent or not known yet."""
        return self.resolve(resource.attributes.get(attribute))

    def resolve(self, value: Any) -> str | None:
        """Replace every expression of a text; None if one of them is not known."""
        if value is None or isinstance(value, dict | list):
            return None
        if isinstance(value, bool):
            return str(value).lower()
        text = str(value)
        parts = [self._expression(match[1]) for match in _EXPRESSION.finditer(text)]
        if any(part is None for part in parts):
            return None
        replacements = iter(parts)
        resolved = _EXPRESSION.sub(lambda match: str(next(replacements)), text)
        return None if "${" in resolved else resolved

    def _expression(self, expression: str) -> str | None:
        value = self._evaluate(expression.strip())
        return None if isinstance(value, dict | list) else self.resolve(value)

    def _evaluate(self, expression: str) -> Any:
        """The value of a reference or of `element(REFERENCE, INDEX)`; None for anything else."""
        element = _ELEMENT.fullmatch(expression)
        if element:
            values = self._evaluate(element[1])
            return values[int(element[2]) % len(values)] if isinstance(values, list) else None
        match = _REFERENCE.fullmatch(expression)
        if not match:
            return None
        address, path = match.groups()
        recorded = _walk(self._known.get(address, {}), path)
        return _walk(self._block(address), path) if recorded is None else recorded

    def _block(self, address: str) -> Mapping[str, Any]:
        kind, _, rest = address.partition(".")
        section = self._stack.document.get("resource", {})
        if kind == "data":
            section = self._stack.document.get("data", {})
            kind, _, rest = rest.partition(".")
        return section.get(kind, {}).get(rest, {})


def _walk(value: Any, path: str) -> Any:
    for step in re.findall(r"[A-Za-z0-9_]+", path):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
