"""Announces results of asynchronous charts: what Superset's superset-websocket does, in Python.

A browser connects with the cookie that names its channel, and gets the events of this channel:
first those that it missed, then those that come. Workers write every event into two streams of
Redis, the channel's and one of all channels (superset/async_events/async_query_manager.py); one
reader follows the latter for everybody. An event may come twice; the page ignores the second.

Imports nothing of Superset: it starts at once and is small.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import logging.config
import signal
import time
from collections import defaultdict
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from redis.asyncio import Redis as Client
from redis.exceptions import RedisError
from websockets.asyncio.server import Request, Response, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from superset_aws import json_lines, redis_login
from superset_aws.keys import derived_key
from superset_aws.settings import Redis, Settings, current

logger = logging.getLogger(__name__)

#: Superset's own name of it (GLOBAL_ASYNC_QUERIES_JWT_COOKIE_NAME).
COOKIE = "async-token"

#: Each costs some 30 KiB; more are turned away, and try again.
MOST_CONNECTIONS = 2000

#: The load balancer closes what is silent for longer than its idle timeout.
PING_SECONDS = 20

#: Nobody waits longer for a chart.
MISSED_SECONDS = 300

#: A browser without a last event may have asked for charts while it connected. And in its
#: channel's stream an event has a slightly lower number than in the one that is followed.
OVERLAP_SECONDS = 5

BLOCK_SECONDS = 5


class Announcer:
    """Connections by channel, and the one reader of events."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._key = derived_key(settings, "async-queries")
        self._prefix = f"{redis.key_prefix}:async-events-"
        self._redis = Client(
            host=redis.host,
            port=redis.port,
            decode_responses=True,
            **redis_login.asynchronous(redis, BLOCK_SECONDS),
        )
        self._connections: dict[str, set[ServerConnection]] = defaultdict(set)
        self._count = 0
        self._reader: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self._redis.aclose()

    def begin(self) -> None:
        """Start reading."""
        self._reader = asyncio.create_task(self._follow(), name="events")

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is none for a connection, or that may not have one."""
        path = urlsplit(request.path).path
        if path == "/health":
            alive = self._reader is not None and not self._reader.done()
            return _answer(connection, HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE)
        if path != "/ws":
            return _answer(connection, HTTPStatus.NOT_FOUND)
        if self._count >= MOST_CONNECTIONS:
            return _answer(connection, HTTPStatus.SERVICE_UNAVAILABLE)
        if self._channel(request) is None:
            return _answer(connection, HTTPStatus.UNAUTHORIZED)
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """One browser, until it or we close."""
        request = connection.request
        assert request is not None
        channel = self._channel(request)
        assert channel is not None
        self._count += 1
        self._connections[channel].add(connection)
        try:
            for event in await self._missed(channel, request):
                await connection.send(event)
            # Browsers say nothing; whatever comes is thrown away.
            async for _ in connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            self._count -= 1
            self._connections[channel].discard(connection)
            if not self._connections[channel]:
                del self._connections[channel]

    def _channel(self, request: Request) -> str | None:
        """The channel that the cookie names; None when Superset did not sign it."""
        try:
            token = SimpleCookie(request.headers.get("Cookie", "")).get(COOKIE)
            claims = jwt.decode(
                token.value if token else "",
                self._key,
                algorithms=["HS256"],
                # Empty for whoever has not signed in yet.
                options={"verify_sub": False},
            )
            return str(claims["channel"])
        except (jwt.InvalidTokenError, CookieError, KeyError):
            return None

    async def _missed(self, channel: str, request: Request) -> list[str]:
        """What the browser may not have got yet."""
        now = time.time()
        since = now
        last = parse_qs(urlsplit(request.path).query).get("last_id", [""])[0]
        with contextlib.suppress(ValueError):
            since = min(now, int(last.partition("-")[0]) / 1000)
        since = max(now - MISSED_SECONDS, since - OVERLAP_SECONDS)
        try:
            found = await self._redis.xrange(f"{self._prefix}{channel}", int(since * 1000))
        except RedisError as problem:
            logger.warning("missed events cannot be read: %s", problem)
            return []
        return [_event(number, fields)[1] for number, fields in found]

    async def _follow(self) -> None:
        last: str | None = None
        stream = f"{self._prefix}full"
        while True:
            try:
                if last is None:
                    newest = await self._redis.xrevrange(stream, count=1)
                    last = newest[0][0] if newest else "0-0"
                block = BLOCK_SECONDS * 1000
                for _, events in await self._redis.xread({stream: last}, count=500, block=block):
                    for number, fields in events:
                        last = number
                        self._announce(number, fields)
            except RedisError as problem:
                logger.warning("events cannot be read: %s", problem)
                if last is not None:
                    # A replica that was promoted may count a little behind.
                    last = f"{max(0, int(last.partition('-')[0]) - OVERLAP_SECONDS * 1000)}-0"
                await asyncio.sleep(0.5)

    def _announce(self, number: str, fields: dict[str, str]) -> None:
        try:
            channel, event = _event(number, fields)
        except (KeyError, ValueError):
            logger.warning("an event is malformed: %s", number)
            return
        if connections := self._connections.get(channel):
            broadcast(connections, event)


def _event(number: str, fields: dict[str, str]) -> tuple[str, str]:
    """Channel and text of an event."""
    document: dict[str, Any] = json.loads(fields["data"])
    return document["channel_id"], json.dumps({"id": number, **document})


def _answer(connection: ServerConnection, status: HTTPStatus) -> Response:
    return connection.respond(status, f"{status.phrase}\n")


async def run(settings: Settings) -> None:
    """Until SIGTERM."""
    assert settings.redis is not None
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    announcer = Announcer(settings, settings.redis)
    announcer.begin()
    host, _, port = settings.websocket_bind.rpartition(":")
    async with serve(
        announcer.serve,
        host,
        int(port),
        process_request=announcer.admit,
        # Cookies come along from pages of every site; only ours may read what they open.
        origins=[f"https://{settings.domain}", f"https://{settings.region}.{settings.domain}"],
        compression=None,
        max_size=1024,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
    ):
        logger.info("listening on %s", settings.websocket_bind)
        await stopping.wait()
        logger.info("closing")
    # Every connection was closed with 1001 (going away): browsers connect again, elsewhere.
    await announcer.close()


def main() -> None:
    """The process."""
    logging.config.dictConfig(json_lines.dictionary())
    asyncio.run(run(current()))


if __name__ == "__main__":
    main()
