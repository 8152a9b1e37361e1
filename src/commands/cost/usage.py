"""What only traffic decides: usage/ENVIRONMENT.yaml, or usage/default.yaml where there is none.

Its keys are in usage.schema.json, which editors complete from. Everything that is wrong with a file
is reported at once, as `file:line: key: what is wrong; what would be right`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from commands.cost.amounts import Amount
from commands.environment import ROOT
from commands.lines import line_of
from commands.problems import Mistakes

FOLDER = Path(__file__).with_name("usage")
SCHEMA = json.loads(Path(__file__).with_name("usage.schema.json").read_text())
DEFAULT = "default"


class Usage:
    """Amounts by region and key."""

    def __init__(
        self,
        each_region: Mapping[str, Amount],
        regions: Mapping[str, Mapping[str, Amount]],
        file: str,
    ) -> None:
        self.file = file
        self._each_region = each_region
        self._regions = regions

    @classmethod
    def of(cls, environment: str, folder: Path = FOLDER) -> Usage:
        """That of an environment. Raises Mistakes."""
        own = folder / f"{environment}.yaml"
        return cls.read(own if own.is_file() else folder / f"{DEFAULT}.yaml")

    @classmethod
    def read(cls, path: Path) -> Usage:
        """That of a file. Raises Mistakes with everything that is wrong with it."""
        shown = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        try:
            text = path.read_text()
            tree = yaml.compose(text)
            values = yaml.safe_load(text)
        except OSError as failure:
            raise Mistakes([f"{shown}: cannot be read: {failure.strerror}"]) from None
        except yaml.YAMLError as failure:
            mark = getattr(failure, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise Mistakes([f"{shown}:{line}: is not YAML: {failure.problem}"]) from None
        found = [
            (line_of(tree, keys), ".".join(keys) or "file", wrong)
            for keys, wrong in (*_against_schema(values), *_disordered(values))
        ]
        if found:
            raise Mistakes(f"{shown}:{line}: {key}: {wrong}" for line, key, wrong in sorted(found))
        regions = values.get("regions", {})
        return cls(
            _amounts(values["each_region"]),
            {region: _amounts(own) for region, own in regions.items()},
            shown,
        )

    def amount(self, key: str, region: str) -> Amount | None:
        """The amount of a key in a region; None where the file has none."""
        own = self._regions.get(region, {})
        return own.get(key, self._each_region.get(key))


def _amounts(values: Mapping[str, Any]) -> dict[str, Amount]:
    return {
        key: Amount(**value) if isinstance(value, Mapping) else Amount.of(value)
        for key, value in values.items()
    }


def _against_schema(values: Any) -> Iterator[tuple[list[str], str]]:
    for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(values):
        keys = [str(key) for key in error.absolute_path]
        if error.validator == "additionalProperties":
            for key in sorted(_unknown(error)):
                yield [*keys, key], "is not known; see usage.schema.json for the keys"
        elif error.validator == "anyOf":
            yield (
                keys,
                (
                    f"is {json.dumps(error.instance)}; must be a number of 0 or more, "
                    "or {low: …, typical: …, peak: …} of such numbers"
                ),
            )
        elif error.validator == "required":
            missing = sorted(set(error.validator_value) - set(error.instance))
            yield keys, f"has no {', '.join(missing)}"
        elif error.validator == "pattern":
            name = str(error.instance)
            yield [*keys, name], "must be the name of a region, such as eu-west-1"
        else:
            yield keys, f"is {json.dumps(error.instance)}; must be keys with values"


def _unknown(error: jsonschema.ValidationError) -> set[str]:
    patterns = error.schema.get("patternProperties", {})
    return {
        str(key)
        for key in set(error.instance) - set(error.schema["properties"])
        if not any(re.search(pattern, str(key)) for pattern in patterns)
    }


def _disordered(values: Any) -> Iterator[tuple[list[str], str]]:
    """Amounts whose low is above typical, or typical above peak."""
    if not isinstance(values, Mapping):
        return
    blocks = [(["each_region"], values.get("each_region"))]
    regions = values.get("regions")
    if isinstance(regions, Mapping):
        blocks += [(["regions", str(name)], block) for name, block in regions.items()]
    for keys, block in blocks:
        for key, value in (block if isinstance(block, Mapping) else {}).items():
            if not isinstance(value, Mapping):
                continue
            steps = [value.get(name) for name in ("low", "typical", "peak")]
            if all(isinstance(step, int | float) for step in steps) and steps != sorted(steps):
                yield [*keys, str(key)], "must rise from low over typical to peak"
