"""Rules of an Application Load Balancer in HAProxy's words."""

from __future__ import annotations

from typing import Any


def headers(listener: Any, mode: str) -> list[str]:
    """What a load balancer adds to a request (ELB User Guide, "HTTP headers and ALBs").

    :param mode: routing.http.xff_header_processing.mode: append, preserve or remove
    """
    scheme = listener.protocol.lower()
    forwarded = {
        "append": [
            '  http-request set-header X-Forwarded-For "%[req.fhdr(X-Forwarded-For)], %[src]"'
            " if { req.fhdr(X-Forwarded-For) -m found }",
            "  http-request set-header X-Forwarded-For %[src]"
            " unless { req.fhdr(X-Forwarded-For) -m found }",
        ],
        "preserve": [],
        "remove": ["  http-request del-header X-Forwarded-For"],
    }[mode]
    return [
        *forwarded,
        "  http-request set-header X-Forwarded-Proto " + scheme,
        f"  http-request set-header X-Forwarded-Port {listener.port}",
        "  unique-id-format 1-%{+X}Ts-%[uuid,regsub(-,,g),bytes(0,24)]",
        # AWS: Request tracing for your Application Load Balancer.
        "  http-request set-header X-Amzn-Trace-Id"
        " Self=%[unique-id,lower];%[req.hdr(X-Amzn-Trace-Id)]"
        " if { req.hdr(X-Amzn-Trace-Id) -m sub Root= }",
        "  http-request set-header X-Amzn-Trace-Id Root=%[unique-id,lower]"
        " unless { req.hdr(X-Amzn-Trace-Id) -m sub Root= }",
    ]


def conditions(given: list[dict[str, Any]], number: int, lines: list[str]) -> list[str]:
    """Declares one ACL per condition; all must match, any of a condition's values."""
    names = []
    for index, condition in enumerate(given):
        name = f"rule-{number}-{index}"
        field = condition.get("Field")
        if field == "host-header":
            patterns = [_pattern(value) for value in values(condition, "HostHeaderConfig")]
            # Without the port that a browser adds.
            lines.append(f"  acl {name} req.hdr(host),field(1,:) -i -m reg {' '.join(patterns)}")
        elif field == "path-pattern":
            patterns = [_pattern(value) for value in values(condition, "PathPatternConfig")]
            lines.append(f"  acl {name} path -m reg {' '.join(patterns)}")
        elif field == "http-header":
            config = condition["HttpHeaderConfig"]
            patterns = [_pattern(value) for value in config["Values"]]
            lines.append(
                f"  acl {name} req.hdr({config['HttpHeaderName']}) -i -m reg {' '.join(patterns)}"
            )
        else:
            raise ValueError(f"the balancer does not know the condition {field}")
        names.append(name)
    return names


def values(condition: dict[str, Any], config: str) -> list[str]:
    return list((condition.get(config) or {}).get("Values") or condition.get("Values") or [])


def _pattern(value: str) -> str:
    """An ALB pattern (* and ?) as a regular expression."""
    escaped = "".join(
        ".*" if c == "*" else "." if c == "?" else c if c.isalnum() or c in "/-_" else f"\\{c}"
        for c in value
    )
    return f"^{escaped}$".replace("\\", "\\\\")
