"""Other regions: a lost one must cost seconds, and stops nothing."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from superset_shared.clients import Clients
from superset_shared.errors import sentence
from superset_shared.log import log

T = TypeVar("T")

_AWAY = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class Unanswered(RuntimeError):
    """Another region did not do what it was asked, for whatever reason; the message says it."""


class Regions:
    """Makes clients; what another region refuses never stops this one."""

    def __init__(self, home: str) -> None:
        self._clients = Clients(home, _AWAY)

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service; of this region unless another is named."""
        return self._clients.client(service, region)

    def ask(self, region: str, action: Callable[[], T]) -> T:
        """Run an action on another region; Unanswered where it fails."""
        try:
            return action()
        except (ClientError, BotoCoreError) as error:
            log("region does not answer", region=region, error=sentence(error))
            raise Unanswered(f"{region}: {sentence(error)}") from None
