"""AWS clients per region: a lost region must cost seconds."""

from collections.abc import Callable
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from superset_secrets.errors import sentence
from superset_secrets.log import log

T = TypeVar("T")

_HOME = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5})
_AWAY = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class Unanswered(Exception):
    """Another region did not do what it was asked, for whatever reason; the message says it."""


class Regions:
    """Makes clients; what another region refuses never stops this one."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service; of this region unless another is named."""
        key = (service, region or self._home)
        if key not in self._clients:
            config = _HOME if key[1] == self._home else _AWAY
            self._clients[key] = boto3.client(service, region_name=key[1], config=config)
        return self._clients[key]

    def ask(self, region: str, action: Callable[[], T]) -> T:
        """Run an action on another region; Unanswered where it fails."""
        try:
            return action()
        except (ClientError, BotoCoreError) as error:
            log("region does not answer", region=region, error=sentence(error))
            raise Unanswered(f"{region}: {sentence(error)}") from None
