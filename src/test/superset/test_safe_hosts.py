"""Where connections that people register may go; nothing here is connected to."""

import ipaddress
from types import SimpleNamespace
from typing import Any

import pytest

from superset_aws import safe_hosts
from superset_aws.safe_hosts import UnsafeAddress, check, refusal

#: What the resolver of the network says.
NAMES = {
    "shop.example.com": "203.0.113.7",
    "warehouse.example.internal": "10.20.1.9",
    "rebound.example.com": "169.254.170.2",
    "twice.example.com": "203.0.113.7 127.0.0.1",
    "master.redis.example": "10.10.2.5",
    "alias.example.com": "10.10.2.5",
    # As the C library reads numbers (inet_aton).
    "2852039166": "169.254.169.254",
    "0x7f.1": "127.0.0.1",
}
OWN = ["master.redis.example", "writer.invalid"]


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(name: str) -> set[safe_hosts.Address]:
        try:
            return {ipaddress.ip_address(name)}
        except ValueError:
            return {ipaddress.ip_address(one) for one in NAMES.get(name, "").split()}

    monkeypatch.setattr(safe_hosts, "resolved", resolved)


def url(host: str | None, query: dict[str, Any] | None = None, kind: str = "postgresql") -> Any:
    return SimpleNamespace(host=host, query=query or {}, get_backend_name=lambda: kind)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "::1",
        "::",
        "[::1]",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
        "255.255.255.255",
        "224.0.0.1",
        "2852039166",
        "0x7f.1",
        "rebound.example.com",
        "twice.example.com",
        "shop.example.com,169.254.170.2",
        "http://169.254.169.254/latest",
        "169.254.169.254:80",
        "master.redis.example",
        "MASTER.redis.example.",
        "alias.example.com",
        "writer.invalid",
        "/var/run/postgresql",
        None,
    ],
)
def test_a_host_is_refused(host: str | None) -> None:
    with pytest.raises(UnsafeAddress):
        check(url(host), {}, OWN)


def test_superset_may_not_be_its_own_data_source() -> None:
    with pytest.raises(UnsafeAddress, match="needs a host"):
        check(url(None, kind="superset"), {}, OWN)


@pytest.mark.parametrize("host", ["shop.example.com", "warehouse.example.internal", "10.20.1.9"])
def test_a_data_source_may_be_anywhere_else(host: str) -> None:
    check(url(host), {"connect_args": {"options": "-csearch_path=sales"}}, OWN)


def test_a_host_that_nobody_knows_is_left_to_the_driver() -> None:
    check(url("unknown.example.com"), {}, OWN)


@pytest.mark.parametrize("kind", ["bigquery", "snowflake", "awsathena"])
def test_a_service_needs_no_host(kind: str) -> None:
    check(url(None, kind=kind), {}, OWN)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ({"hostaddr": "169.254.170.2"}, {}),
        ({"host": ("shop.example.com", "127.0.0.1")}, {}),
        ({"HOST": "127.0.0.1"}, {}),
        ({"unix_socket": "/tmp/mysql.sock"}, {}),
        ({"service": "metadata"}, {}),
        ({}, {"connect_args": {"hostaddr": "169.254.170.2"}}),
        ({}, {"connect_args": {"host": "master.redis.example"}}),
        ({}, {"connect_args": {"read_default_file": "/tmp/my.cnf"}}),
        ({}, {"connect_args": {"dsn": "host=127.0.0.1"}}),
        ({}, {"connect_args": {"client": {"endpoint_url": "http://169.254.169.254/"}}}),
    ],
)
def test_what_a_driver_is_told_beside_the_address_counts(
    query: dict[str, Any], options: dict[str, Any]
) -> None:
    with pytest.raises(UnsafeAddress):
        check(url("shop.example.com", query), options, OWN)


def test_what_leads_a_configured_source_elsewhere() -> None:
    for name in ("host", "HostAddr", "unix_socket", "ssl_disabled", "sslmode", "dsn"):
        assert safe_hosts.leads_elsewhere(name)
    for name in ("options", "connect_timeout", "local_infile"):
        assert not safe_hosts.leads_elsewhere(name)


def test_ordinary_addresses_are_no_reason() -> None:
    for address in ("203.0.113.7", "10.1.2.3", "192.168.0.5", "fd12:3456::1", "2001:db8::1"):
        assert refusal(ipaddress.ip_address(address)) is None
