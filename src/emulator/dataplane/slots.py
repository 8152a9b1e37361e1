"""Servers of one HAProxy backend: places that targets take and leave while HAProxy runs.

A reload for every change of a target would close idle connections of clients, which an Application
Load Balancer does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.dataplane.targets import Target

FIRST = 16


class Slots:
    """Which target has which place, and whether it gets requests."""

    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._held: dict[Target, int] = {}
        self._up: dict[Target, bool] = {}
        self.size = FIRST

    def take(self, wanted: Mapping[Target, bool]) -> list[str]:
        """Make it so; the commands of HAProxy's runtime API that do the same there.

        A backend with more targets than places has more places after its next reload.
        """
        commands: list[str] = []
        for target in [target for target in self._held if target not in wanted]:
            name = self._name(self._held.pop(target))
            del self._up[target]
            # A request that is still open ends with the task that answers it: AWS' documentation
            # of the deregistration delay does not say that the load balancer cuts it.
            commands.append(f"set server {name} state maint")
        while len(wanted) > self.size:
            self.size *= 2
        free = [number for number in range(self.size) if number not in self._held.values()]
        for target, up in wanted.items():
            if target not in self._held:
                self._held[target] = free.pop(0)
                commands.append(self._address(target))
                self._up[target] = False
            if self._up[target] != up:
                self._up[target] = up
                commands.append(self._state(target))
        return commands

    def lines(self) -> list[str]:
        """As a configuration file has them."""
        targets = {number: target for target, number in self._held.items()}
        found = []
        for number in range(self.size):
            target = targets.get(number)
            where = f"{target.address}:{target.port}" if target else "127.0.0.1:9"
            up = target is not None and self._up[target]
            found.append(f"  server t{number} {where}{'' if up else ' disabled'}")
        return found

    def _name(self, number: int) -> str:
        return f"{self._backend}/t{number}"

    def _address(self, target: Target) -> str:
        name = self._name(self._held[target])
        return f"set server {name} addr {target.address} port {target.port}"

    def _state(self, target: Target) -> str:
        # In maintenance, a server finishes what it has; nobody new comes, cookie or not.
        state = "ready" if self._up[target] else "maint"
        return f"set server {self._name(self._held[target])} state {state}"
