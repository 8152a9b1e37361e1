"""The load balancers, as one HAProxy per region that is configured from what the API was told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.acm.models import acm_backends
from moto.elbv2.models import elbv2_backends

from emulator.dataplane import balancer_rules as rules
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.front import Front
from emulator.dataplane.links import Endpoint
from emulator.dataplane.names import Names
from emulator.dataplane.targets import Targets
from emulator.regions import regions

HTTPS = 443

#: Answers that an ALB gives by itself (ELB User Guide, "Troubleshoot your Application Load
#: Balancers"): 503 without a target, 502 for one that refuses or closes, 504 for one that is late.
#: HAProxy says 503 where a target refuses the connection. Like an ALB, it tries no other one.
_GLOBAL = """
global
  maxconn 4000
  stats socket {socket} mode 600 level admin expose-fd listeners
  tune.ssl.default-dh-param 2048
  hard-stop-after 10m
defaults
  mode http
  option http-keep-alive
  timeout connect 10s
  timeout http-request 60s
  retries 0
  errorfile 502 {folder}/502.http
  errorfile 503 {folder}/502.http
  errorfile 504 {folder}/504.http
"""


class Balancer:
    """Renders what the API says, and keeps HAProxy alike."""

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
        self._fronts: dict[str, Front] = {}
        self._doorway = Front(folder / "doorway")
        #: Regions that have a load balancer and are not lost.
        self._open: list[str] = []
        self._endpoints: set[Endpoint] = set()
        #: Port of 127.0.0.1 for a person's browser.
        self.port = port
        for code, title in ((502, "Bad Gateway"), (504, "Gateway Time-out")):
            (folder / f"{code}.http").write_text(_page(code, title), newline="")

    def look(self) -> None:
        """Read what the API says now. The caller holds the lock around moto."""
        found: dict[str, list[Any]] = {}
        for balancer in self._balancers():
            found.setdefault(balancer.arn.split(":")[3], []).append(balancer)
        for region, balancers in found.items():
            if region not in self._fronts:
                self._fronts[region] = Front(self._folder / region)
            self._groups: list[str] = []
            text = self._render(region, balancers)
            servers = {_place(a): (_name(a), self._targets.servers(a)) for a in self._groups}
            self._fronts[region].want(text, servers)
        self._open = [region for region in found if not regions.is_lost(region)]
        if self._open:
            self._doorway.want(self._door())

    def act(self) -> None:
        """Make every HAProxy alike."""
        for region, front in self._fronts.items():
            if region in self._open:
                front.act()
            else:
                front.destroy()
        if self._open:
            self._doorway.act()

    def close(self) -> None:
        """End them."""
        for front in (*self._fronts.values(), self._doorway):
            front.close()

    def endpoints(self) -> list[Endpoint]:
        """Where they listen."""
        return sorted(self._endpoints, key=lambda one: (one.region, one.address))

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

    def _render(self, region: str, balancers: list[Any]) -> str:
        parts = [_GLOBAL.format(socket=self._fronts[region].socket, folder=self._folder)]
        for balancer in balancers:
            parts += self._balancer(balancer)
        return "\n".join(parts) + "\n"

    def _balancer(self, balancer: Any) -> list[str]:
        region = balancer.arn.split(":")[3]
        address = self._addresses.take(f"balancer-{region}-{balancer.name}")
        self._endpoints.add(Endpoint(region, address, HTTPS))
        for host in (balancer.dns_name, *self._hosts(balancer)):
            if "*" not in host:
                self._names.set(host, address, region)
        idle = balancer.attrs.get("idle_timeout.timeout_seconds", "60")
        mode = balancer.attrs.get("routing.http.xff_header_processing.mode", "append")
        lines: list[str] = []
        groups: set[str] = set()
        for listener in balancer.listeners.values():
            label = f"{region}-{listener.port}"
            lines += [f"frontend {label}", f"  timeout client {idle}s"]
            lines.append(f"  timeout http-keep-alive {idle}s")
            bind = f"  bind {address}:{listener.port}"
            if listener.protocol == "HTTPS":
                files = self._certificates(listener)
                bind += f" ssl crt {files} alpn h2,http/1.1 ssl-min-ver TLSv1.2"
                # Behind the doorway for browsers, which speaks plain HTTP to this socket.
                lines.append(f"  bind abns@{self._abstract(region)} accept-proxy")
            lines.append(bind)
            lines += rules.headers(listener, mode)
            lines += self._rules(listener, groups, label)
        for arn in sorted(groups):
            lines += self._backend(arn, idle)
        return lines

    def _rules(self, listener: Any, groups: set[str], label: str) -> list[str]:
        """Every action is a backend, so that the order of the rules is HAProxy's order too."""
        lines: list[str] = []
        backends: list[str] = []
        found = sorted(listener._non_default_rules.values(), key=lambda rule: int(rule.priority))
        for number, rule in enumerate(found):
            names = rules.conditions(rule.conditions, number, lines)
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
        # Of websockets too.
        lines.append(f"  timeout tunnel {idle}s")
        sticky = group.attributes.get("stickiness.enabled") == "true"
        if sticky:
            seconds = group.attributes.get("stickiness.lb_cookie.duration_seconds", "86400")
            options = f"insert indirect nocache httponly secure maxlife {seconds}s dynamic"
            lines += [f"  cookie AWSALB {options}", "  dynamic-cookie-key emulator"]
        title = "503 Service Temporarily Unavailable"
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        answer = f'return status 503 content-type text/html hdr Server awselb/2.0 string "{page}"'
        lines.append(f"  http-request {answer} if {{ nbsrv eq 0 }}")
        if arn not in self._groups:
            self._groups.append(arn)
        return [*lines, _place(arn)]

    def _door(self) -> str:
        """https://HOST.localhost:PORT for a person's browser: it needs no name to be known.

        The names in Host, Origin and Referer become the real ones, and Location's the person's.
        Who names no region comes to the first that is not lost.
        """
        names = [f"{host}.localhost" for host in self.hosts()]
        files = self._authority.issue(*names, "localhost", "127.0.0.1").both
        lines = [
            _GLOBAL.format(socket=self._doorway.socket, folder=self._folder),
            "frontend doorway",
            f"  bind 127.0.0.1:{self.port} ssl crt {files} alpn http/1.1 ssl-min-ver TLSv1.2",
            "  timeout client 1h",
            "  http-request del-header X-Forwarded-For",
            r"  http-request set-var(txn.host) req.hdr(host)",
            r"  http-request replace-header Host ^([^:]*)\.localhost(:[0-9]+)?$ \1",
            rf"  http-request replace-header Origin ^https://([^/:]*)\.localhost:{self.port} https://\1",
            rf"  http-request replace-header Referer ^https://([^/:]*)\.localhost:{self.port} https://\1",
            rf"  http-response replace-header Location ^https?://([^/:]*)(:[0-9]+)? https://\1.localhost:{self.port}",
        ]
        for region in self._open:
            lines.append(f"  use_backend door-{region} if {{ hdr_beg(host) -i {region}. }}")
        lines.append(f"  default_backend door-{self._open[0]}")
        for region in self._open:
            lines += [
                f"backend door-{region}",
                "  timeout server 1h",
                "  timeout tunnel 1h",
                f"  server balancer abns@{self._abstract(region)} send-proxy-v2",
            ]
        return "\n".join(lines) + "\n"

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
                        yield from rules.values(condition, "HostHeaderConfig")


def _name(arn: str) -> str:
    name, identifier = arn.split("/")[-2:]
    return f"{arn.split(':')[3]}-{name}-{identifier[:8]}"


def _place(arn: str) -> str:
    """Stands for a backend's servers in the text."""
    return f"  # servers of {_name(arn)}"


def _page(code: int, title: str) -> str:
    """An answer of the load balancer itself, as HAProxy reads it from a file."""
    body = (
        f"<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{code} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    head = f"HTTP/1.1 {code} {title}\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
