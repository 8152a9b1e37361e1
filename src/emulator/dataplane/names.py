"""Host names of this AWS, for the processes of tasks only: nothing of the machine is changed.

nss_wrapper (cwrap.org) answers getaddrinfo from a file. Each region has a file of its own: what
lies in another region is reached through the link to it.
"""

from __future__ import annotations

import threading
from pathlib import Path


class Names:
    """Files of hosts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        self._folder = folder
        #: Address by the region that it lies in, the oldest first; None is outside of all.
        self._places: dict[str, dict[str | None, str]] = {}
        self._links: dict[tuple[str, str], str] = {}
        self._regions: set[str] = set()
        self._guard = threading.Lock()
        self._library = next(Path("/usr/lib").glob("*/libnss_wrapper.so"), None)
        if self._library is None:
            raise FileNotFoundError("libnss_wrapper.so is missing: apt-get install libnss-wrapper")

    def set(self, name: str, address: str, region: str | None = None) -> None:
        """Let a name resolve to an address; of one that several regions have, each sees its own."""
        with self._guard:
            places = self._places.setdefault(name, {})
            if places.get(region) != address:
                places[region] = address
                self._write()

    def link(self, viewer: str, address: str, relay: str) -> None:
        """Let a region reach another region's address through a relay."""
        with self._guard:
            if self._links.get((viewer, address)) != relay:
                self._links[viewer, address] = relay
                self._write()

    def remove(self, name: str) -> None:
        """It resolves to nothing any more."""
        with self._guard:
            if self._places.pop(name, None):
                self._write()

    def all(self) -> dict[str, str]:
        """Every name with the address that it has for somebody outside."""
        return {name: next(iter(places.values())) for name, places in self._places.items()}

    def seen(self) -> dict[str, dict[str, str]]:
        """Region to the names as its processes resolve them."""
        with self._guard:
            return {region: self._seen_from(region) for region in self._regions}

    def environment(self, region: str) -> dict[str, str]:
        """What a process in a region needs to resolve them."""
        with self._guard:
            if region not in self._regions:
                self._regions.add(region)
                self._write()
        return {"LD_PRELOAD": str(self._library), "NSS_WRAPPER_HOSTS": str(self._file(region))}

    def _file(self, region: str) -> Path:
        return self._folder / region

    def _seen(self, viewer: str, places: dict[str | None, str]) -> str | None:
        own = places.get(viewer) or places.get(None)
        return own or self._links.get((viewer, next(iter(places.values()))))

    def _seen_from(self, region: str) -> dict[str, str]:
        found = {name: self._seen(region, places) for name, places in self._places.items()}
        return {name: address for name, address in found.items() if address}

    def _write(self) -> None:
        for region in self._regions:
            found = self._seen_from(region)
            lines = [f"{address} {name}" for name, address in found.items()]
            partial = self._file(region).with_suffix(".partial")
            partial.write_text("\n".join(["127.0.0.1 localhost", *lines]) + "\n", encoding="utf-8")
            partial.chmod(0o644)
            partial.replace(self._file(region))
