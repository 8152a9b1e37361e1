"""A region that reads from its replica and writes to a writer 80 ms away, as its users see it."""

import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from far import FAR, Far, Person, Program, Web
from world import DOMAIN, REGION, World, connect

from commands.waiting import until
from superset_aws.database.writer_connection import WriterConnection, WritesRefused

#: Those that both regions hold against the far one; its own is up while it takes over.
FENCES = json.dumps(
    [{"region": one, "url": f"https://{one}.{DOMAIN}/fence/{FAR}"} for one in (REGION, FAR)]
)


#: What a task of the far region has in place of the writer's region's.
NEAR = ("SUPERSET_REGION", "DATABASE_HOST", "DATABASE_SECRET")


class Fence:
    """A rule of a region's load balancer; here one load balancer stands for both regions'."""

    def __init__(self, world: World, holder: str, against: str, priority: int) -> None:
        self._elb = world.client("elbv2")
        (balancer,) = self._elb.describe_load_balancers()["LoadBalancers"]
        (listener,) = self._elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
            "Listeners"
        ]
        host, path = f"{holder}.{DOMAIN}", f"/fence/{against}"
        rule = self._elb.create_rule(
            ListenerArn=listener["ListenerArn"],
            Priority=priority,
            Conditions=[
                {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}},
            ],
            Actions=_answer("404", "not fenced"),
        )["Rules"][0]
        self._rule = rule["RuleArn"]

    def up(self) -> None:
        self._elb.modify_rule(RuleArn=self._rule, Actions=_answer("200", "fenced"))

    def down(self) -> None:
        self._elb.modify_rule(RuleArn=self._rule, Actions=_answer("404", "not fenced"))


def _answer(status: str, text: str) -> list[dict[str, object]]:
    fixed = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
    return [{"Type": "fixed-response", "FixedResponseConfig": fixed}]


@pytest.fixture(scope="module")
def fence(initialized: World) -> Fence:
    """The one that the writer's region holds against the far one."""
    initialized.balance()
    return Fence(initialized, REGION, FAR, 1)


@pytest.fixture(scope="module")
def own_fence(initialized: World, fence: Fence) -> Fence:
    """The one that the far region holds against itself while it takes over."""
    return Fence(initialized, FAR, FAR, 2)


@pytest.fixture(scope="module")
def far(initialized: World) -> Far:
    return Far(initialized)


@pytest.fixture(scope="module")
def web(far: Far, fence: Fence, own_fence: Fence) -> Web:
    return far.web(FENCES=FENCES)


@pytest.fixture(scope="module")
def person(web: Web, far: Far) -> Person:
    """Who signs in through the region that is far from the writer."""
    signed_in = Person(web)
    far.catch_up()
    until("reads go to the replica", lambda: last_route(web) == "reads go to the replica")
    return signed_in


@pytest.fixture
def number(person: Person, far: Far, fence: Fence) -> Iterator[int]:
    """A dashboard; what was done to it before has arrived on the replica."""
    found = person.get("dashboard/")["result"]
    far.catch_up()
    yield int(found[0]["id"])
    far.mend()
    fence.down()


def last_route(web: Web) -> str:
    lines = [line["message"] for line in web.lines("superset_aws.database.replica")]
    return next((line for line in reversed(lines) if line.startswith("reads go to")), "")


def title(person: Person, number: int) -> str:
    return str(person.get(f"dashboard/{number}")["result"]["dashboard_title"])


def save(person: Person, number: int, text: str) -> int:
    return int(person.change("PUT", f"dashboard/{number}", {"dashboard_title": text}).status)


def is_refused(person: Person, number: int) -> bool:
    """Whether a change is; what changes nothing is not written at all."""
    return save(person, number, f"refused {time.monotonic()}") == 503


def write_elsewhere(far: Far, number: int, text: str) -> None:
    """As another region's user does."""
    changed = f"UPDATE dashboards SET dashboard_title = '{text}' WHERE id = {number}"
    far.ask(far.writer_host, changed)


def test_reads_are_answered_by_the_replica(far: Far, person: Person, number: int) -> None:
    before = title(person, number)
    far.pause()
    write_elsewhere(far, number, "written elsewhere")
    assert title(person, number) == before
    far.resume()
    assert title(person, number) == "written elsewhere"


