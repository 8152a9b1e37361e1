"""What a process is told by its environment: read once, checked as a whole, never changed.

variables.json beside this file declares every variable; whoever sets them and the documentation
are checked against it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from superset_aws import sign_in, source_kinds

PROCESSES = ("web", "worker", "beat", "init", "websocket")

#: Set by the entrypoint for the processes that it turns into.
PROCESS_VARIABLE = "SUPERSET_PROCESS"


class BadEnvironment(Exception):
    """Everything that is wrong with the environment."""

    def __init__(self, process: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"superset-{process} cannot start, its environment is wrong:\n{lines}")
        self.problems = problems


@dataclass(frozen=True)
class Metadata:
    """The metadata database.

    :param host: the region's own
    :param replica_host: a read replica of it in the region
    :param max_replica_lag: seconds; a replica that is further behind is not read
    :param audit: whether it has the extension pgaudit
    """

    host: str
    port: int
    replica_host: str | None
    max_replica_lag: int
    name: str
    secret: str
    audit: bool
    ca: Path
    pool_size: int
    pool_overflow: int
    pool_timeout: int
    writer_parameter: str


@dataclass(frozen=True)
class Redis:
    """Redis, which authenticates with IAM."""

    host: str
    port: int
    key_prefix: str
    user: str
    group: str
    ca: Path
    celery_processes: int


@dataclass(frozen=True)
class Server:
    """gunicorn, and the chain of timeouts in seconds."""

    bind: str
    processes: int
    threads: int
    timeout: int
    keepalive: int
    webserver_timeout: int
    query_timeout: int


@dataclass(frozen=True)
class Tracing:
    """Traces.

    :param sample: share of the requests that are traced
    :param collector: address that takes spans, OTLP over HTTP
    """

    sample: float
    collector: str


@dataclass(frozen=True)
class Email:
    """SMTP with STARTTLS; `secret` is the ARN of the credential {username, password}."""

    host: str
    port: int
    sender: str
    secret: str


@dataclass(frozen=True)
class Admin:
    """The break-glass administrator."""

    username: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Canary:
    """Login of the function that visits Superset as people do."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RowLimits:
    """Rows that a query may return."""

    chart: int = 50_000
    sql_lab: int = 1_000
    sql_lab_max: int = 100_000
    samples: int = 1_000


@dataclass(frozen=True)
class Branding:
    """How the application presents itself."""

    name: str = "Superset"
    logo: str | None = None
    theme: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """All of it."""

    process: str
    environment: str
    version: str
    region: str
    domain: str
    secret_key: str = field(repr=False)
    previous_secret_key: str | None = field(repr=False)
    metadata: Metadata
    fences: tuple[Mapping[str, str], ...]
    stop_writes_when_isolated: bool
    wait_until_caught_up: int | None
    redis: Redis | None
    server: Server
    sources_ca: Path
    feature_flags: Mapping[str, bool]
    cache_timeout: int
    dashboard_cache: Mapping[str, int]
    row_limits: RowLimits
    rate_limit: str
    log_level: str
    event_log_days: int
    query_comments: frozenset[str]
    tracing: Tracing | None
    branding: Branding
    embedding_domains: tuple[str, ...]
    email: Email | None
    websocket: bool
    websocket_bind: str | None
    admin: Admin | None
    canary: Canary | None
    sign_in: Mapping[str, Any]
    sign_in_secret: str | None
    teams: tuple[Mapping[str, Any], ...]
    row_level_security: tuple[Mapping[str, Any], ...]
    data_sources: tuple[Mapping[str, Any], ...]
    examples: bool
    exports: tuple[Mapping[str, str], ...]
    import_from: str | None

    @classmethod
    def read(cls, process: str, environ: Mapping[str, str]) -> Settings:
        """Settings of a process; raises BadEnvironment with everything that is wrong."""
        values, problems = _values(process, environ)
        if not problems:
            problems = _shapes(values)
        if problems:
            raise BadEnvironment(process, problems)
        return _settings(process, values)


@cache
def current() -> Settings:
    """The settings of this process."""
    return Settings.read(os.environ.get(PROCESS_VARIABLE, "web"), os.environ)


@cache
def variables() -> Mapping[str, Mapping[str, Any]]:
    """The declaration of every variable, by name."""
    path = Path(__file__).with_name("variables.json")
    declared: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return declared


