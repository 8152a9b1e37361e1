"""The load balancers, as one HAProxy that is configured from what the API was told."""

from __future__ import annotations

import logging
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.acm.models import acm_backends
from moto.elbv2.models import elbv2_backends

from emulator.dataplane import daemons
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.names import Names
from emulator.dataplane.targets import Targets

log = logging.getLogger("emulator")

#: Answers that an ALB gives by itself (ELB User Guide: Troubleshoot your Application Load
#: Balancers): 503 without a healthy target, 502 for a target that closes, 504 for one that is late.
_GLOBAL = """
global
  maxconn 4000
  stats socket {socket} mode 600 level admin expose-fd listeners
  tune.ssl.default-dh-param 2048
  hard-stop-after 10m
defaults
  mode http
  option http-keep-alive
  option forwardfor
  timeout connect 5s
  timeout http-request 60s
  timeout tunnel 1h
  retries 1
  option redispatch
"""


class Balancer:
    """Renders, starts and reloads."""

    def __init__(
        self,
        account: str,
        folder: Path,
        addresses: Addresses,
        authority: Authority,
        names: Names,
        targets: Targets,
        port: int,
    ) -> None:
        self._account = account
        self._folder = folder
        self._addresses = addresses
        self._authority = authority
        self._names = names
        self._targets = targets
        self._process: subprocess.Popen[bytes] | None = None
        self._rendered = ""
        #: Port of 127.0.0.1 for a person's browser.
        self.port = port
        folder.mkdir(parents=True)

    def reconcile(self) -> None:
        """Render what the API says now, and reload where it differs."""
        text = self._render()
        if self._process is not None and self._process.poll() is not None:
            said = (self._folder / "haproxy.log").read_text()[-2000:]
            self._process = None
            raise RuntimeError(f"HAProxy ended:\n{said}")
        if text is None or text == self._rendered:
            return
        self._rendered = text
        file = self._folder / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR2)
            return
        self._process = daemons.spawn(
            ["haproxy", "-W", "-f", str(file)], self._folder / "haproxy.log", folder=self._folder
        )

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            daemons.end(self._process, signal.SIGTERM, 5)

    def hosts(self) -> list[str]:
        """Every host name that a certificate stands for."""
        return sorted({name for balancer in self._balancers() for name in self._hosts(balancer)})

    def _balancers(self) -> list[Any]:
        return [
            balancer
            for backend in elbv2_backends[self._account].values()
            for balancer in backend.load_balancers.values()
            if balancer.listeners
        ]

    def _render(self) -> str | None:
        balancers = self._balancers()
        if not balancers:
            return None
        parts = [_GLOBAL.format(socket=self._folder / "admin.sock")]
        for balancer in balancers:
            parts += self._balancer(balancer)
        parts += self._doorway(balancers)
        return "\n".join(parts) + "\n"

    def _balancer(self, balancer: Any) -> list[str]:
        region = balancer.arn.split(":")[3]
        address = self._addresses.take(f"balancer-{region}-{balancer.name}")
        self._names.set(balancer.dns_name, address)
        for host in self._hosts(balancer):
            if "*" not in host:
                self._names.set(host, self._preferred(host, address))
        idle = balancer.attrs.get("idle_timeout.timeout_seconds", "60")
        lines: list[str] = []
        groups: set[str] = set()
        for listener in balancer.listeners.values():
            label = f"{region}-{listener.port}"
            lines += [f"frontend {label}", f"  timeout client {idle}s"]
            bind = f"  bind {address}:{listener.port}"
            if listener.protocol == "HTTPS":
                files = self._certificates(listener)
                bind += f" ssl crt {files} alpn h2,http/1.1 ssl-min-ver TLSv1.2"
                # Behind the doorway for browsers, which speaks plain HTTP to this socket.
                lines.append(f"  bind abns@{self._abstract(region)} accept-proxy")
            lines.append(bind)
            lines += _headers(listener)
            lines += self._rules(listener, groups, label)
        for arn in sorted(groups):
            lines += self._backend(arn, idle)
        return lines

    def _rules(self, listener: Any, groups: set[str], label: str) -> list[str]:
        """Every action is a backend, so that the order of the rules is HAProxy's order too."""
        lines: list[str] = []
        backends: list[str] = []
        rules = sorted(listener._non_default_rules.values(), key=lambda rule: int(rule.priority))
        for number, rule in enumerate(rules):
            names = _conditions(rule.conditions, number, lines)
            target = self._action(rule.actions[-1], f"{label}-{number}", groups, backends)
            lines.append(f"  use_backend {target} if {' '.join(names)}")
        last = listener.default_actions[-1]
        default = self._action(last, f"{label}-default", groups, backends)
        return [*lines, f"  default_backend {default}", *backends]

    def _action(self, action: Any, label: str, groups: set[str], backends: list[str]) -> str:
        """The backend that an action is; adds its lines unless it is a target group's."""
        data = action.data if hasattr(action, "data") else action
        kind = str(data.get("Type"))
        if kind == "forward":
            arn = data.get("TargetGroupArn")
            if not arn:
                arn = data["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
            groups.add(arn)
            return _name(arn)
        if kind == "fixed-response":
            config = data["FixedResponseConfig"]
            body = str(config.get("MessageBody") or "").replace('"', '\\"')
            content = config.get("ContentType") or "text/plain"
            answer = (
                f'return status {config["StatusCode"]} content-type "{content}" string "{body}"'
            )
        elif kind == "redirect":
            config = data["RedirectConfig"]
            code = "301" if config["StatusCode"] == "HTTP_301" else "302"
            answer = f"redirect scheme {str(config.get('Protocol') or 'https').lower()} code {code}"
        else:
            raise ValueError(f"the balancer does not know the action {kind}")
        backends += [f"backend {label}", f"  http-request {answer}"]
        return label

    def _backend(self, arn: str, idle: str) -> list[str]:
        group = self._targets.group(arn)
        lines = [f"backend {_name(arn)}", f"  timeout server {idle}s", "  balance roundrobin"]
        sticky = group.attributes.get("stickiness.enabled") == "true"
        if sticky:
            seconds = group.attributes.get("stickiness.lb_cookie.duration_seconds", "86400")
            options = f"insert indirect nocache httponly secure maxlife {seconds}s dynamic"
            lines += [f"  cookie AWSALB {options}", "  dynamic-cookie-key emulator"]
        for address, state in sorted(self._targets.states(arn).items()):
            if state not in ("healthy", "draining"):
                continue
            port = group.targets.get(address, {}).get("Port", group.port)
            # A draining target finishes what it has; nobody new comes, cookie or not.
            weight = " disabled" if state == "draining" else ""
            name = address.replace(".", "-")
            lines.append(f"  server {name} {address}:{port}{weight}")
        return lines

    def _doorway(self, balancers: list[Any]) -> list[str]:
        """https://HOST.localhost:PORT for a person's browser: it needs no name to be known.

        The names in Host, Origin and Referer become the real ones, and Location's the person's.
        """
        names = [f"{host}.localhost" for host in self.hosts()]
        files = self._authority.issue(*names, "localhost", "127.0.0.1").both
        lines = [
            "frontend doorway",
            f"  bind 127.0.0.1:{self.port} ssl crt {files} alpn http/1.1 ssl-min-ver TLSv1.2",
            "  timeout client 1h",
            r"  http-request set-var(txn.host) req.hdr(host)",
            r"  http-request replace-header Host ^([^:]*)\.localhost(:[0-9]+)?$ \1",
            rf"  http-request replace-header Origin ^https://([^/:]*)\.localhost:{self.port} https://\1",
            rf"  http-request replace-header Referer ^https://([^/:]*)\.localhost:{self.port} https://\1",
            rf"  http-response replace-header Location ^https?://([^/:]*)(:[0-9]+)? https://\1.localhost:{self.port}",
        ]
        regions = [balancer.arn.split(":")[3] for balancer in balancers]
        for region in regions:
            lines.append(f"  use_backend door-{region} if {{ hdr_beg(host) -i {region}. }}")
        lines.append(f"  default_backend door-{regions[0]}")
        for region in regions:
            lines += [
                f"backend door-{region}",
                "  timeout server 1h",
                f"  server balancer abns@{self._abstract(region)} send-proxy-v2",
            ]
        return lines

    def _abstract(self, region: str) -> str:
        return f"emulator-{self.port}-{region}"

    def _certificates(self, listener: Any) -> str:
        names: list[str] = []
        for arn in listener.certificates:
            region = arn.split(":")[3]
            bundle = acm_backends[self._account][region]._certificates.get(arn)
            if bundle is not None:
                names += bundle.describe()["Certificate"]["SubjectAlternativeNames"]
        return str(self._authority.issue(*dict.fromkeys(names)).both)

    def _hosts(self, balancer: Any) -> Iterable[str]:
        for listener in balancer.listeners.values():
            for rule in listener._non_default_rules.values():
                for condition in rule.conditions:
                    if condition.get("Field") == "host-header":
                        yield from _values(condition, "HostHeaderConfig")

    def _preferred(self, host: str, address: str) -> str:
        """A shared name leads to the first region, as latency would to one of them."""
        return self._names.all().get(host, address)


def _headers(listener: Any) -> list[str]:
    scheme = listener.protocol.lower()
    return [
        "  http-request set-header X-Forwarded-Proto " + scheme,
        f"  http-request set-header X-Forwarded-Port {listener.port}",
        "  http-request del-header X-Forwarded-For",
        "  unique-id-format Root=1-%[date,hex,bytes(8)]-%[uuid,regsub(-,,g),bytes(0,24)]",
        "  http-request set-header X-Amzn-Trace-Id %[unique-id]",
    ]


def _conditions(conditions: list[dict[str, Any]], number: int, lines: list[str]) -> list[str]:
    """Declares one ACL per condition; all must match, any of a condition's values."""
    names = []
    for index, condition in enumerate(conditions):
        name = f"rule-{number}-{index}"
        field = condition.get("Field")
        if field == "host-header":
            values = [_pattern(value) for value in _values(condition, "HostHeaderConfig")]
            # Without the port that a browser adds.
            lines.append(f"  acl {name} req.hdr(host),field(1,:) -i -m reg {' '.join(values)}")
        elif field == "path-pattern":
            values = [_pattern(value) for value in _values(condition, "PathPatternConfig")]
            lines.append(f"  acl {name} path -m reg {' '.join(values)}")
        elif field == "http-header":
            config = condition["HttpHeaderConfig"]
            values = [_pattern(value) for value in config["Values"]]
            lines.append(
                f"  acl {name} req.hdr({config['HttpHeaderName']}) -i -m reg {' '.join(values)}"
            )
        else:
            raise ValueError(f"the balancer does not know the condition {field}")
        names.append(name)
    return names


def _values(condition: dict[str, Any], config: str) -> list[str]:
    return list((condition.get(config) or {}).get("Values") or condition.get("Values") or [])


def _pattern(value: str) -> str:
    """An ALB pattern (* and ?) as a regular expression."""
    escaped = "".join(
        ".*" if c == "*" else "." if c == "?" else c if c.isalnum() or c in "/-_" else f"\\{c}"
        for c in value
    )
    return f"^{escaped}$".replace("\\", "\\\\")


def _name(arn: str) -> str:
    name, identifier = arn.split("/")[-2:]
    return f"{arn.split(':')[3]}-{name}-{identifier[:8]}"
