"""Entry point of the Lambda function superset-promote.

Event:   {}                   this region's replica becomes the primary
         {"dry_run": true}    tell what would be done and how far the replica is behind
         {"planned": true}    the writer is alive: lose nothing
         {"abandon": true}    give up a promotion that has not promoted yet
         and {"seconds": 30}  return after about that time, done or not
Result:  {"done": true, "region": HERE, "steps": [{"name", "at", "detail"}, ...]}
         {"done": false, "region": HERE, "step": NAME, "waits_for": TEXT, "steps": [...]}: the time
         was up, invoke it again

It uses the APIs of this region only; what it tells other regions is told to those that answer.
It is re-entrant: every step that is done is recorded in /superset/promote, and a run that was
killed anywhere is taken up by the next one. Where the writer is already, it does nothing.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from superset_promote.database import Database
from superset_promote.patience import NotYet, Patience
from superset_promote.promotion import Promotion
from superset_promote.settings import Request, Settings
from superset_shared.errors import reported, sentence
from superset_shared.failover.fences import is_raised
from superset_shared.failover.parameters import Record, Records, WriterParameter
from superset_shared.failover.regions import Regions
from superset_shared.log import log


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Promote, or tell; whatever goes wrong is a RuntimeError of one line."""
    settings = Settings.from_environment()
    with reported(settings.home.region):
        request = Request.from_event(event)
        patience = Patience(context, request.seconds)
        return _Run(settings, request, context.aws_request_id, patience).answer()


class _Run:
    """One invocation."""

    def __init__(
        self, settings: Settings, request: Request, token: str, patience: Patience
    ) -> None:
        self._settings = settings
        self._request = request
        self._token = token
        self._patience = patience
        self._region = settings.home.region
        self._regions = Regions(self._region)
        self._records = Records(self._regions.client("ssm"))
        self._writer = WriterParameter(self._regions).here(self._region)

    def answer(self) -> dict[str, Any]:
        last = self._records.last()
        running = last if last and last.state == "running" else None
        if self._request.abandon:
            return self._abandoned(running)
        if running is None and self._writer.region == self._region:
            return self._done(last if last and last.state == "done" else None)
        if self._request.dry_run:
            return self._told(running)
        if running is None:
            running = self._begun()
        return self._promoted(running)

    def _begun(self) -> Record:
        obstacle = self._obstacle()
        if obstacle:
            raise RuntimeError(obstacle)
        record = Record(self._token, self._writer.region)
        self._records.save(record)
        log("begun", id=record.id, lost=record.lost)
        return record

    def _obstacle(self) -> str | None:
        """Why this region must not become the writer."""
        home, writer = self._settings.home, self._writer.region
        source = Database(self._regions.client("rds"), home.database, self._region).source_region()
        if source is None:
            return f"the database here is a primary already, but the writer is {writer}"
        if source != writer:
            return (
                f"the database here is a replica of {source}, and the writer is {writer}:"
                f" make rebuild REGION={self._region}"
            )
        if is_raised(self._settings.domain, writer, self._region):
            return f"{writer} has fenced this region and has not admitted it again"
        return None

    def _promoted(self, record: Record) -> dict[str, Any]:
        promotion = self._promotion(record)
        try:
            promotion.run(self._request.planned)
        except NotYet as waiting:
            log("not done yet", step=promotion.current, waits_for=str(waiting))
            return {
                "done": False,
                "region": self._region,
                "step": promotion.current,
                "waits_for": str(waiting),
                "steps": record.steps,
            }
        return self._done(record)

    def _abandoned(self, running: Record | None) -> dict[str, Any]:
        if running is None:
            raise RuntimeError("no promotion is running here")
        home = self._settings.home
        database = Database(self._regions.client("rds"), home.database, self._region)
        if not database.is_untouched_replica():
            raise RuntimeError("the database is being promoted: there is no way back")
        self._promotion(running).give_up("abandoned")
        return {"done": True, "region": self._region, "abandoned": True, "steps": running.steps}

    def _told(self, running: Record | None) -> dict[str, Any]:
        record = running or Record(self._token, self._writer.region)
        promotion = self._promotion(record)
        steps = [name for name, _ in promotion.steps(self._request.planned)]
        return {
            "done": False,
            "dry_run": True,
            "region": self._region,
            "writer": self._writer.region,
            "would_do": [name for name in steps if not record.has(name)],
            "obstacle": None if running else self._obstacle(),
            "lag": {
                "reported_seconds": promotion.replication.reported_lag(),
                "positions": self._positions(promotion),
            },
        }

    def _positions(self, promotion: Promotion) -> dict[str, Any]:
        """A region that is half gone may be unable to start a task: that is told as well."""
        try:
            return promotion.replication.positions(self._token, self._patience)
        except (NotYet, RuntimeError) as problem:
            return {"error": str(problem)}
        except (ClientError, BotoCoreError) as error:
            return {"error": sentence(error)}

    def _promotion(self, record: Record) -> Promotion:
        return Promotion(self._settings, self._regions, record, self._token, self._patience)

    def _done(self, record: Record | None) -> dict[str, Any]:
        log("done", region=self._region)
        return {"done": True, "region": self._region, "steps": record.steps if record else []}