def test_opening_a_dashboard_asks_the_writer_nothing(far: Far, person: Person, number: int) -> None:
    """Each question to it takes as long as all of the page."""
    with far.questions_to_the_writer() as asked:
        assert person.ask("GET", f"/superset/dashboard/{number}/").status == 200
        charts = person.get(f"dashboard/{number}/charts")["result"]
        (source,) = person.get(f"dashboard/{number}/datasets")["result"]
        for chart in charts:
            answer = person.change("POST", "chart/data", _data(source["id"], chart["id"]))
            assert answer.status == 200, answer.data
    assert charts
    assert asked == []


def _data(source: int, chart: int) -> dict[str, object]:
    """A chart's data, not left to a worker."""
    return {
        "datasource": {"id": source, "type": "table"},
        "queries": [{"columns": [], "metrics": ["count"], "row_limit": chart}],
        "form_data": {"slice_id": chart},
        "result_format": "csv",
    }


def test_who_saves_sees_it_although_the_replica_stands_still(
    far: Far, web: Web, person: Person, number: int
) -> None:
    another = Person(web)
    far.catch_up()
    before = title(another, number)
    far.pause()
    assert save(person, number, "saved and seen") == 200
    assert title(person, number) == "saved and seen"
    # Who has written nothing still reads from the replica.
    assert title(another, number) == before
    far.resume()
    assert title(another, number) == "saved and seen"
    # Who saved does so again as well: what comes after is not there yet.
    far.pause()
    write_elsewhere(far, number, "not here yet")
    assert title(person, number) == "saved and seen"
    far.resume()


def test_who_saves_again_and_again_never_sees_what_was_before(person: Person, number: int) -> None:
    for count in range(12):
        assert save(person, number, f"saved {count}") == 200
        assert title(person, number) == f"saved {count}"
        if count % 3 == 0:
            time.sleep(0.1)
        assert title(person, number) == f"saved {count}"


def test_a_program_with_nothing_but_a_session_sees_what_it_saved(
    far: Far, web: Web, number: int
) -> None:
    program = Program(web)
    far.pause()
    for count in range(3):
        document = {"dashboard_title": f"by a program {count}"}
        program.ask("PUT", f"dashboard/{number}", document)
        found = program.ask("GET", f"dashboard/{number}")["result"]
        assert found["dashboard_title"] == document["dashboard_title"]
    far.resume()


def test_what_a_request_reads_was_committed_together(far: Far, person: Person, number: int) -> None:
    """Or a dashboard is seen of which half was changed already."""
    chart = f"SELECT min(slice_id) FROM dashboard_slices WHERE dashboard_id = {number}"
    ended = threading.Event()

    def change() -> None:
        with closing(far.superuser(far.writer_host)) as connection, connection.cursor() as cursor:
            for count in itertools.count():
                if ended.is_set():
                    return
                cursor.execute(
                    f"UPDATE dashboards SET dashboard_title = 'state {count}' WHERE id = {number};"
                    f"UPDATE slices SET slice_name = 'state {count}' WHERE id = ({chart})"
                )

    changing = threading.Thread(target=change)
    changing.start()
    try:
        until("it has begun", lambda: title(person, number).startswith("state"))
        for _ in range(50):
            found = person.get(f"dashboard/{number}")["result"]
            assert found["dashboard_title"] in found["charts"]
    finally:
        ended.set()
        changing.join()


def test_a_replica_that_lags_is_not_read_until_it_follows_again(
    far: Far, fence: Fence, number: int
) -> None:
    strict = far.web(FENCES=FENCES, MAX_REPLICA_LAG="10")
    person = Person(strict)
    far.catch_up()

    def locally() -> bool:
        person.get("dashboard/")
        return last_route(strict) == "reads go to the replica"

    until("reads go to the replica", locally)
    far.pause()
    count = itertools.count()

    def written_and_seen() -> bool:
        text = f"while it lags {next(count)}"
        write_elsewhere(far, number, text)
        return title(person, number) == text

    until("reads go to the writer", written_and_seen)
    assert last_route(strict) == "reads go to the writer"
    far.resume()
    until("reads go to the replica again", locally)
    strict.end()


