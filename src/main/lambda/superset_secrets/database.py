"""The metadata database of this region: its address and its master password."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from superset_shared.errors import code
from superset_shared.instance import HOPELESS, USABLE, source
from superset_shared.log import log


@dataclass(frozen=True)
class Endpoint:
    """Where the database listens."""

    host: str
    port: int


class Database:
    """One RDS instance. `seconds_left` bounds every wait."""

    def __init__(self, client: Any, identifier: str, seconds_left: Callable[[], float]) -> None:
        self._client = client
        self._identifier = identifier
        self._seconds_left = seconds_left

    def endpoint(self) -> Endpoint:
        """The address clients connect to."""
        endpoint = self._wait()["Endpoint"]
        return Endpoint(endpoint["Address"], int(endpoint["Port"]))

    def require_writer(self, username: str) -> None:
        """Refuse a replica, and a database whose master user is another."""
        instance = self._describe()
        if source(instance):
            raise RuntimeError(
                f"database {self._identifier} is a replica: its password is the writer's"
            )
        if instance["MasterUsername"] != username:
            raise RuntimeError(
                f"the master user of database {self._identifier} is "
                f"{instance['MasterUsername']}, not {username}"
            )

    def set_password(self, username: str, password: str) -> None:
        """Set the master password and wait until the database has taken it."""
        self.require_writer(username)
        self._wait()
        self._client.modify_db_instance(
            DBInstanceIdentifier=self._identifier,
            MasterUserPassword=password,
            ApplyImmediately=True,
        )
        self._wait()
        log("master password set", database=self._identifier)

    def _wait(self) -> dict[str, Any]:
        """Until the instance is usable and has no password change of its own to finish."""
        delay = 1.0
        while True:
            instance = self._describe()
            status = instance["DBInstanceStatus"]
            changing = "MasterUserPassword" in instance.get("PendingModifiedValues", {})
            if status in USABLE and not changing:
                return instance
            if status.startswith(HOPELESS):
                raise RuntimeError(f"database {self._identifier} is {status}: it must be available")
            if self._seconds_left() < delay:
                raise RuntimeError(
                    f"database {self._identifier} is still {status}: run the deploy again"
                )
            time.sleep(delay)
            delay = min(delay * 1.5, 10.0)

    def _describe(self) -> dict[str, Any]:
        try:
            answer = self._client.describe_db_instances(DBInstanceIdentifier=self._identifier)
        except ClientError as error:
            if code(error) in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
                raise RuntimeError(f"there is no database {self._identifier}") from None
            raise
        return answer["DBInstances"][0]
