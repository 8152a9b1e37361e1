"""Cookies, the content security policy, and pages of others that embed dashboards."""

from __future__ import annotations

from typing import Any

from superset_aws import session_lifetime
from superset_aws.in_place import GUEST_TOKEN_HEADER
from superset_aws.settings import Settings

#: Role of whoever comes with a guest token.
GUESTS = "Embedded"

#: Of the service account with which another application asks for guest tokens.
HOSTS = "Embedding"

#: The session's cookie: Flask's own flag, and Talisman's, which sets Flask's at each request.
ONLY_OVER_HTTPS = True

#: Longest body of a request, bytes: a file is held in memory, several times while it is read.
LONGEST_BODY = 32 * 1024 * 1024

#: Superset's own policy (superset/config.py, TALISMAN_CONFIG) without the addresses that report
#: to its makers. Scripts run by the nonce of their page only, and none is made from text.
_POLICY: dict[str, Any] = {
    "base-uri": ["'self'"],
    "default-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:"],
    "worker-src": ["'self'", "blob:"],
    "connect-src": [
        "'self'",
        "https://api.mapbox.com",
        "https://events.mapbox.com",
        "https://tile.openstreetmap.org",
        "https://a.basemaps.cartocdn.com",
    ],
    "object-src": "'none'",
    "style-src": ["'self'", "'unsafe-inline'"],
    "font-src": ["'self'", "data:"],
    "script-src": ["'self'", "'strict-dynamic'"],
}


def web_security(settings: Settings) -> dict[str, Any]:
    """Settings of Flask, Talisman, CORS and the embedding."""
    domains = list(settings.embedding_domains)
    policy = _policy(settings)
    return {
        "WTF_CSRF_ENABLED": True,
        # The session ends, not the form: a dashboard that stays open all day can still be saved.
        "WTF_CSRF_TIME_LIMIT": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": ONLY_OVER_HTTPS,
        # An embedded dashboard needs no cookie: its guest token comes in a header.
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": session_lifetime.SECONDS,
        "MAX_CONTENT_LENGTH": LONGEST_BODY,
        # No kind that needs an old parser or holds any number of files.
        "EXCEL_EXTENSIONS": {"xlsx"},
        "CSV_EXTENSIONS": {"csv", "tsv", "txt"},
        "COLUMNAR_EXTENSIONS": {"parquet"},
        "ALLOWED_EXTENSIONS": {"xlsx", "csv", "tsv", "txt", "parquet"},
        # An imported dataset would bring the data of any address that a task can open.
        "DATASET_IMPORT_ALLOWED_DATA_URLS": [],
        "TALISMAN_ENABLED": True,
        "TALISMAN_CONFIG": {
            "content_security_policy": policy,
            "content_security_policy_nonce_in": ["script-src"],
            # The load balancer redirects; a redirect here would answer its health checks.
            "force_https": False,
            "strict_transport_security": True,
            "strict_transport_security_max_age": 31_536_000,
            "session_cookie_secure": ONLY_OVER_HTTPS,
            "frame_options": "SAMEORIGIN",
        },
        "ENABLE_CORS": bool(domains),
        "CORS_OPTIONS": {"resources": "/api/*", "origins": domains} if domains else {},
        "GUEST_ROLE_NAME": GUESTS,
        "GUEST_TOKEN_HEADER_NAME": GUEST_TOKEN_HEADER,
        # Whoever embeds asks for another one in time; Superset's SDK does.
        "GUEST_TOKEN_JWT_EXP_SECONDS": 300,
        "GUEST_TOKEN_JWT_AUDIENCE": f"https://{settings.domain}/",
        # One load balancer stands in front; it sets these three headers and no others.
        "ENABLE_PROXY_FIX": True,
        "PROXY_FIX_CONFIG": {"x_for": 1, "x_proto": 1, "x_host": 0, "x_port": 1, "x_prefix": 0},
    }


def _policy(settings: Settings) -> dict[str, Any]:
    policy = {**_POLICY, "frame-ancestors": ["'self'"]}
    if settings.websocket:
        policy["connect-src"] = [*policy["connect-src"], f"wss://{settings.domain}"]
    if settings.branding.logo and settings.branding.logo.startswith("https://"):
        policy["img-src"] = [*policy["img-src"], settings.branding.logo]
    return policy


class Frames:
    """Changes the application: others may frame the page of an embedded dashboard, no other."""

    def __init__(self, settings: Settings) -> None:
        ancestors = ["'self'", *settings.embedding_domains]
        self._options = {
            "content_security_policy": {**_policy(settings), "frame-ancestors": ancestors},
            "frame_options": None,
        }

    def __call__(self, app: Any) -> None:
        """Once per process, before its views are registered."""
        from superset.embedded.view import EmbeddedView

        # What Talisman looks for at a view.
        EmbeddedView.embedded.talisman_view_options = self._options
