"""What the benchmark counts: answers of a server that is slow, closes, or sends chunks."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from commands.bench.capacity import Batch, Side
from commands.bench.client import Connections, Page, Reader, Request, Session, Unexpected
from commands.bench.tasks import Web

Answering = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def served(answering: Answering, use: Callable[[Reader], Awaitable[None]]) -> int:
    """Use a server; how many connections it saw."""
    connected = 0

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connected
        connected += 1
        while not writer.is_closing():
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            await answering(head.decode().split(" ")[1], writer)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connections = Connections("127.0.0.1", port)
        await use(Reader(connections, Session("cookie"), "example.com"))
        connections.close()
        server.close()

    asyncio.run(main())
    return connected


async def answer(path: str, writer: asyncio.StreamWriter) -> None:
    match path:
        case "/chunks":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        case "/missing":
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")
        case "/last":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            writer.close()
        case "/never":
            await asyncio.sleep(60)
        case _:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_a_connection_is_kept_until_the_server_closes_it() -> None:
    async def use(reader: Reader) -> None:
        bodies = [
            (await reader.ask(Request("GET", path))).body for path in ("/", "/chunks", "/last", "/")
        ]
        assert bodies == [b"ok", b"abcde", b"ok", b"ok"]
        assert reader.answers == 4

    assert served(answer, use) == 2


def test_an_answer_that_is_no_success_is_not_counted() -> None:
    async def use(reader: Reader) -> None:
        with pytest.raises(Unexpected, match="GET /missing: 404 gone"):
            await reader.ask(Request("GET", "/missing"))
        assert reader.answers == 0

    served(answer, use)


def test_a_load_that_does_not_end_counts_as_long_as_it_took() -> None:
    found: list[Batch] = []

    async def use(reader: Reader) -> None:
        page = Page([[Request("GET", "/")], [Request("GET", "/never")]])
        # A process that there is not: no CPU time.
        side = Side(Web("none", "", 0, "", 0.0), reader)
        found.append(await side.people(page, users=2, seconds=0.5, think=0))

    served(answer, use)
    (batch,) = found
    assert batch.seconds == []
    assert len(batch.cut) == 2
    assert batch.loads == 1
    assert batch.quantile(0.95) == max(batch.cut)