def test_a_replica_that_is_gone_fails_no_request(
    far: Far, web: Web, person: Person, number: int
) -> None:
    before = title(person, number)
    far.replica_wire.cut()
    for _ in range(20):
        assert title(person, number) == before
    assert save(person, number, "without a replica") == 200
    assert title(person, number) == "without a replica"
    far.replica_wire.join()

    def back() -> bool:
        assert title(person, number) == "without a replica"
        return last_route(web) == "reads go to the replica"

    until("reads go to the replica again", back)


def test_without_the_writer_everything_is_read_and_nothing_is_changed(
    far: Far, web: Web, person: Person, number: int
) -> None:
    assert save(person, number, "the last before") == 200
    far.catch_up()
    far.wire.cut()
    for _ in range(5):
        assert title(person, number) == "the last before"
    until("saving is refused", lambda: is_refused(person, number))
    answer = person.change("PUT", f"dashboard/{number}", {"dashboard_title": "lost"})
    assert answer.status == 503
    assert "the writer cannot be reached" in answer.json()["message"]
    assert person.ask("GET", "/health").status == 200
    far.wire.join()
    until("it is saved", lambda: save(person, number, "after it came back") == 200)
    assert title(person, number) == "after it came back"


def test_a_read_replica_beside_the_writer_takes_its_reads(
    far: Far, initialized: World, number: int
) -> None:
    """In the writer's own region: database.read_replica."""
    own = {name: initialized.environment[name] for name in NEAR}
    beside = far.web(**own, DATABASE_PORT="5432", DATABASE_REPLICA_HOST=far.replica_host)
    someone = Person(beside)
    until("reads go to the replica", lambda: last_route(beside) == "reads go to the replica")
    assert save(someone, number, "saved") == 200
    far.catch_up()
    far.pause()
    write_elsewhere(far, number, "written elsewhere")
    assert title(someone, number) == "saved"
    assert save(someone, number, "saved once more") == 200
    assert title(someone, number) == "saved once more"
    beside.end()


def test_a_task_starts_without_the_writer(far: Far, fence: Fence, number: int) -> None:
    far.wire.cut()
    started = far.web(FENCES=FENCES)
    someone = Person(started)
    assert title(someone, number)
    started.end()


def test_a_fenced_region_reads_and_writes_nothing(
    far: Far, fence: Fence, person: Person, number: int
) -> None:
    until("saving is possible", lambda: save(person, number, "before the fence") == 200)
    fence.up()
    until("saving is refused", lambda: is_refused(person, number))
    said = person.change("PUT", f"dashboard/{number}", {"dashboard_title": "while it is up"})
    assert f"{REGION} fenced this region" in said.json()["message"]
    rows = f"SELECT dashboard_title FROM dashboards WHERE id = {number}"
    before = far.ask(far.writer_host, rows)
    assert title(person, number) == before
    assert save(person, number, "still up") == 503
    assert far.ask(far.writer_host, rows) == before
    fence.down()
    until("saving is possible", lambda: save(person, number, "lowered again") == 200)
    assert title(person, number) == "lowered again"


def test_a_region_that_takes_over_writes_nothing_to_the_old_writer(
    own_fence: Fence, person: Person, number: int
) -> None:
    own_fence.up()
    try:
        until("saving is refused", lambda: is_refused(person, number))
        said = person.change("PUT", f"dashboard/{number}", {"dashboard_title": "to the old writer"})
        assert f"{FAR} fenced this region" in said.json()["message"]
    finally:
        own_fence.down()
    until("saving is possible", lambda: save(person, number, "it stays the writer") == 200)


def test_a_fenced_region_migrates_nothing(initialized: World, fence: Fence) -> None:
    fence.up()
    try:
        # A user is missing, so that init has something to write.
        ended = initialized.run("init", FENCES=FENCES, ADMIN_USERNAME="somebody")
        assert ended["containers"][0]["exitCode"] == 1
        said = initialized.logs("init", ended["taskArn"])
        assert f"{REGION} fenced this region" in "\n".join(said)
    finally:
        fence.down()


def test_a_worker_of_a_fenced_region_takes_no_task(far: Far, fence: Fence, number: int) -> None:
    worker = far.start("worker", FENCES=FENCES)

    def says(text: str) -> bool:
        return any(text in line["message"] for line in worker.lines("celery"))

    until("the worker is ready", lambda: says("ready"))
    fence.up()
    until("it leaves the queues", lambda: says("Canceling queue"))
    fence.down()
    until("it goes on", lambda: says("Started consuming"))
    worker.end()


