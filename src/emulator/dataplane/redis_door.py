"""ElastiCache's front: TLS, and IAM tokens instead of passwords. Runs as a process of its own.

A client logs in with AUTH or HELLO … AUTH. The token, a presigned request, is checked by the
emulator, which gave out the credentials it is signed with; the door then logs in to the node as
that user. AWS: "Authenticating with IAM" (ElastiCache User Guide).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """What the data plane tells the door."""

    address: str
    port: int
    certificate: str
    key: str
    node: str
    password: str
    check_url: str


async def read_command(reader: asyncio.StreamReader) -> list[bytes]:
    """One command of RESP: an array of bulk strings."""
    line = await reader.readline()
    if not line:
        raise EOFError
    if not line.startswith(b"*"):
        return line.split()
    words = []
    for _ in range(int(line[1:])):
        size = int((await reader.readline())[1:])
        words.append((await reader.readexactly(size + 2))[:-2])
    return words


def login_of(words: list[bytes]) -> tuple[bytes, bytes] | None:
    """User and token of a command that logs in."""
    name = words[0].upper() if words else b""
    if name == b"AUTH" and len(words) == 3:
        return words[1], words[2]
    upper = [word.upper() for word in words]
    if name == b"HELLO" and b"AUTH" in upper:
        at = upper.index(b"AUTH")
        return words[at + 1], words[at + 2]
    return None


def encode(words: list[bytes]) -> bytes:
    """A command of RESP."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


class Door:
    """Admits clients."""

    def __init__(self, options: Options) -> None:
        self._options = options

    async def serve(self) -> None:
        """Until killed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._options.certificate, self._options.key)
        server = await asyncio.start_server(
            self._client, self._options.address, self._options.port, ssl=context
        )
        print("ready", flush=True)
        async with server:
            await server.serve_forever()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node = None
        try:
            words = await read_command(reader)
            while (login := login_of(words)) is None:
                writer.write(b"-NOAUTH Authentication required.\r\n")
                await writer.drain()
                words = await read_command(reader)
            if not await asyncio.to_thread(self._is_valid, *login):
                writer.write(b"-WRONGPASS invalid username-password pair or user is disabled.\r\n")
                await writer.drain()
                return
            inside, node = await asyncio.open_unix_connection(self._options.node)
            secret = self._options.password.encode()
            node.write(encode([secret if word == login[1] else word for word in words]))
            await node.drain()
            await asyncio.gather(_pump(reader, node), _pump(inside, writer))
        except (EOFError, OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            for side in (writer, node):
                if side is not None:
                    with contextlib.suppress(Exception):
                        side.close()

    def _is_valid(self, user: bytes, token: bytes) -> bool:
        body = json.dumps({"user": user.decode(), "token": token.decode()}).encode()
        request = urllib.request.Request(self._options.check_url, body, method="POST")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(json.load(answer)["valid"])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(Exception):
        writer.close()


def main() -> None:
    """Options as JSON in the one argument's file."""
    document: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(Door(Options(**document)).serve())


if __name__ == "__main__":
    main()
