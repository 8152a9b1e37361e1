"""Redis with IAM: a token instead of a password, made when a connection is opened.

AWS: "Authenticating with IAM" (ElastiCache User Guide). The token is a presigned request, valid
for 15 minutes; a connection that was opened with it stays open for 12 hours at most.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from redis import Redis
from redis.asyncio.retry import Retry as AsynchronousRetry
from redis.backoff import ExponentialBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from superset_aws.settings import Redis as Settings
from superset_aws.settings import current

TOKEN_SECONDS = 900
KEPT_SECONDS = 600


class IamToken(CredentialProvider):
    """User and token; the token is kept for ten of its fifteen minutes."""

    def __init__(self, user: str, group: str, region: str) -> None:
        self._user = user
        self._group = group
        self._region = region
        self._token = ""
        self._made_at = float("-inf")
        self._guard = threading.Lock()

    def get_credentials(self) -> tuple[str, str]:
        """Called by redis-py for every new connection."""
        with self._guard:
            if time.monotonic() - self._made_at > KEPT_SECONDS:
                self._token = self._presigned()
                self._made_at = time.monotonic()
            return self._user, self._token

    async def get_credentials_async(self) -> tuple[str, str]:
        """The same for redis.asyncio."""
        return await asyncio.to_thread(self.get_credentials)

    def _presigned(self) -> str:
        credentials = boto3.session.Session().get_credentials()
        if credentials is None:
            raise RedisConnectionError("there are no AWS credentials to log in to Redis with")
        query = urlencode({"Action": "connect", "User": self._user})
        request = AWSRequest("GET", f"http://{self._group}/?{query}")
        signer = SigV4QueryAuth(
            credentials.get_frozen_credentials(), "elasticache", self._region, TOKEN_SECONDS
        )
        signer.add_auth(request)
        return str(request.url).removeprefix("http://")


_token: IamToken | None = None


def token() -> IamToken:
    """The provider of this process, for every consumer of Redis."""
    global _token
    if _token is None:
        settings = current()
        assert settings.redis is not None
        _token = IamToken(settings.redis.user, settings.redis.group, settings.region)
    return _token


class Token(CredentialProvider):
    """The same for consumers that name a class (kombu's broker URL)."""

    def get_credentials(self) -> tuple[str, str]:
        """As IamToken."""
        return token().get_credentials()


def tls(redis: Settings) -> dict[str, Any]:
    """Verified TLS; redis-py 5 leaves the check of the host's name off by default."""
    return {
        "ssl_cert_reqs": "required",
        "ssl_ca_certs": str(redis.ca),
        "ssl_check_hostname": True,
    }


def options(redis: Settings) -> dict[str, Any]:
    """What every redis-py client gets beside host and port.

    A failover takes the primary away for some seconds: one further attempt at once opens a new
    connection, and short timeouts let pages open without the cache.
    """
    return {
        "ssl": True,
        **tls(redis),
        "credential_provider": token(),
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
    }


def asynchronous(redis: Settings, block: float) -> dict[str, Any]:
    """The same for a client of redis.asyncio.

    :param block: seconds that a command waits in Redis
    """
    backoff = ExponentialBackoff(cap=0.5, base=0.05)
    return {
        **options(redis),
        "socket_timeout": block + 5,
        "retry": AsynchronousRetry(backoff, 2),
    }


def client(redis: Settings) -> Redis:
    """A client of Redis."""
    return Redis(host=redis.host, port=redis.port, **options(redis))
