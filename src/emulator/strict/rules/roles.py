"""What services refuse of a role or certificate. These rules read the emulator's state."""

from __future__ import annotations

import json
from collections.abc import Iterator

from moto.acm.models import acm_backends
from moto.iam.models import iam_backends

from emulator.account import own_account
from emulator.errors import Refusal
from emulator.wire import Call


def function(call: Call) -> Iterator[Refusal]:
    """A function's role exists and trusts Lambda."""
    arn = call.parameters.get("Role")
    if arn is None:
        return
    roles = iam_backends[own_account()]["aws"].roles.values()
    found = [role for role in roles if role.arn == arn]
    if not found or "lambda.amazonaws.com" not in json.dumps(found[0].assume_role_policy_document):
        yield Refusal(
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )


def listener(call: Call) -> Iterator[Refusal]:
    """A listener's certificate is issued and of its region."""
    for item in call.parameters.get("Certificates", []):
        arn = item["CertificateArn"]
        if ":acm:" not in arn:
            continue
        known = acm_backends[own_account()][call.region]._certificates
        if arn not in known:
            yield Refusal("CertificateNotFound", f"Certificate '{arn}' not found")
            continue
        known[arn].check()
        if known[arn].status != "ISSUED":
            yield Refusal(
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported "
                "signature, and a supported key size.",
            )
