"""AWS clients, each made once."""

from typing import Any

import boto3
from botocore.config import Config

HOME = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5})
"""For the function's own region."""


class Clients:
    """Clients per service and region."""

    def __init__(self, home: str, away: Config) -> None:
        """
        :param away: how long other regions are waited for
        """
        self._home = home
        self._away = away
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service; of the function's own region unless another is named."""
        key = (service, region or self._home)
        if key not in self._made:
            config = HOME if key[1] == self._home else self._away
            self._made[key] = boto3.client(service, region_name=key[1], config=config)
        return self._made[key]
