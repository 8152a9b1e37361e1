"""Where a connection that somebody registered by hand may go.

A task reaches more than people should through it: the credentials of its role and of ECS at
link-local addresses, whatever listens on its own loopback, the platform's own Redis and metadata
database. A registered address is looked at whenever an engine is made, with its query and the
driver's arguments, since many drivers take a host there as well; names are resolved first.

Sources of the configuration are not concerned: they connect to what the file says (sources.py).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What drivers call the place of a server: libpq, PyMySQL, PyAthena, Snowflake, and others.
PLACES = frozenset(
    {"endpoint", "endpoint_url", "host", "hostaddr", "hostname", "proxy", "proxy_host", "server"}
)

#: What takes the place of an address: a socket, or a file or a text with an address in it.
DETOURS = frozenset(
    {"dsn", "option_files", "read_default_file", "service", "servicefile", "unix_socket"}
)

#: AWS's own services inside a VPC over IPv6: instance metadata, DNS, time ("Instance metadata
#: service", EC2 User Guide). Unique local addresses otherwise, like those of data sources.
_OF_AWS = ipaddress.ip_network("fd00:ec2::/32")

#: IPv4 inside IPv6 for translators (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")

#: Drivers that reach their service by the name of an account or project, not of a host.
_SERVICES = frozenset({"awsathena", "bigquery", "snowflake"})


def leads_elsewhere(argument: str) -> bool:
    """Whether a driver's argument may say where the server is, or how it is verified."""
    name = argument.lower()
    return name in PLACES or name in DETOURS or name.startswith(("ssl", "tls"))


class UnsafeAddress(ValueError):
    """A connection that would go where none may."""


def check(url: Any, options: Mapping[str, Any], own: Iterable[str]) -> None:
    """Raise unless a connection may be made.

    :param url: SQLAlchemy's URL
    :param options: arguments of create_engine
    :param own: host names of the platform's own databases
    """
    arguments = {**options, **(options.get("connect_args") or {})}
    for name, _ in [*_leaves(url.query), *_leaves(arguments)]:
        if name in DETOURS:
            raise UnsafeAddress(f"{name} may not be set for a connection")
    hosts = [text for text in (url.host, *_places(url.query), *_places(arguments)) if text]
    if not hosts and url.get_backend_name() not in _SERVICES:
        raise UnsafeAddress("a connection needs a host: without one it goes to the task itself")
    refused = {name.lower().rstrip(".") for name in own if name}
    theirs = {address for name in refused for address in resolved(name)}
    for host in hosts:
        _check_host(host, refused, theirs)


def _check_host(host: str, own: set[str], theirs: set[Address]) -> None:
    if host.startswith(("/", "@")):
        raise UnsafeAddress(f"{host} is a socket of the task itself")
    # libpq takes several, and a port or a scheme may stand beside one.
    for one in host.split(","):
        name = one.strip().rpartition("//")[2].split("/")[0].lower()
        bare = name[1:].partition("]")[0] if name.startswith("[") else name
        if bare.count(":") == 1:
            bare = bare.partition(":")[0]
        bare = bare.rstrip(".")
        if bare in own:
            raise UnsafeAddress(f"{bare} is the platform's own")
        for address in resolved(bare):
            if address in theirs:
                raise UnsafeAddress(f"{bare} is the platform's own")
            if reason := refusal(address):
                raise UnsafeAddress(f"{bare} is {address}, {reason}")


def refusal(address: Address) -> str | None:
    """Why an address is none of a data source; None when it may be one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return refusal(inner)
        if address in _OF_AWS:
            return "a service of AWS inside the network"
    if address.is_loopback or address.is_unspecified:
        return "the task itself"
    if address.is_link_local:
        return "link-local: credentials and metadata of the task"
    if address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"):
        return "no server's"
    return None


def resolved(name: str) -> set[Address]:
    """Addresses of a host, whatever form it is written in; none when it is unknown: the driver will
    say so."""
    if name.endswith(".invalid"):  # RFC 2606; some of ours stand for something else
        return set()
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found}


def _places(values: Mapping[str, Any]) -> Iterator[str]:
    return (text for name, text in _leaves(values) if name in PLACES)


def _leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and texts, however deep."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
            continue
        several = value if isinstance(value, list | tuple) else [value]
        for one in several:
            if isinstance(one, Mapping):
                yield from _leaves(one)
            else:
                yield name.lower(), str(one)
