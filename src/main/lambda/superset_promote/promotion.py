"""The steps of a promotion, in their order, each recorded when it is done.

    fence     nobody is sent to the other regions, and nothing writes to the old primary any more:
              not there, not in third regions, and not here, where writes travel to it as well
    wait      until everybody has seen that
    catch up  (planned) the replica has every transaction of the old primary
    promote   the point of no return
    settings  what a promotion resets
    writer    /superset/writer, here first, then in every region that answers
    redeploy  the services of this region
    open      writes are allowed here and in third regions; the old writer's region stays fenced

Two regions never promote at once: each fences the other, looks whether the other has fenced it all
the while it waits, and gives up if it has; at once where the other's name comes first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from superset_promote.database import Database
from superset_promote.patience import Patience
from superset_promote.replication import Replication
from superset_promote.settings import Settings
from superset_shared.errors import sentence
from superset_shared.failover import clock
from superset_shared.failover.fences import Fences, is_raised
from superset_shared.failover.parameters import Record, Records, WriterParameter
from superset_shared.failover.regions import Regions, Unanswered

_LOOK_SECONDS = 5.0
WRITER_AGE_SECONDS = 20.0
"""Tasks ask at least this often where the writer is (superset_aws.database.metadata.WRITER_AGE)."""


class Yielded(RuntimeError):
    """Another region is promoting: this one has given up and lowered its fences."""


class Promotion:
    """One promotion, from wherever it was left."""

    def __init__(
        self, settings: Settings, regions: Regions, record: Record, token: str, patience: Patience
    ) -> None:
        home = settings.home
        self._settings = settings
        self._region = home.region
        self._others = home.others
        self._third = tuple(region for region in home.others if region != record.lost)
        self._record = record
        self._token = token
        self._patience = patience
        self._parameter = WriterParameter(regions)
        self._records = Records(regions.client("ssm"))
        self._fences = Fences(regions.client("elbv2"), home.rules)
        self._database = Database(regions.client("rds"), home.database, home.region)
        self._ecs = regions.client("ecs")
        self.replication = Replication(
            regions.client("cloudwatch"), settings.task_definition, home.database
        )

    def run(self, planned: bool) -> None:
        """Every step that was not done yet; NotYet when this invocation's time is up."""
        for name, step in self.steps(planned):
            self.current = name
            if not self._record.has(name):
                self._record.add(name, step())
                self._records.save(self._record)
        self._record.state = "done"
        self._records.save(self._record)

    def steps(self, planned: bool) -> list[tuple[str, Callable[[], str]]]:
        """Name and action of each."""
        return [
            ("fence", self._fence),
            ("wait", self._wait),
            *([("catch up", self._catch_up)] if planned else []),
            ("promote", self._promote),
            ("settings", self._settle),
            ("writer", self._tell),
            ("redeploy", self._redeploy),
            ("open", self._open),
        ]

    def give_up(self, state: str) -> None:
        """Before the point of no return: all is as it was."""
        self._fences.lower((self._region, *self._others))
        self._record.state = state
        self._records.save(self._record)

    def _fence(self) -> str:
        self._fences.raise_((*self._others, self._region))
        return f"raised against {', '.join(self._others)}, and no writes from here"

    def _wait(self) -> str:
        end = _after(self._record.at("fence"), self._settings.fence_wait)
        while True:
            over = clock.now() >= end
            self._look_for_rivals(over)
            if over:
                return f"{self._settings.fence_wait:.0f} s since the fences were raised"
            self._pause(end, "the fences are not seen by everybody yet")

    def _pause(self, end: datetime, what: str) -> None:
        """Towards a time, in small parts: an invocation may be short."""
        left = (end - clock.now()).total_seconds()
        self._patience.spend(min(_LOOK_SECONDS, max(left, 0.1)), what)

    def _look_for_rivals(self, last: bool) -> None:
        for region in self._third:
            first = region < self._region
            if (first or last) and is_raised(self._settings.domain, region, self._region):
                self._yield(f"{region} is promoting its replica")
        if last:
            writer = self._parameter.here(self._region).region
            if writer != self._record.lost:
                self._yield(f"{writer} has become the writer")

    def _yield(self, why: str) -> None:
        self.give_up("yielded")
        raise Yielded(f"{why}: this region gives up, nothing was promoted here")

    def _catch_up(self) -> str:
        said = self.replication.catch_up(self._token, self._patience)
        return f"the replica has all of the writer: {said.get('replica')}"

    def _promote(self) -> str:
        return self._database.promote(
            self._settings.backup_days, self._settings.backup_window, self._patience
        )

    def _settle(self) -> str:
        return self._database.settle(
            self._settings.backup_days, self._settings.backup_window, self._patience
        )

    def _tell(self) -> str:
        writer = self._database.address()
        self._parameter.write(None, writer)
        told = [self._parameter.tell(region, writer) for region in self._others]
        return f"{self._region}, " + ", ".join(told)

    def _redeploy(self) -> str:
        """Tasks find the writer by themselves: what fails here must not keep writes forbidden."""
        return ", ".join(self._started_anew(service) for service in self._settings.services)

    def _started_anew(self, service: str) -> str:
        try:
            self._ecs.update_service(
                cluster=self._settings.cluster, service=service, forceNewDeployment=True
            )
        except (ClientError, BotoCoreError) as error:
            return f"{service} not: {sentence(error)}"
        return service

    def _open(self) -> str:
        """No connection to the old primary is used any more when writes are allowed again."""
        end = _after(self._record.at("writer"), WRITER_AGE_SECONDS)
        while clock.now() < end:
            self._pause(end, "not every task knows the new writer yet")
        following = [region for region in self._third if self._follows(region)]
        self._fences.lower((self._region, *following))
        fenced = [region for region in self._others if region not in following]
        return (
            f"writes are allowed in {', '.join((self._region, *following))};"
            f" fenced until admitted: {', '.join(fenced)}"
        )

    def _follows(self, region: str) -> bool:
        try:
            writer = self._parameter.elsewhere(region)
        except Unanswered:
            return False
        return writer is not None and writer.region == self._region


def _after(text: str, seconds: float) -> datetime:
    return datetime.fromisoformat(text) + timedelta(seconds=seconds)
