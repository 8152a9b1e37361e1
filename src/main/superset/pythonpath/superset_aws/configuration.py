"""Superset's settings, all of them from ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from superset_aws import dangerous_sql, in_place, mail, redis_login, request_ids, sources
from superset_aws.caches import caches, results_backend
from superset_aws.database import metadata, reads
from superset_aws.event_log import event_logger
from superset_aws.keys import derived_key
from superset_aws.logs import JsonLogs, RequestIds
from superset_aws.metrics.counters import Counters
from superset_aws.queues import SCHEDULER_EXPIRES, celery_config
from superset_aws.session_cookie import session_cookie
from superset_aws.settings import Redis, Settings
from superset_aws.sign_in import sign_in
from superset_aws.web_security import Frames, web_security

#: Idle connections are renewed before a firewall or a failover makes them useless.
RECYCLE_SECONDS = 900

#: The browser's sandbox needs privileges that a container has not, and /dev/shm is small there.
BROWSER_OPTIONS = ("--headless", "--no-sandbox", "--disable-dev-shm-usage")


def configuration(settings: Settings) -> dict[str, Any]:
    """Everything that superset_config.py exports."""
    if settings.tracing:
        from superset_aws import tracing

        tracing.install(settings)
    configured = {
        **_database(settings),
        **_keys(settings),
        **_limits(settings),
        **_appearance(settings),
        **caches(settings),
        **web_security(settings),
        **_rate_limit(settings),
        **sign_in(settings),
        "FLASK_APP_MUTATOR": _mutators(settings),
        "FEATURE_FLAGS": feature_flags(settings),
        "IS_FEATURE_ENABLED_FUNC": in_place.is_feature_enabled,
        "EVENT_LOGGER": event_logger,
        "STATS_LOGGER": Counters(),
        "LOGGING_CONFIGURATOR": JsonLogs(),
        "LOG_LEVEL": settings.log_level,
        "ADDITIONAL_MIDDLEWARE": [RequestIds],
        "BLUEPRINTS": [session_cookie],
        "ALEMBIC_SKIP_LOG_CONFIG": True,
        "SILENCE_FAB": False,
        "PREVENT_UNSAFE_DB_CONNECTIONS": True,
        "SQL_QUERY_MUTATOR": request_ids.mutator(dangerous_sql.refuse, settings.query_comments),
        "MUTATE_ALERT_QUERY": True,
        "TALISMAN_DEV_CONFIG": {},
        "CELERY_CONFIG": None,
    }
    if settings.redis:
        configured |= _asynchronous(settings, settings.redis)
    if settings.email:
        configured |= _email(settings)
    return configured


def _database(settings: Settings) -> dict[str, Any]:
    metadata.install(metadata.connector())
    return {
        "SQLALCHEMY_DATABASE_URI": metadata.URI,
        # A connection that a restart or a failover cut is noticed before a request uses it.
        "APP_INITIALIZER": metadata.initializer,
        "DB_CONNECTION_MUTATOR": sources.Mutator(settings),
        "SQLALCHEMY_ENGINE_OPTIONS": _pool(settings),
    }


def _pool(settings: Settings) -> dict[str, Any]:
    return {
        "pool_size": settings.metadata.pool_size,
        "max_overflow": settings.metadata.pool_overflow,
        "pool_timeout": settings.metadata.pool_timeout,
        "pool_recycle": RECYCLE_SECONDS,
        # The one that was used last is the one that is warm; the others may go.
        "pool_use_lifo": True,
    }


def _mutators(settings: Settings) -> Callable[[Any], None]:
    """What is done to the application before its views are registered."""
    mutators: list[Callable[[Any], None]] = [dangerous_sql.configure]
    if settings.embedding_domains:
        mutators.append(Frames(settings))
    if settings.process == "web":
        mutators.append(reads.Routing(settings, _pool(settings)))
    if settings.process == "web" and settings.tracing:
        from superset_aws import tracing

        mutators.append(tracing.requests)

    def mutate(app: Any) -> None:
        for mutator in mutators:
            mutator(app)

    return mutate


def _keys(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        "PREVIOUS_SECRET_KEY": settings.previous_secret_key,
        "GUEST_TOKEN_JWT_SECRET": derived_key(settings, "guest-token"),
        "GLOBAL_ASYNC_QUERIES_JWT_SECRET": derived_key(settings, "async-queries"),
    }


def _limits(settings: Settings) -> dict[str, Any]:
    rows, server = settings.row_limits, settings.server
    return {
        "ROW_LIMIT": rows.chart,
        "SAMPLES_ROW_LIMIT": rows.samples,
        "DEFAULT_SQLLAB_LIMIT": rows.sql_lab,
        "SQL_MAX_ROW": rows.sql_lab_max,
        "DISPLAY_MAX_ROW": rows.sql_lab,
        "SUPERSET_WEBSERVER_TIMEOUT": server.webserver_timeout,
        "SQLLAB_TIMEOUT": server.query_timeout,
        # A query whose worker was lost counts as timed out after this.
        "SQLLAB_ASYNC_TIME_LIMIT_SEC": server.query_timeout,
        "SQLLAB_VALIDATION_TIMEOUT": 10,
        "SQLLAB_QUERY_COST_ESTIMATE_TIMEOUT": 10,
    }


def _appearance(settings: Settings) -> dict[str, Any]:
    """Name, logo and theme. superset_config.py is imported while superset.config is, so its
    defaults cannot be extended: the tokens that Superset needs are repeated."""
    branding = settings.branding
    logo = branding.logo or "/static/assets/images/superset-logo-horiz.png"
    light = {
        "brandAppName": branding.name,
        "brandLogoAlt": branding.name,
        "brandLogoUrl": logo,
        "brandLogoMargin": "18px 0",
        "brandLogoHref": "/",
        "brandLogoHeight": "24px",
        "brandIconMaxWidth": 37,
        "colorPrimary": "#2893B3",
        "colorLink": "#2893B3",
        "colorEditorSelection": "#fff5cf",
        # No font from elsewhere: pages load without the internet.
        "fontUrls": [],
        "fontFamily": "Inter, Helvetica, Arial, sans-serif",
        "fontFamilyCode": "'IBM Plex Mono', 'Courier New', monospace",
        "transitionTiming": 0.3,
        "fontSizeXS": "8",
        "fontSizeXXL": "28",
        "fontWeightNormal": "400",
        "fontWeightLight": "300",
        "fontWeightStrong": "500",
        "fontWeightBold": "700",
        **branding.theme,
    }
    dark = {**light, "colorEditorSelection": "#5c4d1a"}
    return {
        "APP_NAME": branding.name,
        "APP_ICON": logo,
        "THEME_DEFAULT": {"token": light, "algorithm": "default"},
        "THEME_DARK": {"token": dark, "algorithm": "dark"},
    }


def _rate_limit(settings: Settings) -> dict[str, Any]:
    """Counted in Redis; in each process while Redis does not answer."""
    limits: dict[str, Any] = {
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_APPLICATION": settings.rate_limit,
        "AUTH_RATE_LIMITED": True,
        "AUTH_RATE_LIMIT": "5 per second",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_SWALLOW_ERRORS": True,
        "RATELIMIT_STORAGE_URI": "memory://",
    }
    if settings.redis:
        redis = settings.redis
        options = redis_login.options(redis)
        del options["ssl"]  # the scheme says it
        limits |= {
            "RATELIMIT_STORAGE_URI": f"rediss://{redis.host}:{redis.port}/0",
            "RATELIMIT_STORAGE_OPTIONS": {"key_prefix": f"{redis.key_prefix}:limits", **options},
        }
    return limits


def feature_flags(settings: Settings) -> dict[str, bool]:
    """What the platform needs, then what the configuration says."""
    return {
        "ALERT_REPORTS": settings.redis is not None,
        "GLOBAL_ASYNC_QUERIES": settings.redis is not None,
        "PLAYWRIGHT_REPORTS_AND_THUMBNAILS": True,
        # It lends a dashboard's data to the roles that its owner names, and does not ask whether he
        # may see it (raise_for_access): any team could name itself, and another's dataset.
        "DASHBOARD_RBAC": not settings.teams,
        "EMBEDDED_SUPERSET": bool(settings.embedding_domains),
        "ENABLE_TEMPLATE_PROCESSING": True,
        "RLS_IN_SQLLAB": True,
        "ESTIMATE_QUERY_COST": True,
        **settings.feature_flags,
    }


def _asynchronous(settings: Settings, redis: Redis) -> dict[str, Any]:
    return {
        "CELERY_CONFIG": celery_config(settings, redis),
        "CELERY_BEAT_SCHEDULER_EXPIRES": SCHEDULER_EXPIRES,
        "RESULTS_BACKEND": results_backend(redis),
        "RESULTS_BACKEND_USE_MSGPACK": True,
        "GLOBAL_ASYNC_QUERY_MANAGER_CLASS": "superset_aws.async_queries.AsyncQueryManager",
        "GLOBAL_ASYNC_QUERIES_JWT_COOKIE_SECURE": True,
        "GLOBAL_ASYNC_QUERIES_JWT_COOKIE_SAMESITE": "Lax",
        "GLOBAL_ASYNC_QUERIES_REDIS_STREAM_PREFIX": f"{redis.key_prefix}:async-events-",
        # Of all events of the region; one that nobody read within minutes is of no use.
        "GLOBAL_ASYNC_QUERIES_REDIS_STREAM_LIMIT_FIREHOSE": 10_000,
        "GLOBAL_ASYNC_QUERIES_TRANSPORT": "ws" if settings.websocket else "polling",
        # The host that the page came from: the cookie that names the channel is of this host only.
        "GLOBAL_ASYNC_QUERIES_WEBSOCKET_URL": f"wss://{settings.domain}/ws",
        "GLOBAL_ASYNC_QUERIES_POLLING_DELAY": 500,
        "MACHINE_AUTH_PROVIDER_CLASS": "superset_aws.browser.MachineAuth",
        # This region, whose database is near, through the load balancer: cookies are Secure.
        "WEBDRIVER_BASEURL": f"https://{settings.region}.{settings.domain}/",
        "WEBDRIVER_BASEURL_USER_FRIENDLY": f"https://{settings.domain}/",
        "WEBDRIVER_OPTION_ARGS": list(BROWSER_OPTIONS),
    }


def _email(settings: Settings) -> dict[str, Any]:
    """Server and credential are not Superset's affair: mail.py."""
    assert settings.email is not None
    mail.install(settings)
    return {"SMTP_MAIL_FROM": settings.email.sender}
