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

from botocore.exceptions import BotoCoreError, ClientError

from superset_aws import aws

logger = logging.getLogger(__name__)

Connection = TypeVar("Connection")
Value = Mapping[str, Any]

#: A current value is asked for anew after this many seconds, refused or not.
MAXIMUM_AGE = 600


class Secret:
    """One secret whose value is a JSON object.

    :param example: what the value looks like, where a person gives it
    """

    def __init__(self, arn: str, region: str, example: str = "") -> None:
        self._arn = arn
        self._region = region
        self._example = example
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
        known = self.value()
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

    def value(self) -> Value:
        """The current value, at most MAXIMUM_AGE old."""
        with self._guard:
            if self._value is not None and time.monotonic() - self._read_at < MAXIMUM_AGE:
                return self._value
        try:
            value = self._read("AWSCURRENT")
        except (BotoCoreError, ClientError):
            if self._value is None:
                raise
            logger.warning("the secret cannot be read", exc_info=True)
            value = self._value
        if value is None:
            raise LookupError(f"the secret {self._name} has no value yet{self._remedy()}")
        self._keep(value)
        return value

    def member(self, value: Value, key: str) -> Any:
        """One member of a value of this secret."""
        if not value.get(key):
            with self._guard:
                self._value = None  # what a person puts right counts at once
            raise LookupError(f"the secret {self._name} has no {key}{self._remedy()}")
        return value[key]

    @property
    def _name(self) -> str:
        """AWS adds six characters to a secret's name (Secrets Manager User Guide)."""
        name, _, _ = self._arn.rpartition(":secret:")[2].rpartition("-")
        return name

    def _remedy(self) -> str:
        if not self._example:
            return ""
        return (
            f"; give it one: aws secretsmanager put-secret-value --region {self._region}"
            f" --secret-id {self._name} --secret-string '{self._example}'"
        )

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
        try:
            value = json.loads(answer.get("SecretString", ""))
        except json.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            # Without the cause, which carries the text.
            raise LookupError(
                f"the secret {self._name} is no JSON object{self._remedy()}"
            ) from None
        return value
