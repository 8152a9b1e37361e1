"""A browser's requests, without a browser's work: the load generator.

Little HTTP/1.1 on asyncio: a general client takes a millisecond of CPU for each request, which is
more than the server takes for a static file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: What a browser opens to one host.
CONNECTIONS = 6


@dataclass(frozen=True)
class Request:
    """One request of a page."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encoded(self, extra: Mapping[str, str]) -> bytes:
        """As it is sent."""
        headers = {**extra, **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Broken(Exception):
    """The connection was closed before an answer came."""


class Connections:
    """Connections to one server, kept as a load balancer keeps them: shared by all users."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, data: bytes) -> Answer:
        """Send a request that is encoded already."""
        began = time.perf_counter()
        while self._idle:
            reader, writer = self._idle.pop()
            if reader.at_eof() or writer.is_closing():
                writer.close()
                continue
            try:
                return await self._exchange(reader, writer, data, began)
            except Broken:
                # The server had closed it meanwhile.
                continue
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=1 << 20)
        return await self._exchange(reader, writer, data, began)

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        data: bytes,
        began: float,
    ) -> Answer:
        try:
            return await self._answer(reader, writer, data, began)
        except BaseException:
            # Whoever waited may have left: the rest of the answer is nobody's.
            writer.close()
            raise

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        data: bytes,
        began: float,
    ) -> Answer:
        try:
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            raise Broken(str(problem)) from None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        status = int(first.split(" ", 2)[1])
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return Answer(status, headers, body, time.perf_counter() - began)

    def close(self) -> None:
        """All of them."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


@dataclass(frozen=True)
class Page:
    """What a browser asks for when somebody opens a page: each step after the one before it."""

    steps: Sequence[Sequence[Request]]

    def __len__(self) -> int:
        return sum(len(step) for step in self.steps)


@dataclass(frozen=True)
class Session:
    """Somebody who has signed in."""

    cookie: str
    token: str = ""

    def headers(self, host: str) -> dict[str, str]:
        """What goes with each of his requests, what the load balancer adds among it."""
        return {
            "Host": host,
            "Cookie": f"session={self.cookie}",
            "X-CSRFToken": self.token,
            "Referer": f"https://{host}/",
            "User-Agent": "bench",
            "Accept-Encoding": ENCODINGS,
            "X-Forwarded-For": "192.0.2.1",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Port": "443",
        }


#: What Chrome says over TLS; without TLS it leaves out what a proxy might not know.
ENCODINGS = "gzip, deflate, br, zstd"


class Unexpected(Exception):
    """An answer that is none of a page that opens."""


class Reader:
    """Somebody who opens a page; the browser keeps to its number of connections."""

    def __init__(self, connections: Connections, session: Session, host: str) -> None:
        self._connections = connections
        self.session = session
        #: How many there were so far.
        self.answers = 0
        self._headers = session.headers(host)

    async def open(self, page: Page) -> float:
        """Seconds until the last answer is there."""
        began = time.perf_counter()
        free = asyncio.Semaphore(CONNECTIONS)

        async def one(request: Request) -> None:
            async with free:
                await self.ask(request)

        for step in page.steps:
            await asyncio.gather(*(one(request) for request in step))
        return time.perf_counter() - began

    async def ask(self, request: Request) -> Answer:
        """One request, which must succeed."""
        answer = await self._connections.ask(request.encoded(self._headers))
        if answer.status not in (200, 201):
            text = answer.body[:200].decode(errors="replace")
            raise Unexpected(f"{request.method} {request.path}: {answer.status} {text}")
        self.answers += 1
        return answer
