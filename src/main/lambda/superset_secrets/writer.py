"""Which region is the writer: the SSM parameter /superset/writer decides, not the YAML.

This function replaces Terraform's placeholder, once; afterwards only a promotion changes it.
"""

from superset_secrets.database import Database
from superset_secrets.regions import Regions, RegionUnreachable
from superset_secrets.settings import Settings
from superset_shared.log import log
from superset_shared.writer import PARAMETER, Reading, Writer, read, write


class WriterParameter:
    """Finds the writer region and fills this region's parameter."""

    def __init__(self, settings: Settings, regions: Regions) -> None:
        self._settings = settings
        self._regions = regions
        reading = self._read(settings.region)
        if reading is None:
            raise RuntimeError(f"{settings.region} has no parameter {PARAMETER}")
        self._own = reading
        self._found: Writer | None = reading.writer

    def region(self) -> str:
        """The writer region as far as this region can know; may ask the YAML's writer."""
        if self._found is None and self._settings.configured_writer != self._settings.region:
            self._found = self._of_configured_writer()
        writer = self._found.region if self._found else self._settings.configured_writer
        if writer == self._settings.region:
            self._refuse_if_deposed()
        return writer

    def fill(self, database: Database) -> str:
        """Replace the placeholder; returns "written" or "kept"."""
        if self._own.writer is not None:
            return "kept"
        writer = self._found
        if writer is None:
            endpoint = database.endpoint()
            writer = Writer(self._settings.region, endpoint.host, endpoint.port)
        write(self._regions.client("ssm", self._settings.region), writer)
        log("writer parameter written", region=self._settings.region, writer=writer.region)
        return "written"

    def _read(self, region: str) -> Reading | None:
        return read(self._regions.client("ssm", region), region)

    def _of_configured_writer(self) -> Writer:
        source = self._settings.configured_writer
        try:
            reading = self._regions.ask(source, self._read)
        except RegionUnreachable:
            raise RuntimeError(
                f"{source} does not answer: the first deploy of a region copies its secrets and "
                f"{PARAMETER} from there"
            ) from None
        if reading is None or reading.writer is None:
            raise RuntimeError(f"{source} has no database address in {PARAMETER}: deploy it first")
        return reading.writer

    def _refuse_if_deposed(self) -> None:
        """A region that was replaced while it was away must not push its old secrets.

        Regions that were away themselves may name an older writer: the newer change counts, and
        a placeholder of one's own never does.
        """

        def check(region: str) -> None:
            reading = self._read(region)
            if reading is None or reading.writer is None:
                return
            newer = self._own.writer is None or reading.modified > self._own.modified
            if reading.writer.region != self._settings.region and newer:
                raise RuntimeError(
                    f"{PARAMETER} in {region} says that the writer is {reading.writer.region}, "
                    f"not {self._settings.region}: set writer in platform.yaml to what is true"
                )

        self._regions.ask_others(check)
