"""ACM: moto validates a certificate by waiting a minute; AWS by finding the record in DNS.

The DNS of the emulator are its hosted zones: a pending certificate is issued once every name's
record exists in one of them. (moto's record is the same for all certificates of a domain, like
AWS's within an account.)
"""

from __future__ import annotations

from typing import Any

from moto.acm.models import CertBundle
from moto.route53.models import route53_backends

from emulator.patches.tools import around


def install() -> None:
    """Issue by record instead of by time."""
    around(CertBundle, "check")(_check)


def _check(original: Any, self: CertBundle) -> None:
    pending = self.type == "AMAZON_ISSUED" and self.status == "PENDING_VALIDATION"
    if not pending:
        original(self)
    elif _wanted(self) <= _existing(self.arn.split(":")[4]):
        self.status = "ISSUED"


def _wanted(certificate: CertBundle) -> set[tuple[str, str]]:
    options = certificate.describe()["Certificate"]["DomainValidationOptions"]
    records = [option["ResourceRecord"] for option in options]
    return {(record["Name"].lower(), record["Value"].lower()) for record in records}


def _existing(account: str) -> set[tuple[str, str]]:
    """Every CNAME of the account's public hosted zones."""
    return {
        (_full(record.name), _full(value))
        for backend in route53_backends[account].values()
        for zone in backend.zones.values()
        if not zone.private_zone
        for record in zone.rrsets
        if record.type == "CNAME"
        for value in record.records
    }


def _full(name: str) -> str:
    return name.lower().rstrip(".") + "."