def test_a_region_that_sees_no_other_stops_writing_where_that_is_wanted(
    far: Far, number: int
) -> None:
    nowhere = json.dumps([{"region": REGION, "url": f"https://nowhere.invalid/fence/{FAR}"}])
    started = far.web(FENCES=nowhere, STOP_WRITES_WHEN_ISOLATED="true")
    someone = Person(started)
    assert title(someone, number)
    answer = someone.change("PUT", f"dashboard/{number}", {"dashboard_title": "isolated"})
    assert answer.status == 503
    assert "no other region answers" in answer.json()["message"]
    started.end()


def test_what_was_begun_before_the_fence_is_not_committed(initialized: World) -> None:
    """The fence is raised between the statement and its COMMIT."""
    raised: list[str] = []

    def gate() -> None:
        if raised:
            raise WritesRefused(raised[0])

    connection = connect(
        initialized,
        connection_factory=lambda *a, **o: WriterConnection(*a, gate=gate, **o),
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE raced (number integer)")
        connection.commit()
        cursor.execute("INSERT INTO raced VALUES (1)")
        raised.append("fenced")
        with pytest.raises(WritesRefused):
            connection.commit()
        connection.rollback()
        cursor.execute("SELECT count(*) FROM raced")
        assert cursor.fetchone()[0] == 0
        connection.commit()
        with pytest.raises(WritesRefused):
            cursor.execute("INSERT INTO raced VALUES (2)")


def test_rows_of_the_examples_leave_as_a_stream(person: Person, number: int) -> None:
    """Superset reads them with a cursor that has a name."""
    run = {"runAsync": False, "client_id": "streamed", "schema": "examples"}
    query = {**run, "database_id": person.examples(), "sql": "SELECT * FROM examples.sales"}
    assert person.change("POST", "sqllab/execute/", query).status == 200
    answer = person.ask(
        "POST",
        "/api/v1/sqllab/export_streaming/",
        headers=person.token(),
        fields={"client_id": "streamed"},
        encode_multipart=False,
    )
    assert answer.status == 200, answer.data
    assert len(answer.data.decode().splitlines()) == 1 + 1248


def test_the_position_of_both_databases_is_told(far: Far, number: int) -> None:
    assert position(far)["caught_up"] is True
    far.pause()
    write_elsewhere(far, number, "behind")
    behind = position(far)
    assert behind["caught_up"] is False
    assert behind["bytes"] > 0
    assert position(far, exit_code=1, WAIT_UNTIL_CAUGHT_UP="2")["caught_up"] is False
    far.resume()
    assert position(far, WAIT_UNTIL_CAUGHT_UP="60")["bytes"] == 0
    far.wire.cut()
    alone = position(far)
    assert (alone["writer"], alone["bytes"], alone["caught_up"]) == (None, None, False)
    assert position(far, exit_code=1, WAIT_UNTIL_CAUGHT_UP="2")["writer"] is None
    far.wire.join()


def position(far: Far, exit_code: int = 0, **changes: str) -> dict[str, object]:
    """What the process `replication` says."""
    code, lines = far.run("init", "replication", **changes)
    assert code == exit_code, lines
    return dict(json.loads(lines[-1]))


def test_one_of_all_beats_schedules(far: Far) -> None:
    says = "this beat schedules"

    def works(beat: Web) -> bool:
        return any(line["message"] == says for line in beat.lines("superset_aws.beat"))

    first = far.start("beat")
    until("the first one schedules", lambda: works(first))
    second = far.start("beat")
    until("the second one is there", lambda: second.lines("celery"))
    assert not works(second)
    os.kill(first.pid, signal.SIGKILL)
    until("the second one schedules", lambda: works(second))
    # Whoever loses the lock schedules no longer.
    held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
    far.ask(far.writer_host, f"SELECT pg_terminate_backend(({held}))")
    lost = "this beat schedules no longer"

    def noticed() -> bool:
        return any(line["message"].startswith(lost) for line in second.lines("superset_aws.beat"))

    until("it notices", noticed)
    second.end()


def test_nothing_was_tried_to_be_written_to_the_replica(web: Web) -> None:
    said = [line for line in web.lines("") if "read-only transaction" in json.dumps(line)]
    assert said == []
