"""The drill's view of Route 53, against this AWS's records and small servers."""

from __future__ import annotations

import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from conftest import Aws

from commands.drill.resolver import Endpoint, Resolver
from commands.waiting import until

PACE = 50
NEAR = {"us": ["us-east-1", "eu-west-1"], "eu": ["eu-west-1", "us-east-1"]}
ZONE_OF_BALANCERS = "Z35SXDOTRQ7X7K"


class Server:
    """One region's load balancer: an address of its own, and a status by path."""

    def __init__(self, address: str, tls: ssl.SSLContext) -> None:
        self.status: dict[str, int] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(f"{self.headers['Host']}{self.path}")
                self.send_response(outer.status.get(self.path, 404))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that nobody trusts: Route 53 does not look at it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = tmp_path / "server.pem"
    trustme.CA().issue_cert("other.example.com").private_key_and_cert_chain_pem.write_to_path(
        str(file)
    )
    context.load_cert_chain(file)
    return context


class World:
    """A zone with two regions, as the platform makes it."""

    def __init__(self, aws: Aws, tls: ssl.SSLContext) -> None:
        self.zone = f"{uuid.uuid4().hex[:8]}.example.com"
        self.domain = f"analytics.{self.zone}"
        self.route53 = aws.client("route53")
        self.id = self.route53.create_hosted_zone(Name=self.zone, CallerReference=self.zone)[
            "HostedZone"
        ]["Id"]
        self.servers = {}
        for region, address in (("us-east-1", "127.0.0.2"), ("eu-west-1", "127.0.0.3")):
            self.servers[region] = Server(address, tls)
            self.servers[region].status = {"/health": 200, "/fence": 404}
            self.record(f"{region}.{self.domain}", region)
        self.checks = {region: self.check(region, "/health") for region in self.servers}
        for region, other in (("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")):
            fence = self.check(other, "/fence", Inverted=True)
            both = self.calculated([self.checks[region], fence], 2)
            self.record(
                self.domain, region, Region=region, SetIdentifier=region, HealthCheckId=both
            )
        self.resolver = Resolver(self.route53, self.zone, self._address, PACE)

    def close(self) -> None:
        self.resolver.close()
        for server in self.servers.values():
            server.close()

    def check(self, region: str, path: str, **more: Any) -> str:
        return self._made(
            Type="HTTPS",
            FullyQualifiedDomainName=f"{region}.{self.domain}",
            Port=self.servers[region].port,
            ResourcePath=path,
            EnableSNI=True,
            RequestInterval=10,
            FailureThreshold=3,
            **more,
        )

    def calculated(self, children: list[str], threshold: int) -> str:
        return self._made(Type="CALCULATED", ChildHealthChecks=children, HealthThreshold=threshold)

    def record(self, name: str, region: str, **more: Any) -> None:
        alias = {
            "HostedZoneId": ZONE_OF_BALANCERS,
            "DNSName": f"balancer.{region}.elb.amazonaws.com",
            "EvaluateTargetHealth": bool(more),
        }
        change = {"Name": name, "Type": "A", "AliasTarget": alias, **more}
        self.route53.change_resource_record_sets(
            HostedZoneId=self.id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]},
        )

    def region(self, client: str) -> str:
        return self.resolver.answer(self.domain, NEAR[client]).region

    def _made(self, **config: Any) -> str:
        made = self.route53.create_health_check(
            CallerReference=uuid.uuid4().hex, HealthCheckConfig=config
        )
        return str(made["HealthCheck"]["Id"])

    @staticmethod
    def _address(target: str) -> str | None:
        region = target.split(".")[1]
        return {"us-east-1": "127.0.0.2", "eu-west-1": "127.0.0.3"}.get(region)


@pytest.fixture
def world(emulator: Aws, tls: ssl.SSLContext) -> Iterator[World]:
    made = World(emulator, tls)
    yield made
    made.close()


def sent_to(world: World, us: str, eu: str) -> Callable[[], bool]:
    return lambda: (world.region("us"), world.region("eu")) == (us, eu)


