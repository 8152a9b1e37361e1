"""Programs of the fake image: ``fake serve``, ``fake exit CODE``, ``fake sleep``, ``fake fill MB``,
``fake replication``, ``fake write FILE TEXT``, ``fake read FILE``, ``fake orphan``,
``fake tell NAME``, ``fake reach HOST PORT``."""

import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


class Server(ThreadingHTTPServer):
    """Finishes what it has before it ends."""

    daemon_threads = False
    request_queue_size = 200


class Handler(BaseHTTPRequestHandler):
    """One path for each thing that a test wants to see."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._echo()
            return
        time.sleep(float(query.get("seconds", "0")))
        status = 200
        if parts.path == "/health":
            status = int(os.environ.get("HEALTH", "200"))
        document = {
            "version": os.environ.get("VERSION", ""),
            "pid": os.getpid(),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """The size of what was sent."""
        body = str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _echo(self) -> None:
        """A websocket, far enough to see that bytes pass: upgrade, then echo."""
        digest = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + _MAGIC).encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
        self.end_headers()
        self.close_connection = True
        while data := self.connection.recv(4096):
            self.connection.sendall(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def serve() -> None:
    """Until SIGTERM."""
    server = Server((os.environ["BIND"], 8080), Handler)
    stop = threading.Thread(target=server.shutdown)
    signal.signal(signal.SIGTERM, lambda *_: stop.start())
    print(f"serving version {os.environ.get('VERSION')}", flush=True)
    server.serve_forever(0.05)


def reach(host: str, port: int) -> None:
    """Say whenever a connection that is held breaks, and whenever one is made."""
    while True:
        try:
            with socket.create_connection((host, port), 5) as connection:
                print("connected", flush=True)
                while connection.recv(4096):
                    pass
        except OSError:
            time.sleep(0.1)
        else:
            print("broken", flush=True)


def main() -> None:
    """By name."""
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["exit", code]:
            print("about to end", flush=True)
            sys.exit(int(code))
        case ["sleep"]:
            time.sleep(600)
        case ["deaf"]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("deaf", flush=True)
            time.sleep(600)
        case ["fill", megabytes]:
            filled = bytearray(os.urandom(1024)) * 1024 * int(megabytes)
            time.sleep(600)
            print(len(filled))
        case ["print", name]:
            print(os.environ.get(name), flush=True)
        case ["replication"]:
            # Stands for the real image's process of that name.
            print(os.environ["POSITIONS"], flush=True)
        case ["tell", name]:
            print(os.environ.get(name), flush=True)
            time.sleep(600)
        case ["write", folder, text]:
            Path(os.environ.get(folder, folder), "file").write_text(text)
        case ["read", folder]:
            print(Path(os.environ.get(folder, folder), "file").read_text(), flush=True)
        case ["reach", host, port]:
            reach(host, int(port))
        case ["orphan"]:
            child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
            print(f"child {child.pid}", flush=True)
            time.sleep(600)


if __name__ == "__main__":
    main()
