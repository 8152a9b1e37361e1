"""The two SSM parameters: where the writer is, and how far a promotion has come."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from superset_shared.errors import code
from superset_shared.failover import clock
from superset_shared.failover.regions import Regions, Unanswered
from superset_shared.writer import PARAMETER, Writer, read, write

PROMOTION = "/superset/promote"
_DETAIL = 300
"""Longest detail of a step that is kept: a parameter holds 4,096 characters."""


class WriterParameter:
    """/superset/writer in every region."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions

    def here(self, region: str) -> Writer:
        """What this region holds to be the writer."""
        reading = read(self._regions.client("ssm"), region)
        if reading is None or reading.writer is None:
            raise RuntimeError(f"{PARAMETER} is not filled in yet: deploy the region first")
        return reading.writer

    def elsewhere(self, region: str) -> Writer | None:
        """What another region holds to be the writer; None for a region that was never deployed.

        :raises Unanswered: it does not answer
        """
        client = self._regions.client("ssm", region)
        reading = self._regions.ask(region, lambda: read(client, region))
        return reading.writer if reading else None

    def write(self, region: str | None, writer: Writer) -> None:
        """Set it."""
        write(self._regions.client("ssm", region), writer)

    def tell(self, region: str, writer: Writer) -> str:
        """Set another region's, and say what happened."""
        try:
            if self.elsewhere(region) is None:
                return f"{region} is not deployed"
            self._regions.ask(region, lambda: self.write(region, writer))
        except Unanswered as problem:
            return f"{problem}"
        return region


@dataclass
class Record:
    """One promotion; the function takes it up where it was left."""

    id: str
    lost: str
    """The region that was the writer when it began."""
    state: str = "running"
    """running, done, yielded or abandoned."""
    steps: list[dict[str, str]] = field(default_factory=list)
    """name, at (UTC, ISO 8601) and detail of what has been done."""

    def has(self, name: str) -> bool:
        """Whether a step was done."""
        return any(step["name"] == name for step in self.steps)

    def at(self, name: str) -> str:
        """When."""
        return next(step["at"] for step in self.steps if step["name"] == name)

    def add(self, name: str, detail: str) -> None:
        """Note a step that was done."""
        at = clock.now().isoformat(timespec="milliseconds")
        self.steps.append({"name": name, "at": at, "detail": detail[:_DETAIL]})


class Records:
    """The parameter that holds it."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm

    def last(self) -> Record | None:
        """The latest promotion of this region; None before the first."""
        try:
            text = self._ssm.get_parameter(Name=PROMOTION)["Parameter"]["Value"]
        except ClientError as error:
            if code(error) == "ParameterNotFound":
                return None
            raise
        fields = json.loads(text)
        return Record(**fields) if fields else None

    def save(self, record: Record) -> None:
        """Keep it."""
        self._ssm.put_parameter(
            Name=PROMOTION, Value=json.dumps(asdict(record)), Type="String", Overwrite=True
        )
