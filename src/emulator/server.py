"""Sockets, ready file and signals."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from pathlib import Path

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from emulator import backend, dataplane, patches, processes, scratch
from emulator.dataplane.plane import Dataplane
from emulator.gateway import Gateway

HOST = "127.0.0.1"


class _Handler(MotoRequestHandler):
    """The gateway writes the request log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: one line per request is enough."""

    def connection_dropped(
        self, error: BaseException, environ: dict[str, object] | None = None
    ) -> None:
        """Close: an exception of the gateway means no answer, not a wait for the next request."""
        self.close_connection = True


def serve(options: argparse.Namespace) -> None:
    """Listen, say so in the ready file, and serve until SIGTERM or SIGINT."""
    account, port, ready = options.account, options.port, options.ready
    _log_to(options.log)
    ready.unlink(missing_ok=True)
    backend.configure()
    patches.install()
    server = make_server(HOST, port, Gateway(account), threaded=True, request_handler=_Handler)
    server.daemon_threads = True
    url = f"http://{HOST}:{server.server_port}"
    # moto itself, where it names an endpoint to code it runs
    os.environ["MOTO_PORT"] = str(server.server_port)
    os.environ["EMULATOR_URL"] = url
    plane = _data_plane(options)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    _write(ready, {"url": url, "port": server.server_port, "pid": os.getpid(), "account": account})
    logging.getLogger("emulator").info("listening on %s for account %s", url, account)
    stopped.wait()
    if plane is not None:
        plane.stop()
    server.shutdown()
    processes.end_all()
    scratch.remove()
    ready.unlink(missing_ok=True)
    logging.getLogger("emulator").info("stopped")
    logging.shutdown()
    # Requests in flight are daemon threads; moto has nothing to save.
    os._exit(0)


def _data_plane(options: argparse.Namespace) -> Dataplane | None:
    if not options.run:
        return None
    plane = Dataplane(
        options.account, scratch.folder(), options.image, options.programs, options.pace
    )
    dataplane.use(plane)
    plane.start()
    return plane


def _log_to(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("emulator").setLevel(logging.INFO)


def _write(file: Path, document: dict[str, object]) -> None:
    """Write atomically: whoever sees the file sees all of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(document), encoding="utf-8")
    scratch.replace(file)
