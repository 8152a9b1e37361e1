"""One round of the drill: a region is lost, the other takes over, everything is put back.

Between the loss and the first write that succeeds, the drill does nothing but invoke
superset-promote. Everything else that happens, health checks, DNS and the tasks do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from commands.drill.people import Crowd, Site, Write
from commands.drill.resolver import Resolver
from commands.drill.world import World
from commands.waiting import until

T = TypeVar("T")

#: People write for this long before anything happens, and after it is over.
STEADY_SECONDS = 15.0
AFTER_SECONDS = 10.0
#: How long somebody tries to write to a region that comes back behind a partition.
APART_SECONDS = 45.0
#: A task asks for its fences every five seconds; this is more than that, and than one request.
FENCED_SECONDS = 10.0
WAIT_SECONDS = 600.0
#: How long an invocation of superset-promote goes on before it reports.
TURN_SECONDS = 15


class Broken(Exception):
    """Something that must not happen in a drill."""


@dataclass
class Timeline:
    """What happened when, printed as it happens; seconds since the region was cut off."""

    title: str
    zero: float = 0.0
    lines: list[tuple[float, str]] = field(default_factory=list)

    def note(self, text: str, at: float = 0.0) -> float:
        """:return: the time of it"""
        at = at or time.time()
        self.lines.append((at, text))
        shown = f"{at - self.zero:8.1f} s" if self.zero else "          "
        print(f"  {shown}  {text}", flush=True)
        return at

    def begin(self, text: str) -> float:
        """The zero."""
        self.zero = time.time()
        return self.note(text, self.zero)


@dataclass(frozen=True)
class Takeover:
    """What became of the writes of one change of the writer.

    :param seconds: for which nobody could save anything: the longest pause between two saves
    :param lost: acknowledged before, and not in the new writer's database
    :param apart: acknowledged by the old writer after the cut; they are in its database only
    :param lost_seconds: how long before the cut the first of the lost was sent
    :param promoted: when the new writer committed its first write
    :param horizon: the commit time of the last transaction that the replica had at the cut; what is
        lost was committed later
    """

    kind: str
    seconds: float
    acknowledged: int
    lost: list[Write]
    apart: list[Write]
    lost_seconds: float
    promoted: float
    horizon: float
    failures: int


class Drill:
    """Rounds on one deployed world; begins and ends with the same writer.

    :param say: a title, printed
    """

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self.world = world
        self._say = say
        self.home = self._writer()
        self.away = next(r for r in world.regions if r != self.home)
        zone = world.domain.partition(".")[2]
        self.resolver = Resolver(world.client("route53"), zone, world.address)
        user = world.secret("superset/admin", self.home)
        self.site = Site(world.domain, self.resolver, world.place, world.plane()["ca"], user)
        self._run = f"drill {int(time.time())}"
        self._crowds = 0

    def start(self) -> None:
        """Look at DNS, and wait until it has both regions and the replica follows."""
        self.resolver.start()
        self._in_dns(self.home)
        self._in_dns(self.away)
        self._follows(self.away)

    def close(self) -> None:
        """Put nothing back."""
        self.resolver.close()

    # --- the steps of a round -------------------------------------------------------------------
    def loss(self, how: str = "lost") -> Takeover:
        """The writer's region is cut off, and the other one takes over.

        :param how: ``lost``, or ``partitioned``: alive, written to by those who reach it
        """
        lost, survivor = self.home, self.away
        timeline = self._timeline(f"{lost} is {how}, {survivor} takes over")
        crowd = self._crowd()
        self._steady(crowd)
        timeline.note(f"{len(crowd.acknowledged())} dashboards saved")
        cut = timeline.begin(f"{lost} is {how}")
        self.world.cut(lost, how)
        # A region that is alive goes on in the moment in which it is cut off.
        since = cut if how == "partitioned" else time.time()
        with self.world.database(survivor) as database:
            horizon = database.last_replayed()
        timeline.note(f"{survivor}'s replica has everything until this", horizon)
        done = self._promote(survivor, {}, timeline)
        return self._takeover(crowd, timeline, how, lost, survivor, cut, since, done, horizon)

    def planned(self, old: str, new: str) -> Takeover:
        """The writer moves while both regions are well."""
        timeline = self._timeline(f"planned switch from {old} to {new}")
        crowd = self._crowd()
        self._steady(crowd)
        timeline.note(f"{len(crowd.acknowledged())} dashboards saved")
        cut = timeline.begin("superset-promote is invoked with planned")
        done = self._promote(new, {"planned": True}, timeline)
        found = self._takeover(crowd, timeline, "planned", old, new, cut, done, done, cut)
        if found.lost or found.apart:
            raise Broken(f"a planned switch lost {[w.title for w in found.lost + found.apart]}")
        return found

    def returns(self, takeover: Takeover, stops: bool) -> None:
        """The lost region comes back, first behind a partition; then it sees that it is fenced.

        :param stops: whether its tasks stop writing when they reach no other region
        """
        region = self.home
        timeline = self._timeline(f"{region} comes back")
        timeline.begin(f"{region} runs again, and reaches no other region")
        self.world.cut(region, "partitioned")
        self._answers(region)
        timeline.note(f"{region} answers")
        stubborn = self._stubborn(region)
        time.sleep(APART_SECONDS)
        written = stubborn.acknowledged()
        timeline.note(
            f"{len(written)} dashboards saved by somebody who goes to {region} all the same"
        )
        self._compare(takeover, stops, timeline)
        timeline.note(f"{region} reaches the others again")
        self.world.cut(region, "restored")
        self._is_fenced(region, stubborn, timeline)
        stubborn.end()

    def put_back(self, region: str, writer: str) -> None:
        """Make a region's old primary a replica of the new writer, and let users in."""
        timeline = self._timeline(f"{region} is rebuilt as a replica of {writer}")
        crowd = self._crowd()
        timeline.begin(f"writer: {writer}; make rebuild REGION={region}")
        self.world.set_writer(writer)
        self.world.run(sys.executable, "-m", "commands.rebuild", region, "--yes", region)
        self._follows(region)
        timeline.note(f"{region}'s database follows {writer}'s")
        self.world.invoke("superset-admit", writer, {"region": region})
        timeline.note("superset-admit lowered the fence")
        self._in_dns(region)
        timeline.note(f"{region} is in DNS")
        crowd.end()
        self._all_there(crowd, writer)
        timeline.note(f"{len(crowd.acknowledged())} dashboards saved meanwhile, none lost")

    def deploy(self, region: str) -> None:
        """Let Terraform know of a promoted database what it must know before the next change."""
        timeline = self._timeline(f"superset-{region} is deployed")
        timeline.begin(f"cdktf deploy superset-{region}")
        self.world.run("cdktf", "deploy", f"superset-{region}", "--auto-approve")
        timeline.note("done")

    def clean(self) -> None:
        """Remove what people saved."""
        with self.world.database(self._writer()) as database:
            database.forget(self._run)

    def _writer(self) -> str:
        return next(r for r in self.world.regions if self.world.writer(r) == r)

    # --- what steps consist of ------------------------------------------------------------------
    def _timeline(self, title: str) -> Timeline:
        self._say(title)
        return Timeline(title)

    def _crowd(self) -> Crowd:
        """Two people near each region."""
        self._crowds += 1
        crowd = Crowd(self.site, f"{self._run}-{self._crowds:03}")
        near = [[self.home, self.away], [self.away, self.home]]
        crowd.begin([*near, *near])
        return crowd

    def _stubborn(self, region: str) -> Crowd:
        """Somebody who goes to one region whatever DNS says."""
        self._crowds += 1
        crowd = Crowd(self.site, f"{self._run}-{self._crowds:03}")
        crowd.begin([], [f"{region}.{self.world.domain}"])
        return crowd

    @staticmethod
    def _steady(crowd: Crowd) -> None:
        begun = until("people can save", lambda: crowd.acknowledged())
        while time.time() - begun[0].acknowledged < STEADY_SECONDS:
            time.sleep(0.1)

    def _promote(self, region: str, event: dict[str, bool], timeline: Timeline) -> float:
        """Invoke the function until it has done everything; when it had."""
        shown = 0
        while True:
            answer = self.world.invoke(
                "superset-promote", region, {**event, "seconds": TURN_SECONDS}
            )
            for step in (answer.get("steps") or [])[shown:]:
                detail = f": {step['detail']}" if step.get("detail") else ""
                timeline.note(f"superset-promote: {step['name']}{detail}", _epoch(step["at"]))
                shown += 1
            if answer["done"]:
                return timeline.note("superset-promote is done")

    def _takeover(
        self,
        crowd: Crowd,
        timeline: Timeline,
        kind: str,
        old: str,
        new: str,
        cut: float,
        since: float,
        done: float,
        horizon: float,
    ) -> Takeover:
        with self.world.database(new) as database:
            if database.is_replica():
                raise Broken(f"{new} has no writer after superset-promote")

        def first() -> Write | None:
            """The first write that the new database has and that went through its region."""
            with self.world.database(new) as database:
                stored = database.titles(crowd.name)
            through = crowd.acknowledged(new, since)
            return next((w for w in sorted(through, key=_when) if w.title in stored), None)

        write = until(f"somebody can save in {new}", first)
        timeline.note(f"the first dashboard is saved through {new}", write.acknowledged)
        time.sleep(AFTER_SECONDS)
        crowd.end()
        for at, what, answers in self.resolver.changes():
            if at >= timeline.zero:
                timeline.note(f"DNS: {what} {'answers' if answers else 'does not answer'}", at)
        with self.world.database(new) as database:
            stored = database.titles(crowd.name)
        missing = [w for w in crowd.acknowledged() if w.title not in stored]
        apart = [w for w in missing if w.region == old and w.acknowledged > since]
        lost = [w for w in missing if w not in apart]
        late = [w for w in lost if w.acknowledged > done]
        if late:
            raise Broken(f"acknowledged after the takeover, and not there: {late}")
        oldest = min((w.sent for w in lost), default=cut)
        found = Takeover(
            kind,
            _pause(crowd.acknowledged()),
            len(crowd.acknowledged()),
            lost,
            apart,
            cut - oldest,
            stored[write.title],
            horizon,
            len(crowd.failed()),
        )
        timeline.note(
            f"nobody could save for {found.seconds:.1f} s;"
            f" {found.acknowledged} dashboards acknowledged, {len(lost)} of them lost"
            f" (the last {found.lost_seconds:.2f} s), {len(apart)} only in {old}"
        )
        return found

    def _compare(self, takeover: Takeover, stops: bool, timeline: Timeline) -> None:
        """What both databases say of when they were written to."""
        with self.world.database(self.home) as database:
            commits = {w.title: database.committed(w.title) for w in takeover.lost}
            last = database.last_commit()
        early = {title: at for title, at in commits.items() if at and at <= takeover.horizon}
        if early:
            raise Broken(f"the replica had it, and it is lost: {early}")
        if stops and last > takeover.promoted:
            raise Broken(f"both were written to: {last - takeover.promoted:.1f} s too long")
        timeline.note(f"{self.home}'s own last commit", last)
        timeline.note(f"{self.away}'s first commit as the writer", takeover.promoted)

    def _is_fenced(self, region: str, stubborn: Crowd, timeline: Timeline) -> None:
        """Nothing is written in a region from shortly after it sees that it is fenced."""
        time.sleep(FENCED_SECONDS)
        fenced = time.time()
        time.sleep(FENCED_SECONDS)
        refused = stubborn.failed(since=fenced)
        written = stubborn.acknowledged(since=fenced)
        with self.world.database(region) as database:
            last = database.last_commit()
        if written or last > fenced:
            raise Broken(f"{region} is fenced and was written to: {written}, {last - fenced:.1f} s")
        if not refused:
            raise Broken(f"nobody tried to write to {region}")
        timeline.note(f"{region} refuses: {refused[-1].what[:100]}")
        timeline.note(f"its last commit was {time.time() - last:.0f} s ago")

    def _all_there(self, crowd: Crowd, region: str) -> None:
        with self.world.database(region) as database:
            stored = database.titles(crowd.name)
        missing = [w.title for w in crowd.acknowledged() if w.title not in stored]
        if missing:
            raise Broken(f"acknowledged and not there: {missing}")

    def _answers(self, region: str) -> None:
        url = f"https://{region}.{self.world.domain}/health"
        until(f"{region} answers", lambda: self.resolver.answers(url), WAIT_SECONDS)

    def _in_dns(self, region: str) -> None:
        near = [region]

        def is_there() -> bool:
            return self.resolver.answer(self.world.domain, near).region == region

        until(f"{region} is in DNS", is_there, WAIT_SECONDS)

    def _follows(self, region: str) -> None:
        def does() -> bool:
            with self.world.database(region) as database:
                (count,) = database.ask("SELECT count(*) FROM pg_stat_wal_receiver")[0]
                return bool(count) and database.is_replica()

        what = f"{region}'s database is a replica that follows"
        until(what, does, WAIT_SECONDS, despite=Exception)


def _pause(writes: list[Write]) -> float:
    at = sorted(write.acknowledged for write in writes)
    return max(after - before for before, after in pairwise(at))


def _when(write: Write) -> float:
    return write.acknowledged


def _epoch(at: object) -> float:
    """A step's time as seconds or as ISO 8601."""
    return float(at) if isinstance(at, int | float) else datetime.fromisoformat(str(at)).timestamp()