def _values(process: str, environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, declared in variables().items():
        text = environ.get(name, "")
        if text == "":
            values[name] = declared.get("default")
            if _is_required(declared, process, environ):
                problems.append(f"{name} is missing: {declared['meaning']}")
            continue
        try:
            values[name] = _parsed(text, declared["type"])
        except ValueError as problem:
            shown = "its value" if declared.get("secret") else repr(text)
            problems.append(f"{name}: {shown} {problem}")
    return values, problems


def _is_required(declared: Mapping[str, Any], process: str, environ: Mapping[str, str]) -> bool:
    if process not in declared["kinds"]:
        return False
    companion = declared.get("required_with")
    return (
        bool(declared.get("required"))
        or process in declared.get("required_for", ())
        or bool(companion and environ.get(companion))
    )


def _parsed(text: str, kind: str) -> Any:
    match kind:
        case "integer":
            return _integer(text)
        case "port":
            number = _integer(text)
            if not 1 <= number <= 65535:
                raise ValueError("is no port; 1 to 65535 would be right")
            return number
        case "boolean":
            if text not in ("true", "false"):
                raise ValueError("is neither true nor false")
            return text == "true"
        case "object":
            return _json(text, dict, "object")
        case "list":
            return _json(text, list, "list")
        case "path":
            if not Path(text).is_file():
                raise ValueError("is no file")
            return Path(text)
    return text


def _integer(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("is no whole number")
    return int(text)


def _json(text: str, kind: type, name: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ValueError(f"is no JSON: {problem}") from None
    if not isinstance(value, kind):
        raise ValueError(f"is no JSON {name}")
    return value


def _shapes(values: Mapping[str, Any]) -> list[str]:
    """Problems inside the structured values, and between variables."""
    problems: list[str] = []
    limits = values["ROW_LIMITS"] or {}
    for key, rows in limits.items():
        if key not in RowLimits.__dataclass_fields__ or not isinstance(rows, int) or rows < 1:
            known = ", ".join(RowLimits.__dataclass_fields__)
            problems.append(f"ROW_LIMITS: {key}: {rows!r}; the keys are {known}, rows from 1 on")
    for key, on in (values["FEATURE_FLAGS"] or {}).items():
        if not isinstance(on, bool):
            problems.append(f"FEATURE_FLAGS: {key}: {on!r} is neither true nor false")
    if values["LOG_LEVEL"] not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        problems.append(
            f"LOG_LEVEL: {values['LOG_LEVEL']!r}; DEBUG, INFO, WARNING or ERROR would be right"
        )
    if unknown := {str(one) for one in values["QUERY_COMMENTS"] or ()} - {*source_kinds.KINDS}:
        problems.append(f"QUERY_COMMENTS: {', '.join(sorted(unknown))}: no kind of data source")
    if values["TRACING"] and not _is_tracing(values["TRACING"]):
        problems.append(
            f"TRACING: {values['TRACING']!r}; {{sample, collector}} would be right: a number above"
            " 0 and up to 1, an address"
        )
    for key in ("host", "port", "from"):
        if values["EMAIL"] and key not in values["EMAIL"]:
            problems.append(f"EMAIL: {key} is missing")
    for one in values["FENCES"] or ():
        if not isinstance(one, dict) or {*one, "held"} != {"region", "url", "held"}:
            problems.append(f"FENCES: {one!r}; {{region, url, held}} would be right")
    problems += [
        f"DATA_SOURCES: {one}" for one in source_kinds.problems(values["DATA_SOURCES"] or ())
    ]
    problems += sign_in.problems(values["SIGN_IN"])
    if values["SIGN_IN"].get("kind") == "oidc" and not values["SIGN_IN_SECRET"]:
        problems.append("SIGN_IN_SECRET is missing: SIGN_IN's kind is oidc")
    return problems


def _is_tracing(value: Mapping[str, Any]) -> bool:
    sample, collector = value.get("sample"), value.get("collector")
    return (
        value.keys() == {"sample", "collector"}
        and isinstance(sample, int | float)
        and 0 < sample <= 1
        and isinstance(collector, str)
    )


def _settings(process: str, values: Mapping[str, Any]) -> Settings:
    branding = values["BRANDING"] or {}
    return Settings(
        process=process,
        environment=values["SUPERSET_ENV"],
        version=values["SUPERSET_VERSION"],
        region=values["SUPERSET_REGION"],
        domain=values["SUPERSET_DOMAIN"],
        secret_key=values["SUPERSET_SECRET_KEY"],
        previous_secret_key=values["SUPERSET_PREVIOUS_SECRET_KEY"],
        metadata=Metadata(
            host=values["DATABASE_HOST"],
            port=values["DATABASE_PORT"],
            replica_host=values["DATABASE_REPLICA_HOST"],
            max_replica_lag=values["MAX_REPLICA_LAG"],
            name=values["DATABASE_NAME"],
            secret=values["DATABASE_SECRET"],
            audit=bool(values["DATABASE_AUDIT"]),
            ca=values["DATABASE_CA"],
            pool_size=values["DATABASE_POOL_SIZE"],
            pool_overflow=values["DATABASE_POOL_OVERFLOW"],
            pool_timeout=values["DATABASE_POOL_TIMEOUT"],
            writer_parameter=values["WRITER_PARAMETER"],
        ),
        fences=tuple(values["FENCES"] or ()),
        stop_writes_when_isolated=bool(values["STOP_WRITES_WHEN_ISOLATED"]),
        wait_until_caught_up=values["WAIT_UNTIL_CAUGHT_UP"],
        redis=_redis(values),
        server=Server(
            bind=values["GUNICORN_BIND"],
            processes=values["GUNICORN_PROCESSES"],
            threads=values["GUNICORN_THREADS"],
            timeout=values["GUNICORN_TIMEOUT"],
            keepalive=values["GUNICORN_KEEPALIVE"],
            webserver_timeout=values["WEBSERVER_TIMEOUT"],
            query_timeout=values["QUERY_TIMEOUT"],
        ),
        sources_ca=values["SOURCES_CA"],
        feature_flags=values["FEATURE_FLAGS"] or {},
        cache_timeout=values["CACHE_TIMEOUT"],
        dashboard_cache=values["DASHBOARD_CACHE"] or {},
        row_limits=RowLimits(**(values["ROW_LIMITS"] or {})),
        rate_limit=values["RATE_LIMIT"],
        log_level=values["LOG_LEVEL"],
        event_log_days=values["EVENT_LOG_DAYS"],
        query_comments=frozenset(values["QUERY_COMMENTS"] or ()),
        tracing=Tracing(**values["TRACING"]) if values["TRACING"] else None,
        branding=Branding(
            branding.get("name", "Superset"), branding.get("logo"), branding.get("theme", {})
        ),
        embedding_domains=tuple((values["EMBEDDING"] or {}).get("allowed_domains", ())),
        email=_email(values),
        websocket=bool(values["WEBSOCKET"]),
        websocket_bind=values["WEBSOCKET_BIND"],
        admin=_admin(values),
        canary=_canary(values),
        sign_in=values["SIGN_IN"],
        sign_in_secret=values["SIGN_IN_SECRET"],
        teams=tuple(values["TEAMS"] or ()),
        row_level_security=tuple(values["ROW_LEVEL_SECURITY"] or ()),
        data_sources=tuple(values["DATA_SOURCES"] or ()),
        examples=bool(values["EXAMPLES"]),
        exports=tuple(values["EXPORTS"] or ()),
        import_from=values["IMPORT_FROM"],
    )


def _redis(values: Mapping[str, Any]) -> Redis | None:
    if not values["REDIS_HOST"]:
        return None
    return Redis(
        host=values["REDIS_HOST"],
        port=values["REDIS_PORT"],
        key_prefix=values["REDIS_KEY_PREFIX"],
        user=values["REDIS_USER"],
        group=values["REDIS_GROUP"],
        ca=values["REDIS_CA"],
        celery_processes=values["CELERY_PROCESSES"],
    )


def _email(values: Mapping[str, Any]) -> Email | None:
    email = values["EMAIL"]
    if not email:
        return None
    return Email(email["host"], email["port"], email["from"], values["EMAIL_SECRET"])


def _admin(values: Mapping[str, Any]) -> Admin | None:
    if not values["ADMIN_USERNAME"]:
        return None
    return Admin(values["ADMIN_USERNAME"], values["ADMIN_EMAIL"], values["ADMIN_PASSWORD"])


def _canary(values: Mapping[str, Any]) -> Canary | None:
    if not values["CANARY_USERNAME"]:
        return None
    return Canary(values["CANARY_USERNAME"], values["CANARY_PASSWORD"])
