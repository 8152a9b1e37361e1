"""Entry point of the Lambda function superset-secrets.

Event:   {"versions": {SECRET: NUMBER, ...}}
Result:  {"secrets": {SECRET: {"version": NUMBER, "status": STATUS}}, "writer_parameter": "kept" |
         "written", "skipped_regions": [REGION, ...]}; STATUS is kept, filled, rotated or healed.

Neither the result nor the log has a value. Whatever goes wrong is a RuntimeError of one line,
and running the function again continues where it stopped.
"""

from collections.abc import Callable, Mapping
from typing import Any

from superset_secrets.database import Database
from superset_secrets.keeper import Keeper
from superset_secrets.regions import Regions
from superset_secrets.settings import Request, Settings
from superset_secrets.writer import WriterParameter
from superset_shared.deadline import seconds_left
from superset_shared.errors import reported
from superset_shared.log import log

_RESERVE_SECONDS = 30.0
"""Left for the steps after a wait, so that an error is reported before Lambda ends the run."""


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Bring the secrets of this region to the wanted versions."""
    settings = Settings.from_environment()
    with reported(settings.region):
        left = seconds_left(context, _RESERVE_SECONDS)
        return _run(Request.from_event(event), settings, left)


def _run(request: Request, settings: Settings, left: Callable[[], float]) -> dict[str, Any]:
    regions = Regions(settings)
    parameter = WriterParameter(settings, regions)
    writer = parameter.region()
    writes = writer == settings.region
    if writer != settings.configured_writer:
        log("the writer is not the configured one", region=settings.region, writer=writer)
    rds = regions.client("rds", settings.region)
    database = Database(rds, settings.database, left)
    if writes:
        database.require_writer(settings.database_username)
    result = {}
    for name, wanted in sorted(request.versions.items()):
        keeper = Keeper(name, wanted, settings, regions, database)
        status = keeper.as_writer() if writes else keeper.as_follower(writer)
        log(status, secret=name, version=wanted, region=settings.region)
        result[name] = {"version": wanted, "status": status}
    return {
        "secrets": result,
        "writer_parameter": parameter.fill(database),
        "skipped_regions": regions.lost,
    }
