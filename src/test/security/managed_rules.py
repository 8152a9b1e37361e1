"""Stand-ins for AWS's managed rule groups, whose patterns are secret.

Sizes and names are those that AWS documents. What is an attack on SQL, by markup, by paths or by
included files is decided by the OWASP core rule set at its default paranoia, run by libmodsecurity:
stricter in some places than AWS's, laxer in others, and like it not written for Superset. A part of
a request is tried alone, so that what is found is known to be in the body, the query or a cookie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import libmodsecurity
from web_acl import Group, Request

CORE_RULES = Path("/usr/share/modsecurity-crs/rules")

#: Bytes; AWS WAF Developer Guide, core rule set.
MOST_PATH, MOST_QUERY, MOST_COOKIE, MOST_BODY = 1024, 2048, 10240, 8192

#: File of the core rule set to the rule of AWS's core rule set.
CORE = {
    "930-APPLICATION-ATTACK-LFI": "GenericLFI",
    "931-APPLICATION-ATTACK-RFI": "GenericRFI",
    "941-APPLICATION-ATTACK-XSS": "CrossSiteScripting",
}
SQL = {"942-APPLICATION-ATTACK-SQLI": "SQLi"}

#: Addresses that are on AWS's lists in these tests.
BAD_REPUTATION, ANONYMOUS, HOSTING = "192.0.2.66", "192.0.2.77", "192.0.2.88"

#: What the group of known bad inputs is documented to look for, in the plainest form.
KNOWN_BAD = {
    "Log4JRCE": re.compile(r"\$\{\s*(?:jndi|\$\{)", re.I),
    "JavaDeserializationRCE": re.compile(r"rO0AB|Runtime\.getRuntime|ProcessBuilder"),
}
EXPLOITABLE = re.compile(r"/(?:\.git/|\.env|web-inf|wp-admin|phpmyadmin)", re.I)

_ENGINE = """
SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecRequestBodyLimit 134217728
SecRule REQUEST_HEADERS:Content-Type "application/json" \
  "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecAction "id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334"
"""


class Owasp:
    """The core rule set."""

    def __init__(self) -> None:
        self._found: list[int] = []
        self._engine = libmodsecurity.ModSecurity()
        self._engine.set_rule_message_callback(lambda message: self._found.append(message.rule_id))
        self._rules = libmodsecurity.RulesSet()
        assert self._rules.load(_ENGINE) > 0, self._rules.get_parser_error()
        for name in ("901-INITIALIZATION", *CORE, *SQL):
            loaded = self._rules.load_from_uri(str(CORE_RULES / f"REQUEST-{name}.conf"))
            assert loaded > 0, self._rules.get_parser_error()

    def files(self, uri: str, headers: Mapping[str, str], body: bytes) -> set[str]:
        """Files of the rule set, by their first three digits, in which something was found."""
        self._found.clear()
        with self._engine.transaction(self._rules) as transaction:
            transaction.process_connection("198.51.100.7", 1024, "10.10.0.10", 443)
            transaction.process_uri(uri, "POST" if body else "GET", "1.1")
            for name, value in headers.items():
                transaction.add_request_header(name, value)
            transaction.process_request_headers()
            if body:
                transaction.append_request_body(body)
            transaction.process_request_body()
        return {str(number)[:3] for number in self._found}


@cache
def _owasp() -> Owasp:
    return Owasp()


def _parts(request: Request) -> Iterator[tuple[str, set[str]]]:
    """Where, in AWS's words, and the files in which something was found there."""
    kind = {n: v for n, v in request.headers.items() if n == "content-type"}
    cookie = {n: v for n, v in request.headers.items() if n == "cookie"}
    yield "URIPATH", _owasp().files(request.path, {}, b"")
    if request.query:
        yield "QUERYARGUMENTS", _owasp().files(f"/?{request.query}", {}, b"")
    if cookie:
        yield "COOKIE", _owasp().files("/", cookie, b"")
    if request.body:
        yield "BODY", _owasp().files("/", kind, request.body)


def _label(group: str, rule: str) -> str:
    words = {
        "_BODY": "_Body",
        "_QUERYSTRING": "_QueryString",
        "_QUERYARGUMENTS": "_QueryArguments",
        "_URIPATH": "_URIPath",
        "_COOKIE": "_Cookie",
        "_HEADER": "_Header",
    }
    for word, written in words.items():
        rule = rule.replace(word, written)
    return f"awswaf:managed:aws:{group}:{rule}"


def _named(group: str, rules: Iterator[str]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        yield rule, _label(group, rule)


def _attacks(files: Mapping[str, str], request: Request) -> Iterator[str]:
    for where, found in _parts(request):
        for file, rule in files.items():
            if file[:3] in found:
                yield f"{rule}_{where}"


def _core(request: Request) -> Iterator[str]:
    if not request.headers.get("user-agent"):
        yield "NoUserAgent_HEADER"
    sizes = {
        "SizeRestrictions_QUERYSTRING": (len(request.query), MOST_QUERY),
        "SizeRestrictions_Cookie_HEADER": (len(request.headers.get("cookie", "")), MOST_COOKIE),
        "SizeRestrictions_BODY": (len(request.body), MOST_BODY),
        "SizeRestrictions_URIPATH": (len(request.path), MOST_PATH),
    }
    yield from (rule for rule, (size, most) in sizes.items() if size > most)
    yield from _attacks(CORE, request)


def _known_bad(request: Request) -> Iterator[str]:
    if EXPLOITABLE.search(request.path):
        yield "ExploitablePaths_URIPATH"
    if request.headers.get("host", "").startswith("localhost"):
        yield "Host_localhost_HEADER"
    if request.method == "PROPFIND":
        yield "Propfind_METHOD"
    places = {
        "BODY": request.body.decode(errors="replace"),
        "QUERYSTRING": request.query,
        "HEADER": " ".join(request.headers.values()),
        "URIPATH": request.path,
    }
    for rule, pattern in KNOWN_BAD.items():
        yield from (f"{rule}_{place}" for place, text in places.items() if pattern.search(text))


def _reputation(request: Request) -> Iterator[str]:
    if request.address == BAD_REPUTATION:
        yield "AWSManagedIPReputationList"


def _anonymous(request: Request) -> Iterator[str]:
    if request.address == ANONYMOUS:
        yield "AnonymousIPList"
    if request.address == HOSTING:
        yield "HostingProviderIPList"


GROUPS: Mapping[str, Group] = {
    "AWSManagedRulesCommonRuleSet": lambda one: _named("core-rule-set", _core(one)),
    "AWSManagedRulesKnownBadInputsRuleSet": lambda one: _named("known-bad-inputs", _known_bad(one)),
    "AWSManagedRulesSQLiRuleSet": lambda one: _named("sql-database", _attacks(SQL, one)),
    "AWSManagedRulesAmazonIpReputationList": lambda one: _named("amazon-ip-list", _reputation(one)),
    "AWSManagedRulesAnonymousIpList": lambda one: _named("anonymous-ip-list", _anonymous(one)),
}
