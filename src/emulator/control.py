"""The control API: what tests ask of the emulator beside AWS."""

from __future__ import annotations

import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from emulator import dataplane, processes
from emulator.dataplane.plane import Dataplane
from emulator.faults import BadFault, Fault, Faults
from emulator.recorder import Recorder
from emulator.regions import LOST, regions

PREFIX = "/_emulator/"


class Control:
    """Answers requests under the prefix."""

    def __init__(self, account: str, recorder: Recorder, faults: Faults) -> None:
        self._account = account
        self._recorder = recorder
        self._faults = faults

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON document."""
        try:
            document = self._answer(method, path.removeprefix(PREFIX), parse_qs(query), body)
        except (BadFault, ValueError, TypeError) as problem:
            return HTTPStatus.BAD_REQUEST, json.dumps({"error": str(problem)}).encode()
        if document is None:
            return HTTPStatus.NOT_FOUND, b'{"error": "no such control request"}'
        return HTTPStatus.OK, json.dumps(document).encode()

    def _answer(
        self, method: str, name: str, query: dict[str, list[str]], body: bytes
    ) -> dict[str, Any] | None:
        match method, name:
            case "GET", "health":
                return {
                    "status": "ok",
                    "account": self._account,
                    "pid": os.getpid(),
                    "requests": len(self._recorder),
                    "refused": self._faults.refused,
                    "regions": regions.all(),
                }
            case "GET", "requests":
                first = int(query.get("since", ["0"])[0])
                names = ("operation", "service", "region", "principal")
                equal = {key: query[key][0] for key in names if key in query}
                return self._recorder.since(first, **equal)
            case "POST", "refuse":
                refused = json.loads(body)["regions"]
                if not isinstance(refused, list):
                    raise BadFault("regions is a list")
                self._faults.refuse(refused)
                return {"refused": self._faults.refused}
            case "POST", "regions":
                document = json.loads(body)
                regions.set(document.get("region"), document.get("state"))
                if document["state"] == LOST:
                    processes.lose(document["region"])
                if (plane := dataplane.current()) is not None:
                    plane.settle()
                return {"regions": regions.all()}
            case "POST", "faults":
                self._faults.add(Fault.parse(json.loads(body)))
                return {}
            case "DELETE", "faults":
                self._faults.clear()
                return {}
        plane = dataplane.current()
        return None if plane is None else _running(plane, method, name, body)


def _running(plane: Dataplane, method: str, name: str, body: bytes) -> dict[str, Any] | None:
    """What is asked of the data plane."""
    match method, name.split("/"):
        case "GET", ["dataplane"]:
            return plane.describe()
        case "GET", ["credentials", token]:
            return plane.credentials(token)
        case "POST", ["images"]:
            document = json.loads(body)
            plane.tasks.images.bind(document["digest"], Path(document["folder"]))
            return {}
        case "POST", ["hosts"]:
            return plane.host(json.loads(body)["name"])
        case "POST", ["redis-login", region, group]:
            document = json.loads(body)
            user, token = document["user"], document["token"]
            return {"valid": plane.redis_login(region, group, user, token)}
    return None
