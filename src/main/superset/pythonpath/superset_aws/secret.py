"""Credentials in Secrets Manager, read when a connection is made.

A rotation makes the new value pending, gives it to the other side, and then makes it current. In
between the other side may already want the pending one: whoever is refused asks for the current
value anew, then for the pending one. So a rotation fails no connection and needs no restart.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from superset_aws import aws

logger = logging.getLogger(__name__)

Connection = TypeVar("Connection")
Value = Mapping[str, Any]

#: A current value is asked for anew after this many seconds, refused or not.
MAXIMUM_AGE = 600


class Secret:
    """One secret whose value is a JSON object."""

    def __init__(self, arn: str, region: str) -> None:
        self._arn = arn
        self._region = region
        self._value: Value | None = None
        self._read_at = 0.0
        self._guard = threading.Lock()

    def connect(
        self, open_with: Callable[[Value], Connection], refused: Callable[[Exception], bool]
    ) -> Connection:
        """Open a connection with the credential that the other side accepts.

        :param open_with: opens a connection with a value
        :param refused: whether an exception of it says that the credential was wrong
        """
        known = self._known()
        try:
            return open_with(known)
        except Exception as problem:
            if not refused(problem):
                raise
            refusal = problem
        for stage in ("AWSCURRENT", "AWSPENDING"):
            value = self._read(stage)
            if value is None or value == known:
                continue
            try:
                connection = open_with(value)
            except Exception as problem:
                if not refused(problem):
                    raise
                refusal = problem
                known = value
                continue
            self._keep(value)
            logger.info("credential refreshed", extra={"secret": self._arn, "stage": stage})
            return connection
        raise refusal

    def _known(self) -> Value:
        with self._guard:
            if self._value is not None and time.monotonic() - self._read_at < MAXIMUM_AGE:
                return self._value
        value = self._read("AWSCURRENT")
        if value is None:
            raise LookupError(f"the secret {self._arn} has no value yet")
        self._keep(value)
        return value

    def _keep(self, value: Value) -> None:
        with self._guard:
            self._value = value
            self._read_at = time.monotonic()

    def _read(self, stage: str) -> Value | None:
        secrets = aws.client("secretsmanager", self._region)
        try:
            answer = secrets.get_secret_value(SecretId=self._arn, VersionStage=stage)
        except ClientError as problem:
            if problem.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        value: Value = json.loads(answer["SecretString"])
        return value
