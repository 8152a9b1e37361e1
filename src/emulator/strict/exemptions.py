"""Where botocore's model is stricter than the service itself.

Each line is a fact about AWS, not about this project: a value of ours that AWS refuses has no
business here.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.wire import Call


@dataclass(frozen=True)
class Exemption:
    """What is not checked, and why."""

    service: str
    #: the shape's name in the model, or the unknown name itself
    shape: str
    kind: str
    reason: str
    operation: str | None = None


EXEMPTIONS: tuple[Exemption, ...] = ()


def exempt(call: Call, shape: str, kind: str) -> bool:
    """Whether AWS is known to let this pass."""
    return any(
        (entry.service, entry.shape, entry.kind) == (call.service, shape, kind)
        and entry.operation in (None, call.operation)
        for entry in EXEMPTIONS
    )