def test_everybody_is_sent_to_the_nearest_region(world: World) -> None:
    world.resolver.start()
    assert sent_to(world, us="us-east-1", eu="eu-west-1")()
    answer = world.resolver.answer(world.domain, NEAR["us"])
    assert answer.target == "balancer.us-east-1.elb.amazonaws.com"
    assert answer.ttl == 60


def test_probes_name_the_host_and_the_path(world: World) -> None:
    world.resolver.start()
    asked = world.servers["eu-west-1"].asked
    until("both are asked", lambda: len(asked) > 1)
    assert set(asked) == {f"eu-west-1.{world.domain}/health", f"eu-west-1.{world.domain}/fence"}


@pytest.mark.parametrize("how", ["closed", "503", "redirect"])
def test_a_region_that_does_not_answer_leaves(world: World, how: str) -> None:
    world.resolver.start()
    if how == "closed":
        world.servers["us-east-1"].close()
    else:
        world.servers["us-east-1"].status["/health"] = 503
    until("it has left", sent_to(world, us="eu-west-1", eu="eu-west-1"))
    if how == "redirect":
        world.servers["us-east-1"].status["/health"] = 302
        until("it is back", sent_to(world, us="us-east-1", eu="eu-west-1"))


def test_a_raised_fence_takes_the_other_region_out(world: World) -> None:
    world.resolver.start()
    world.servers["eu-west-1"].status["/fence"] = 200
    until("it has left", sent_to(world, us="eu-west-1", eu="eu-west-1"))
    world.servers["eu-west-1"].status["/fence"] = 404
    until("it is back", sent_to(world, us="us-east-1", eu="eu-west-1"))


def test_a_lost_regions_fence_keeps_nobody_out(world: World) -> None:
    world.servers["us-east-1"].close()
    world.resolver.start()
    until("only eu is left", sent_to(world, us="eu-west-1", eu="eu-west-1"))


def test_where_none_is_healthy_all_are(world: World) -> None:
    for server in world.servers.values():
        server.status["/health"] = 500
    world.resolver.start()
    assert sent_to(world, us="us-east-1", eu="eu-west-1")()


def test_records_and_checks_are_read_again(world: World) -> None:
    world.resolver.start()
    disabled = world.checks["us-east-1"]
    world.servers["us-east-1"].status["/health"] = 500
    until("it has left", sent_to(world, us="eu-west-1", eu="eu-west-1"))
    world.route53.update_health_check(HealthCheckId=disabled, Disabled=True)
    until("it is back", sent_to(world, us="us-east-1", eu="eu-west-1"))


def test_a_calculated_check_counts_its_healthy_children(world: World) -> None:
    one, two = world.checks.values()
    either = world.calculated([one, two], 1)
    both = world.calculated([one, two], 2)
    nested = world.calculated([either, both], 2)
    for number, check in enumerate((either, both, nested)):
        world.record(
            f"{number}.{world.domain}",
            "us-east-1",
            Region="us-east-1",
            SetIdentifier="x",
            HealthCheckId=check,
        )
    world.servers["us-east-1"].status["/health"] = 500
    world.resolver.start()
    found = [world.resolver.is_healthy(check) for check in (either, both, nested)]
    assert found == [True, False, False]


def test_a_name_without_a_record(world: World) -> None:
    world.resolver.start()
    with pytest.raises(LookupError):
        world.resolver.answer(f"none.{world.zone}", [])


def test_as_many_results_as_the_threshold_change_the_state() -> None:
    began = time.time()
    endpoint = Endpoint(
        {"FailureThreshold": 3, "FullyQualifiedDomainName": "h", "ResourcePath": "/"}
    )
    seen = []
    for passed in (True, False, False, True, False, False, False, True, True, True):
        endpoint.note(passed)
        seen.append(endpoint.healthy)
    assert seen == [True, True, True, True, True, True, False, False, False, True]
    assert [healthy for _, healthy in endpoint.changes] == [False, True]
    assert all(began <= at <= time.time() for at, _ in endpoint.changes)


def test_the_first_result_decides() -> None:
    endpoint = Endpoint({"FailureThreshold": 3})
    endpoint.note(False)
    assert not endpoint.healthy
