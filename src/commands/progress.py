"""Follows Terraform's output, as cdktf passes it on, while a stack is applied."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PLAN = re.compile(r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy")
_APPLIED = re.compile(
    r"(?:Apply|Destroy) complete! Resources:"
    r"(?: (\d+) imported,)?(?: (\d+) added,)?(?: (\d+) changed,)? (\d+) destroyed"
)
_ADDRESS = r"(?P<address>(?:module\.\S+\.)?[a-z][a-z0-9_]*\.[\w-]+(?:\[[^\]]*\])?)"
_LABEL = r"(?: \((?P<label>[^)]*)\))?"
_STARTED = re.compile(rf"{_ADDRESS}{_LABEL}: (?:Creating|Modifying|Destroying)\.\.\.")
_STILL = re.compile(rf"{_ADDRESS}{_LABEL}: Still (?:creating|modifying|destroying)\.\.\. ")
_DONE = re.compile(
    rf"{_ADDRESS}{_LABEL}: (?:Creation|Modifications|Destruction) complete after (?P<after>\w+)"
)
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def clean(text: str, stack: str = "") -> str:
    """A line without colours and without the column in which cdktf writes the stack's name."""
    text = _ANSI.sub("", text).rstrip()
    if stack and text.startswith(stack):
        text = text[len(stack) :]
    return text.strip() if stack else text


def seconds(duration: str) -> int:
    """Terraform's ``2m40s`` in seconds."""
    match = _DURATION.fullmatch(duration)
    hours, minutes, rest = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 3600 + minutes * 60 + rest


def clock(duration: float) -> str:
    """Seconds as minutes and seconds: ``2:05``."""
    return f"{int(duration) // 60}:{int(duration) % 60:02}"


@dataclass
class Progress:
    """What is known of one stack's apply so far."""

    stack: str
    planned: int | None = None
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    #: Terraform said that it applied everything.
    applied: bool = False
    #: Address to the time (of the caller's clock) at which work on it began.
    running: dict[str, float] = field(default_factory=dict)
    #: Address to the seconds that Terraform says it took.
    finished: dict[str, int] = field(default_factory=dict)
    #: Address to the construct's path, which people know it by.
    labels: dict[str, str] = field(default_factory=dict)
    #: Lines of the errors, in the order in which they came.
    errors: list[str] = field(default_factory=list)
    _in_error: bool = False

    def read(self, line: str, now: float) -> None:
        """Takes in one line of output."""
        text = clean(line, self.stack)
        if not text:
            if self._in_error:
                self.errors.append("")
            return
        if match := _PLAN.search(text):
            self.planned = sum(int(number or 0) for number in match.groups())
        elif match := _APPLIED.search(text):
            imported, added, changed, destroyed = (int(part or 0) for part in match.groups())
            self.added, self.changed, self.destroyed = added + imported, changed, destroyed
            self.applied = True
            self._in_error = False
        elif match := _DONE.match(text):
            self.running.pop(match["address"], None)
            self.finished[match["address"]] = seconds(match["after"])
            self._known(match)
        elif match := _STARTED.match(text) or _STILL.match(text):
            self.running.setdefault(match["address"], now)
            self._known(match)
        elif re.match(r"[│╷╵ ]*Error:", text) or text.startswith("[ERROR]"):
            self._in_error = True
            self.errors.append(text)
        elif self._in_error:
            self.errors.append(text)

    def _known(self, match: re.Match[str]) -> None:
        self._in_error = False
        if match["label"]:
            self.labels[match["address"]] = match["label"]

    def name(self, address: str) -> str:
        """Type and construct path: ``aws_db_instance database/instance``."""
        kind = address.split(".")[0]
        return f"{kind} {self.labels.get(address, address.split('.', 1)[1])}"

    @property
    def done(self) -> int:
        """Resources that are finished."""
        return len(self.finished)

    def waiting(self, now: float) -> list[tuple[str, float]]:
        """What Terraform is waiting for, the longest first: name and seconds."""
        oldest = sorted(self.running.items(), key=lambda item: item[1])
        return [(self.name(address), now - since) for address, since in oldest]

    def slowest(self, count: int) -> list[tuple[str, int]]:
        """The resources that took longest: name and seconds."""
        order = sorted(self.finished.items(), key=lambda item: -item[1])[:count]
        return [(self.name(address), taken) for address, taken in order]

    def line(self, now: float) -> str:
        """The state in one line."""
        if self.planned is None:
            return "planning"
        if not self.planned:
            return "nothing to change"
        text = f"{self.done} of {self.planned}"
        waiting = self.waiting(now)
        if waiting:
            shown = ", ".join(f"{name} ({clock(since)})" for name, since in waiting[:2])
            more = f" and {len(waiting) - 2} more" if len(waiting) > 2 else ""
            text += f", waiting for {shown}{more}"
        return text
