"""One secret in one region, in terms of three staging labels: pending, current, previous."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from superset_secrets.versions import number_of, other_version_id, version_id
from superset_shared.errors import code


class NotDeployed(Exception):
    """The region has no such container (yet, or any more)."""


@dataclass(frozen=True)
class Stages:
    """Which version carries which label; None where no version does."""

    current: str | None
    pending: str | None
    previous: str | None

    @property
    def empty(self) -> bool:
        """Whether the container never got a value."""
        return self.current is None and self.pending is None

    @property
    def number(self) -> int | None:
        """The highest version number that is stored; None if none was put by this function."""
        numbers = [number_of(one) for one in (self.current, self.pending, self.previous)]
        return max((number for number in numbers if number is not None), default=None)


class Container:
    """Calls of Secrets Manager for one secret in one region. Values pass through, unlogged."""

    def __init__(self, client: Any, region: str, name: str) -> None:
        self._client = client
        self.region = region
        self.name = name

    def stages(self) -> Stages:
        """The labels as they are now; NotDeployed without a usable container."""
        try:
            answer = self._client.describe_secret(SecretId=self.name)
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                raise NotDeployed(f"{self.region} has no secret {self.name}") from None
            raise
        if answer.get("DeletedDate"):
            raise NotDeployed(f"{self.name} in {self.region} is scheduled for deletion")
        label = {
            stage: version
            for version, stages in (answer.get("VersionIdsToStages") or {}).items()
            for stage in stages
        }
        return Stages(label.get("AWSCURRENT"), label.get("AWSPENDING"), label.get("AWSPREVIOUS"))

    def value(self, identifier: str) -> str:
        """The value of one version."""
        answer = self._client.get_secret_value(SecretId=self.name, VersionId=identifier)
        if "SecretString" not in answer:
            raise RuntimeError(f"{self.name} in {self.region} is not text")
        return answer["SecretString"]

    def put_generated(self, number: int, value: str) -> str:
        """Store a generated value as pending; returns the one that is stored.

        That is another's where a second run (a killed deploy leaves its function running) was
        faster: whoever stores first wins, and both go on with the same value.
        """
        try:
            self._put(version_id(self.name, number), value)
            return value
        except ClientError as error:
            if code(error) != "ResourceExistsException":
                raise
            return self.value(version_id(self.name, number))

    def put_pending(self, number: int, value: str) -> str:
        """Store a given value as version `number`, labelled pending; returns its id.

        The first value of a container also becomes current at once: Secrets Manager does that
        by itself. Storing the same again changes nothing but the label.
        """
        pending = self.stages().pending
        if pending and number_of(pending) == number and self.value(pending) == value:
            return pending
        identifier = version_id(self.name, number)
        try:
            self._put(identifier, value)
        except ClientError as error:
            if code(error) != "ResourceExistsException":
                raise
            identifier = other_version_id(number)
            self._put(identifier, value)
        self._label_pending(identifier)
        return identifier

    def make_current(self, identifier: str) -> None:
        """Make a version current and take its pending label off, whatever is done already."""
        stages = self.stages()
        if stages.current != identifier:
            self._move("AWSCURRENT", stages.current, identifier)
        if stages.pending is not None:
            self._move("AWSPENDING", stages.pending, None)

    def holds(self, value: str, number: int) -> bool:
        """Whether exactly this is current here and nothing is pending."""
        stages = self.stages()
        return (
            stages.pending is None
            and stages.current is not None
            and number_of(stages.current) == number
            and self.value(stages.current) == value
        )

    def _put(self, identifier: str, value: str) -> None:
        self._client.put_secret_value(
            SecretId=self.name,
            ClientRequestToken=identifier,
            SecretString=value,
            VersionStages=["AWSPENDING"],
        )

    def _label_pending(self, identifier: str) -> None:
        """A put that finds its value stored already ignores the label it was given."""
        pending = self.stages().pending
        if pending != identifier:
            self._move("AWSPENDING", pending, identifier)

    def _move(self, stage: str, source: str | None, target: str | None) -> None:
        arguments = {"RemoveFromVersionId": source, "MoveToVersionId": target}
        self._client.update_secret_version_stage(
            SecretId=self.name,
            VersionStage=stage,
            **{key: value for key, value in arguments.items() if value is not None},
        )
