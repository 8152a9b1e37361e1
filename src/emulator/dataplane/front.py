"""One HAProxy: what it shall be, and what it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from emulator.dataplane.proxy import Proxy
from emulator.dataplane.slots import Slots
from emulator.dataplane.targets import Target

log = logging.getLogger("emulator")


class Front:
    """Targets come and go by commands, everything else by a reload."""

    def __init__(self, folder: Path) -> None:
        self._proxy = Proxy(folder)
        self.socket = self._proxy.socket
        self._text = ""
        self._shape = ""
        self._slots: dict[str, Slots] = {}
        #: The place of each backend's servers in the text.
        self._places: dict[str, str] = {}
        self._commands: list[str] = []

    def want(
        self, text: str, servers: Mapping[str, tuple[str, Mapping[Target, bool]]] | None = None
    ) -> None:
        """
        :param servers: by the line that stands for them in the text, a backend and its targets,
            each with whether it gets new requests
        """
        self._text = text
        self._places = {}
        for place, (backend, targets) in (servers or {}).items():
            self._places[place] = backend
            slots = self._slots.setdefault(backend, Slots(backend))
            self._commands += slots.take(targets)

    def act(self) -> None:
        """Make it so."""
        sizes = [self._slots[backend].size for backend in self._places.values()]
        shape = f"{self._text}{sizes}"
        if shape != self._shape or not self._proxy.is_running():
            # Not tried again before something changes: HAProxy would refuse it again.
            self._shape = shape
            self._proxy.configure(self._with_servers())
        elif self._commands:
            said = self._proxy.command(self._commands)
            if "No such" in said or "Unknown" in said:
                log.warning("HAProxy does not know a server: %s", said.strip())
                self._shape = ""
        self._commands = []

    def close(self) -> None:
        """End it."""
        self._proxy.close()

    def destroy(self) -> None:
        """Every connection at once."""
        self._proxy.destroy()
        self._commands = []

    def _with_servers(self) -> str:
        text = self._text
        for place, backend in self._places.items():
            text = text.replace(place, "\n".join(self._slots[backend].lines()))
        return text
