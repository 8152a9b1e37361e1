"""AWS clients per region, and the memory of which other regions do not answer."""

from collections.abc import Callable
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from superset_secrets.errors import RegionUnreachable, sentence, unreachable
from superset_secrets.log import log
from superset_secrets.settings import Settings

T = TypeVar("T")

_HOME = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5})
_AWAY = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 2})
"""A lost region must cost seconds, not the function's 15 minutes."""


class Regions:
    """Makes clients; a region that once did not answer is not asked again in this invocation."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.region
        self._others = settings.other_regions
        self._clients: dict[tuple[str, str], Any] = {}
        self._lost: set[str] = set()

    @property
    def lost(self) -> list[str]:
        """Regions found unreachable so far."""
        return sorted(self._lost)

    def client(self, service: str, region: str) -> Any:
        """The boto3 client of a service in a region."""
        key = (service, region)
        if key not in self._clients:
            config = _HOME if region == self._home else _AWAY
            self._clients[key] = boto3.client(service, region_name=region, config=config)
        return self._clients[key]

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
