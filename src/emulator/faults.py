"""Faults that tests switch on: regions that refuse, errors, delays, cut connections."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from emulator.regions import regions

#: Services that have one endpoint for all regions (signed for us-east-1): they outlive any region.
#: From the endpoint rules of the AWS General Reference. STS and S3 are regional.
GLOBAL_SERVICES = frozenset(
    {
        "budgets",
        "ce",
        "cloudfront",
        "globalaccelerator",
        "health",
        "iam",
        "organizations",
        "route53",
        "route53domains",
        "shield",
        "support",
    }
)

ACTIONS = frozenset({"error", "disconnect", "delay"})


class BadFault(ValueError):
    """What a client of the control API sent is not a fault."""


@dataclass(frozen=True)
class Fault:
    """What happens to matching requests; None matches any service, operation or region.

    ``action`` is ``error`` (answers ``code`` with HTTP ``status``), ``disconnect`` (closes the
    connection; with ``after`` the request is carried out first and only its answer is lost) or
    ``delay`` (waits ``seconds``, then goes on). ``times`` limits how often; None is no limit.
    """

    action: str
    service: str | None = None
    operation: str | None = None
    region: str | None = None
    code: str = "ServiceUnavailable"
    message: str = "A fault of the emulator's control API"
    status: int = 400
    seconds: float = 0.0
    times: int | None = None
    after: bool = False

    @staticmethod
    def parse(document: dict[str, Any]) -> Fault:
        """A fault from JSON; unknown keys and actions are refused."""
        unknown = set(document) - set(Fault.__dataclass_fields__)
        if unknown:
            raise BadFault(f"unknown keys: {', '.join(sorted(unknown))}")
        if document.get("action") not in ACTIONS:
            raise BadFault(f"action is one of {', '.join(sorted(ACTIONS))}")
        given = {key: value for key, value in document.items() if value is not None}
        return Fault(**given)

    def matches(self, service: str, operation: str, region: str) -> bool:
        """Whether a request meets this fault."""
        return (
            self.service in (None, service)
            and self.operation in (None, operation)
            and self.region in (None, region)
        )


class Faults:
    """The faults and refusing regions in force."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._faults: list[Fault] = []
        self._refused: frozenset[str] = frozenset()

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._guard:
            self._faults.append(fault)

    def clear(self) -> None:
        """Lift every fault; refusing regions stay."""
        with self._guard:
            self._faults.clear()

    def refuse(self, regions: list[str]) -> None:
        """From now on exactly these regions' endpoints do not answer."""
        self._refused = frozenset(regions)

    @property
    def refused(self) -> list[str]:
        """The regions that do not answer."""
        return sorted(self._refused)

    def is_refused(self, service: str, region: str, origin: str | None) -> bool:
        """Whether the endpoint of this service in this region is gone, for whoever asks.

        :param origin: region of the task or function that asks; None of others
        """
        if service in GLOBAL_SERVICES:
            return False
        return region in self._refused or regions.refuses(region, origin)

    def take(self, service: str, operation: str, region: str) -> Fault | None:
        """The first fault a request meets; one with a limit is used up."""
        with self._guard:
            for index, fault in enumerate(self._faults):
                if fault.matches(service, operation, region):
                    if fault.times is not None:
                        if fault.times > 1:
                            self._faults[index] = replace(fault, times=fault.times - 1)
                        else:
                            del self._faults[index]
                    return fault
        return None
