"""A third region: one new file and a deploy, and then the writer's region is lost.

It has a production of its own, as small as the rules allow, and all of it happens in the
background. What was seen at each stage is noted; the tests judge it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from workspaces import Workspace

from commands.drill.people import Crowd, Person, Refused, Site
from commands.drill.resolver import Resolver
from commands.drill.world import World

LOST, WRITER, THIRD = "us-east-1", "eu-west-1", "ap-southeast-1"
#: All that a new region takes.
FILE = "cidr: 10.30.0.0/16\nzones: [ap-southeast-1a, ap-southeast-1b]\n"

ALERTS = "alerts: {email: [ops@example.com], slack: {workspace: T0123ABCDEF, channel: C0123ABCDEF}}"

ROUNDS = 5
SAVING_SECONDS = 5
READS = 20
#: A session of PostgreSQL that has become idle tells its figures after ten seconds (pgstat.c,
#: PGSTAT_IDLE_INTERVAL).
FIGURES_SECONDS = 12
WAIT_SECONDS = 300
#: Longer than a request waits for a writer that does not answer, and than its silence is noticed.
APART_SECONDS = 30
NEWEST = (
    "/api/v1/dashboard/?q=(order_column:changed_on_delta_humanized,order_direction:desc,"
    "page_size:100)"
)


@dataclass(frozen=True)
class Seen:
    """What somebody sees who uses the third region, and where it comes from.

    :param writer: the region that the region's own /superset/writer names
    :param source: the region of what its database replicates, as RDS says; empty for a primary
    :param receives: from which region's database it receives the log right now; empty: from none
    :param saved: dashboards that were saved there, one after the other
    :param unseen: those of them that were not there for who had just saved them
    :param refused: what was not saved, and why
    :param read: by region how often the reads of READS requests looked into the table of its
        database
    :param near: whether DNS sends people near the third region there
    """

    writer: str
    source: str
    receives: str
    saved: list[str]
    unseen: list[str]
    refused: list[str]
    read: dict[str, int]
    near: bool


def third_region(workspace: Workspace) -> dict[str, Any]:
    """From two regions to three, and on to two."""
    make_small(workspace)
    workspace.command("deploy", timeout=2400).ok()
    since = workspace.emulator.next_request()
    add(workspace)
    workspace.command("deploy", timeout=2400).ok()
    deleted = sorted(deletions(workspace, since))
    stacks = [*workspace.environment.stacks, workspace.environment.stack(THIRD)]
    plans = {stack: workspace.plan(stack).changes() for stack in stacks}
    stage = Stage(workspace)
    try:
        return {"deleted": deleted, "plans": plans, **play(stage)}
    finally:
        stage.close()


def make_small(workspace: Workspace) -> None:
    """Production with as few tasks as it may have, which tells its alarms in Slack too."""

    def smaller(text: str) -> str:
        text = re.sub(r"(?m)^(worker|cache): .*\n", "", text)
        text = text.replace("examples: true", "examples: false")
        text = text.replace("tasks: {min: 3, max: 10}", "tasks: {min: 2, max: 4}")
        return re.sub(r"(?m)^alerts: .*$", ALERTS, text)

    workspace.edit("regions/prod/platform.yaml", smaller)


def add(workspace: Workspace) -> None:
    """The third region's file."""
    (workspace.root / f"regions/prod/{THIRD}.yaml").write_text(FILE)


def deletions(workspace: Workspace, since: int) -> set[str]:
    """What was deleted in the regions that were there, since a request; but a state's lock, which
    is whenever it is released."""
    return {
        f"{request['region']}: {request['operation']}"
        for request in workspace.emulator.requests(since)
        if request["region"] in workspace.environment.regions
        and request["operation"].startswith(("Delete", "Revoke"))
        and request["operation"] != "DeleteObject"
    }


def play(stage: "Stage") -> dict[str, Any]:
    """All that happens once there are three."""
    facts: dict[str, Any] = {"added": stage.look()}
    before = stage.people("before")
    stage.wait_until_one_is_saved(before)
    time.sleep(SAVING_SECONDS)
    before.end()
    stage.wait_until_it_has(WRITER, before)
    stage.lose()
    facts["lost"] = stage.look()
    during = stage.people("during")
    facts["promote"] = stage.workspace.command("promote", WRITER, "--yes", WRITER).ok().output
    promoted = time.time()
    stage.wait_until_one_is_saved(during)
    stage.wait_until_our_task_knows()
    during.end()
    facts["promoted"] = stage.look()
    facts["dry run"] = stage.world.invoke("superset-promote", THIRD, {"dry_run": True})
    facts["alone"] = stage.read_without(WRITER)
    stage.world.set_writer(WRITER)
    after = stage.people("after")
    facts["rebuild"] = stage.workspace.command("rebuild", THIRD, "--yes", THIRD).ok().output
    stage.wait_until_it_follows()
    after.end()
    facts["rebuilt"] = stage.look()
    third = stage.workspace.environment.stack(THIRD)
    facts["left to deploy"] = stage.workspace.plan(third).changes()
    crowds = (before, during, after)
    facts["acknowledged"] = {crowd.name: len(crowd.acknowledged()) for crowd in crowds}
    facts["missing"] = [title for crowd in crowds for title in stage.missing(crowd)]
    facts["failed"] = {
        "before": [asdict(one) for one in before.failed()],
        "after": [asdict(one) for one in after.failed(since=promoted)],
    }
    return facts


