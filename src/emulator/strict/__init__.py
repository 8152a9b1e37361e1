"""Refuses what AWS refuses and moto lets pass.

shapes      parameters against the model: required, enum, pattern, length, range
names       names in the request that the model does not know
exemptions  where the model is stricter than AWS itself, each with its reason
wording     the error code and message of each service
rules/      refusals of AWS that no model expresses
"""

from __future__ import annotations

from emulator.errors import Refusal
from emulator.strict import names, rules, shapes, wording
from emulator.strict.exemptions import exempt
from emulator.wire import Call


def refusal(call: Call, body: bytes) -> Refusal | None:
    """Why AWS would refuse this request, or None."""
    if call.unreadable:
        return wording.unreadable(call, call.unreadable)
    if call.model is None or call.model.input_shape is None:
        return None
    try:
        unknown = [name for name in names.unknown(call, body) if not exempt(call, name, "unknown")]
    except names.NotWellFormed as problem:
        return wording.unreadable(call, str(problem))
    if unknown:
        return wording.unknown(call, unknown)
    found = [
        violation
        for violation in shapes.violations(call.model.input_shape, call.parameters)
        if not exempt(call, violation.shape, violation.kind)
    ]
    if found:
        return wording.violated(call, found)
    return rules.refusal(call)
