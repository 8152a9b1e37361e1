"""AWS clients per region, and the memory of which other regions do not answer."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from superset_secrets.settings import Settings
from superset_shared.clients import Clients
from superset_shared.errors import sentence, unreachable
from superset_shared.log import log

T = TypeVar("T")

_AWAY = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 2})
"""A lost region must cost seconds, not the function's 15 minutes."""


class RegionUnreachable(Exception):
    """A region does not answer: its endpoint refuses, closes, times out or reports 5xx."""


class Regions:
    """Makes clients; a region that once did not answer is not asked again in this invocation."""

    def __init__(self, settings: Settings) -> None:
        self._others = settings.other_regions
        self._clients = Clients(settings.region, _AWAY)
        self._lost: set[str] = set()

    @property
    def lost(self) -> list[str]:
        """Regions found unreachable so far."""
        return sorted(self._lost)

    def client(self, service: str, region: str) -> Any:
        """The boto3 client of a service in a region."""
        return self._clients.client(service, region)

    def ask(self, region: str, action: Callable[[str], T]) -> T:
        """Run an action on another region; RegionUnreachable where it does not answer."""
        if region in self._lost:
            raise RegionUnreachable(region)
        try:
            return action(region)
        except (ClientError, BotoCoreError) as error:
            if not unreachable(error):
                raise RuntimeError(f"{region}: {sentence(error)}") from None
            self._lost.add(region)
            log("region does not answer", region=region, error=sentence(error))
            raise RegionUnreachable(region) from None

    def ask_others(self, action: Callable[[str], T]) -> list[T]:
        """The answers of all other regions that answer; the rest end up in `lost`."""
        answers = []
        for region in self._others:
            try:
                answers.append(self.ask(region, action))
            except RegionUnreachable:
                continue
        return answers