class Stage:
    """Three regions that run, and somebody who has signed in to the third."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.world = World(workspace.emulator.url, workspace.root)
        zone = workspace.environment.zone
        self._resolver = Resolver(self.world.client("route53"), zone, self.world.address)
        self._resolver.start()
        user = self.world.secret("superset/admin", THIRD)
        ca = self.world.plane()["ca"]
        self._site = Site(self.world.domain, self._resolver, self.world.place, ca, user)
        self._host = f"{THIRD}.{self.world.domain}"
        self._person = Person(self._site, (), self._host)
        self._left = sorted((*workspace.environment.regions, THIRD))
        self._stages = 0

    def close(self) -> None:
        """Put nothing back."""
        self._resolver.close()

    def lose(self) -> None:
        """The writer's region is gone."""
        self._left.remove(LOST)
        self.world.cut(LOST, "lost")

    def people(self, name: str) -> Crowd:
        """Two who save dashboards in the third region, until it is over."""
        crowd = Crowd(self._site, name)
        crowd.begin([], [self._host] * 2)
        return crowd

    def look(self) -> dict[str, Any]:
        """What is seen now."""
        self._stages += 1
        saved, unseen, refused = [], [], []
        for number in range(ROUNDS):
            title = f"seen {self._stages}-{number}"
            try:
                self._person.save(title)
            except Refused as problem:
                refused.append(str(problem))
                continue
            saved.append(title)
            if title not in self._titles():
                unseen.append(title)
        return asdict(
            Seen(
                self.world.writer(THIRD),
                self._source(),
                self._receives(),
                saved,
                unseen,
                refused,
                self._reads(),
                self._is_until(lambda: self._sends_to() == THIRD),
            )
        )

    def read_without(self, region: str) -> dict[str, int]:
        """What readings bring while nothing passes between a region and the others: how many the
        newest state, an older one, or an error that says why."""
        title = "before the cut"
        self._person.save(title)
        found = {"newest": 0, "older": 0, "refused": 0}
        self.world.cut(region, "partitioned")
        end = time.monotonic() + APART_SECONDS
        while time.monotonic() < end:
            found[self._read_again(title)] += 1
            time.sleep(0.5)
        self.world.cut(region, "restored")
        again = self._is_until(lambda: self._read_again(title) == "newest")
        assert again, f"{THIRD} does not reach {region} again"
        return found

    def _read_again(self, title: str) -> str:
        try:
            return "newest" if title in self._titles() else "older"
        except Refused as problem:
            print(f"reading: {problem}")
            return "refused"

    def _titles(self) -> set[str]:
        found = self._person.read(NEWEST)["result"]
        return {one["dashboard_title"] for one in found}

    def _source(self) -> str:
        databases = self.world.client("rds", THIRD).describe_db_instances()["DBInstances"]
        (arn,) = {one.get("ReadReplicaSourceDBInstanceIdentifier", "") for one in databases}
        return arn.split(":")[3] if arn else ""

    def _receives(self) -> str:
        with self.world.database(THIRD) as database:
            rows = database.ask("SELECT sender_host FROM pg_stat_wal_receiver")
        # The emulator's replicas reach their sources over a socket in a folder that is named so.
        return next((r for r in self.world.regions for (host,) in rows if f"/{r}-" in host), "")

    def _sends_to(self) -> str:
        return self._resolver.answer(self.world.domain, [THIRD, WRITER, LOST]).region

    def _reads(self) -> dict[str, int]:
        time.sleep(FIGURES_SECONDS)
        before = self._scans()
        for _ in range(READS):
            self._titles()
        time.sleep(FIGURES_SECONDS)
        after = self._scans()
        return {region: after[region] - before[region] for region in after}

    def _scans(self) -> dict[str, int]:
        """How often dashboards were looked for, by region."""
        return {region: self._scans_of(region) for region in self._left}

    def _scans_of(self, region: str) -> int:
        with self.world.database(region) as database:
            ((count,),) = database.ask(
                "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'dashboards'"
            )
        return int(count)

    @staticmethod
    def _is_until(is_so: Callable[[], bool]) -> bool:
        """Whether it becomes so soon."""
        end = time.monotonic() + WAIT_SECONDS
        while not is_so():
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        return True

    def wait_until_one_is_saved(self, crowd: Crowd) -> None:
        """Until people can save."""
        assert self._is_until(lambda: bool(crowd.acknowledged())), f"nobody can save in {THIRD}"

    def wait_until_our_task_knows(self) -> None:
        """Until the task that serves whoever looks has seen the fence lowered: each asks by itself,
        and another one may have saved before."""

        def saves() -> bool:
            try:
                self._person.save("the fence is lowered")
            except Refused:
                return False
            return True

        assert self._is_until(saves), f"a task in {THIRD} goes on refusing"

    def wait_until_it_has(self, region: str, crowd: Crowd) -> None:
        """Until a region's database has everything that was acknowledged."""
        assert self._is_until(lambda: not self._lacks(region, crowd)), f"{region} does not follow"

    def wait_until_it_follows(self) -> None:
        """Until the third region's database receives the new writer's log."""
        assert self._is_until(lambda: self._receives() == WRITER), f"{THIRD} does not follow"

    def missing(self, crowd: Crowd) -> list[str]:
        """What was acknowledged and is not in the databases of both regions that are left."""
        return [title for region in self._left for title in self._lacks(region, crowd)]

    def _lacks(self, region: str, crowd: Crowd) -> list[str]:
        with self.world.database(region) as database:
            stored = database.titles(crowd.name)
        return [f"{region}: {one.title}" for one in crowd.acknowledged() if one.title not in stored]
