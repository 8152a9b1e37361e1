"""What Route 53 would answer, from nothing but its records and health checks as the API has them.

Health checks are carried out as Route 53 does (Developer Guide, "How Amazon Route 53 determines
whether a health check is healthy"): one request per interval, the status changes after as many
equal results as the failure threshold says, calculated checks count their healthy children, and an
inverted one says the opposite. One checker stands for Route 53's many, which vote.

Not done: EvaluateTargetHealth. A load balancer without healthy targets fails its endpoint check.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

#: "Route 53 must be able to establish a TCP connection with the endpoint within four seconds. In
#: addition, the endpoint must respond with an HTTP status code of 2xx or 3xx within two seconds."
CONNECT_SECONDS, ANSWER_SECONDS = 4, 2
#: Of an alias record of a load balancer (Developer Guide, "Choosing between alias and non-alias
#: records").
ALIAS_TTL = 60.0
#: How often records and checks are read; a change of them takes effect within 60 seconds on AWS.
READ_SECONDS = 2.0


@dataclass(frozen=True)
class Answer:
    """What a name resolves to.

    :param target: the load balancer's own name
    :param region: of the record that was chosen; empty where there is only one
    :param ttl: seconds for which a resolver may keep it
    """

    target: str
    region: str
    ttl: float


@dataclass
class Endpoint:
    """The state of one check that probes; healthy until it is known better."""

    config: dict[str, Any]
    healthy: bool = True
    #: Results in a row that differ from the state.
    against: int = 0
    probed: bool = False
    due: float = 0.0
    #: Times (of time.time) at which the state changed, with the new one.
    changes: list[tuple[float, bool]] = field(default_factory=list)

    def note(self, passed: bool) -> None:
        """Take in one result."""
        if not self.probed:
            # The first result decides.
            self.probed, self.against = True, 0
            self._become(passed)
            return
        self.against = 0 if passed == self.healthy else self.against + 1
        if self.against >= int(self.config.get("FailureThreshold", 3)):
            self.against = 0
            self._become(passed)

    def _become(self, healthy: bool) -> None:
        if healthy != self.healthy:
            self.changes.append((time.time(), healthy))
        self.healthy = healthy


class Resolver:
    """Probes in the background between ``start`` and ``close``."""

    def __init__(
        self, route53: Any, zone: str, address: Callable[[str], str | None], pace: float = 1
    ) -> None:
        """
        :param route53: a boto3 client
        :param zone: name of the hosted zone
        :param address: the IP address behind a load balancer's own name; None where there is none
        :param pace: divides the intervals; 1 is as Route 53 does
        """
        self._pace = pace
        self._route53 = route53
        self._zone = zone
        self._address = address
        self._records: list[dict[str, Any]] = []
        self._checks: dict[str, dict[str, Any]] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._known = threading.Event()

    def start(self) -> None:
        """Begin; returns when every endpoint was probed once."""
        self._read()
        for act in (self._read_on, self._probe_on):
            thread = threading.Thread(target=act, daemon=True)
            thread.start()
            self._threads.append(thread)
        self._known.wait()

    def close(self) -> None:
        """End."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def answer(self, name: str, near: Iterable[str]) -> Answer:
        """What a name resolves to now. LookupError where it has no record.

        :param near: regions by their latency from the client, the nearest first
        """
        found = [one for one in self._records if one["Name"].rstrip(".") == name]
        if not found:
            raise LookupError(f"{name} has no record in {self._zone}")
        healthy = [one for one in found if self._record_is_healthy(one)]
        # "If none of the records is healthy, all are": Developer Guide, "How Amazon Route 53
        # chooses records when health checking is configured".
        order = {region: place for place, region in enumerate(near)}
        best = min(healthy or found, key=lambda one: order.get(one.get("Region", ""), len(order)))
        target = best["AliasTarget"]["DNSName"].rstrip(".")
        return Answer(target, best.get("Region", ""), ALIAS_TTL)

    def is_healthy(self, check: str) -> bool:
        """Whether a health check is, as Route 53 would show it."""
        config = self._checks[check]
        if config.get("Disabled"):
            return True
        if config["Type"] == "CALCULATED":
            children = [self.is_healthy(child) for child in config["ChildHealthChecks"]]
            healthy = sum(children) >= int(config["HealthThreshold"])
        else:
            healthy = self._endpoints[check].healthy
        return healthy != bool(config.get("Inverted"))

    def answers(self, url: str) -> bool:
        """Whether what a check probes is seen to answer."""
        return any(_what(one.config) == url and one.healthy for one in self._endpoints.values())

    def changes(self) -> list[tuple[float, str, bool]]:
        """Every change of an endpoint's own state: time, what is probed, whether it answers."""
        return sorted(
            (at, _what(endpoint.config), healthy)
            for endpoint in self._endpoints.values()
            for at, healthy in endpoint.changes
        )

    def _record_is_healthy(self, record: dict[str, Any]) -> bool:
        check = record.get("HealthCheckId")
        return check is None or self.is_healthy(check)

    # --- records and checks ---------------------------------------------------------------------
    def _read_on(self) -> None:
        while not self._over.wait(READ_SECONDS / self._pace):
            # What answers goes on with what it knows while the API does not.
            with contextlib.suppress(BotoCoreError, ClientError):
                self._read()

    def _read(self) -> None:
        zones = self._route53.list_hosted_zones_by_name(DNSName=self._zone)["HostedZones"]
        zone = next(one["Id"] for one in zones if one["Name"].rstrip(".") == self._zone)
        pages = self._route53.get_paginator("list_resource_record_sets")
        records = [
            record
            for page in pages.paginate(HostedZoneId=zone)
            for record in page["ResourceRecordSets"]
            if record["Type"] == "A" and "AliasTarget" in record
        ]
        checks: dict[str, dict[str, Any]] = {}
        waiting = [one["HealthCheckId"] for one in records if one.get("HealthCheckId")]
        while waiting:
            check = waiting.pop()
            if check not in checks:
                found = self._route53.get_health_check(HealthCheckId=check)["HealthCheck"]
                checks[check] = found["HealthCheckConfig"]
                waiting += checks[check].get("ChildHealthChecks") or []
        for check, config in checks.items():
            if config["Type"] != "CALCULATED":
                known = self._endpoints.setdefault(check, Endpoint(config))
                known.config = config
        self._records, self._checks = records, checks

    # --- probes ---------------------------------------------------------------------------------
    def _probe_on(self) -> None:
        while True:
            now = time.monotonic()
            due = [one for check, one in list(self._endpoints.items()) if one.due <= now]
            threads = [threading.Thread(target=self._probe, args=[one], daemon=True) for one in due]
            for one, thread in zip(due, threads, strict=True):
                one.due = now + float(one.config.get("RequestInterval", 30)) / self._pace
                thread.start()
            if not self._known.is_set():
                for thread in threads:
                    thread.join()
                self._known.set()
            if self._over.wait(0.1 / self._pace):
                return

    def _probe(self, endpoint: Endpoint) -> None:
        endpoint.note(self._passes(endpoint.config))

    def _passes(self, config: dict[str, Any]) -> bool:
        """One request. Certificates are not checked, as Route 53 does not."""
        host, port = config["FullyQualifiedDomainName"], int(config["Port"])
        try:
            address = self._address(self.answer(host, ()).target)
            if address is None:
                return False
            plain = socket.create_connection((address, port), CONNECT_SECONDS)
        except (OSError, LookupError):
            return False
        try:
            plain.settimeout(ANSWER_SECONDS)
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            name = host if config.get("EnableSNI") else None
            connection = http.client.HTTPSConnection(host, port)
            connection.sock = context.wrap_socket(plain, server_hostname=name)
            headers = {"Host": host, "User-Agent": "Amazon-Route53-Health-Check-Service"}
            connection.request("GET", config.get("ResourcePath") or "/", headers=headers)
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            plain.close()


def _what(config: dict[str, Any]) -> str:
    return f"https://{config['FullyQualifiedDomainName']}{config.get('ResourcePath') or '/'}"
