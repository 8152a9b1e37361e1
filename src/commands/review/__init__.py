"""What a change does, for whoever reviews it: resources, flows, cost, policies.

Reads plans where there are some, and otherwise compares the Terraform JSON before and after, for
which no account is needed. `page` makes of it one HTML file, `comment` the Markdown of a pull
request's comment.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commands import checkov, guard, plans, snapshots
from commands.cost import changes as cost_changes
from commands.cost import report
from commands.cost.amounts import Amount
from commands.cost.estimate import estimate, stacks_of
from commands.cost.options import Options
from commands.cost.prices import Prices
from commands.cost.usage import Usage
from commands.environment import ROOT
from commands.guard import allowed
from commands.guard.__main__ import document
from commands.plans import Change
from commands.problems import Mistakes
from commands.snapshots import FOLDER, SUFFIX

#: Name to JSON of stacks.
Texts = Mapping[str, str]

#: The order in which changes are shown, the gravest first.
ACTIONS = ("destroy", "replace", "forget", "update", "create", "no-op")


@dataclass(frozen=True)
class Cost:
    """A typical month of an environment.

    :ivar moved: USD that it costs more afterwards
    :ivar items: by region, service and item: those whose cost changes
    :ivar problem: why it is not known
    """

    environment: str
    moved: float = 0
    items: Mapping[tuple[str, ...], tuple[Amount, Amount]] = field(default_factory=dict)
    problem: str = ""

    def __str__(self) -> str:
        known = f"{report.signed(self.moved)} USD in a typical month"
        return f"{self.environment}: {self.problem or known}"


@dataclass(frozen=True)
class Review:
    """All that a reviewer is told.

    :ivar planned: names of the stacks whose changes Terraform planned; of the others the JSON is
        compared, which cannot tell an update from a replacement
    :ivar stacks: JSON of every stack afterwards
    :ivar changes: what becomes of every resource, in the order of stacks and addresses
    :ivar findings: of Checkov, without an exception
    """

    planned: frozenset[str]
    stacks: Texts
    changes: list[Change]
    verdict: guard.Verdict
    costs: list[Cost]
    findings: list[checkov.Finding]

    def environments(self) -> Iterator[tuple[str, Texts]]:
        """Each environment with its stacks afterwards."""
        for name in _environments(self.stacks):
            yield name, snapshots.own(name, self.stacks)

    def counts(self, stack: str) -> dict[str, int]:
        """Number of resources of a stack by action, the gravest first."""
        own = [one.action for one in self.changes if one.stack == stack]
        return {action: own.count(action) for action in ACTIONS if action in own}


def committed_at(revision: str) -> dict[str, str]:
    """Stack name to JSON of the snapshots of a git revision. Raises Mistakes."""
    folder = FOLDER.relative_to(ROOT)
    names = _git("ls-tree", "--name-only", revision, f"{folder}/")
    return {
        Path(name).name.removesuffix(SUFFIX): _git("show", f"{revision}:{name}")
        for name in names.splitlines()
        if name.endswith(SUFFIX)
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Mistakes([f"git {' '.join(arguments)}: {done.stderr.strip()}"])
    return done.stdout


def make(
    before: Texts, after: Texts, output: Path | None = None, *, policies: bool = True
) -> Review:
    """Reads everything.

    :param before: name to JSON of the stacks as they were
    :param after: as they become
    :param output: folder of a synthesis, each stack with the plan of it; None where there is none
    :param policies: whether Checkov looks at the stacks that differ
    """
    planned = [name for name in after if output and (output / "stacks" / name / "plan").is_file()]
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name in planned and output:
            found += plans.changes(name, document(name, Path("plan"), output))
        else:
            found += compared(name, before.get(name, "{}"), after.get(name, "{}"))
    found = [hidden(one) for one in found if one.action != "read"]
    differing = {name: text for name, text in after.items() if before.get(name) != text}
    entries = [
        one
        for name in _environments({*before, *after})
        for one in allowed.read(allowed.file_of(name))
    ]
    return Review(
        frozenset(planned),
        after,
        found,
        guard.judge(planned, found, entries),
        [cost for name in _environments(after) if (cost := _cost(name, before, after))],
        _findings(differing) if policies and differing else [],
    )


def compared(stack: str, before: str, after: str) -> list[Change]:
    """The changes that two documents show without a plan: new, gone, other attributes."""
    old, new = _blocks(before), _blocks(after)
    return [
        Change(stack, address, _difference(old.get(address), new.get(address)), *both)
        for address in sorted({*old, *new})
        for both in [(old.get(address, {}), new.get(address, {}))]
    ]


def _difference(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "create" if old is None else "destroy"
    return "no-op" if old == new else "update"


def _blocks(text: str) -> dict[str, dict[str, Any]]:
    """Address to attributes of every resource block."""
    return {
        f"{kind}.{name}": {key: value for key, value in block.items() if key != "//"}
        for kind, blocks in json.loads(text).get("resource", {}).items()
        for name, block in blocks.items()
    }


#: Attributes whose values nobody is shown, whatever marks a plan has: a comparison has none.
_SECRET = ("auth_token", "master_password", "password", "private_key", "secret_string", "value_wo")


def hidden(change: Change) -> Change:
    """A change without the values of attributes that hold secrets by their names."""
    before, after = _hidden(change.before), _hidden(change.after)
    return Change(change.stack, change.address, change.action, before, after, change.forced_by)


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: plans.MASK if one and _secret(key) else _hidden(one) for key, one in value.items()
        }
    return [_hidden(one) for one in value] if isinstance(value, list) else value


def _secret(name: str) -> bool:
    return name.removesuffix("_wo") in _SECRET or name in _SECRET


def _environments(stacks: Iterable[str]) -> list[str]:
    """The environments that have any of the stacks."""
    names = dict.fromkeys(stacks, "")
    return [name for name in snapshots.environments() if snapshots.own(name, names)]


def _cost(environment: str, before: Texts, after: Texts) -> Cost | None:
    """None where a stack is gone or new as a whole environment, or nothing differs."""
    sides = [snapshots.own(environment, texts) for texts in (before, after)]
    if not all(sides) or sides[0] == sides[1]:
        return None
    prices, usage = Prices.read(), Usage.of(environment)
    try:
        old, new = (
            estimate(environment, stacks_of(environment, texts), prices, usage, Options())
            for texts in sides
        )
    except Mistakes as mistakes:
        return Cost(environment, problem=str(mistakes))
    items = cost_changes.difference(cost_changes.costs(old), cost_changes.costs(new))
    return Cost(environment, new.total.typical - old.total.typical, items)


def _findings(stacks: Texts) -> list[checkov.Finding]:
    passed, found = checkov.scan(stacks)
    return checkov.judge(passed, found, checkov.exemptions()).findings
