"""What superset-promote does, one behaviour per test."""

import http.server
import json
import threading
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from promote_world import ASIA, DATABASE, DOMAIN, EAST, WAIT, WEST, World

from superset_promote.settings import Settings
from superset_shared.failover.fences import is_raised

STEPS = ["fence", "wait", "promote", "settings", "writer", "redeploy", "open"]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    return World(monkeypatch, EAST, WEST)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch, in_memory: None) -> World:
    return World(monkeypatch, EAST, WEST, ASIA)


def names(answer: dict) -> list[str]:
    return [step["name"] for step in answer["steps"]]


def operations(world: World) -> list[str]:
    return [call.operation for call in world.calls]


def test_promotes_while_every_call_to_the_lost_region_is_refused(two: World) -> None:
    two.refused = {EAST}
    answer = two.promote()
    assert answer["done"] is True
    assert names(answer) == STEPS
    assert two.is_primary(WEST)
    assert two.writer(WEST) == WEST
    told = next(step["detail"] for step in answer["steps"] if step["name"] == "writer")
    assert told.startswith(f"{WEST}, {EAST}: ")
    # One try per call: a lost region costs seconds.
    assert len([call for call in two.calls if call.region == EAST]) == 1


def test_the_lost_region_stays_fenced_and_writes_are_allowed_here(two: World) -> None:
    two.promote()
    assert two.regions[WEST].raised == {EAST}


def test_nobody_may_write_anywhere_from_the_fence_until_the_promotion(three: World) -> None:
    raised: list[set[str]] = []

    def look(call) -> None:
        if call.operation == "PromoteReadReplica":
            raised.append(set(three.regions[WEST].raised))

    three.on_call = look
    three.promote()
    assert raised == [{EAST, WEST, ASIA}]


def test_waits_for_health_checks_and_ttl_before_it_promotes(two: World) -> None:
    began = two.now
    promoted = []
    two.on_call = lambda call: call.operation == "PromoteReadReplica" and promoted.append(two.now)
    two.promote()
    assert (promoted[0] - began).total_seconds() >= WAIT


def test_backups_are_told_to_the_promotion(two: World) -> None:
    two.promote()
    (call,) = two.of("PromoteReadReplica")
    assert call.parameters == {
        "DBInstanceIdentifier": DATABASE,
        "BackupRetentionPeriod": 7,
        "PreferredBackupWindow": "03:00-04:00",
    }
    assert two.of("ModifyDBInstance") == []


def test_what_somebody_elses_promotion_has_reset_is_set(two: World) -> None:
    """Between two runs the replica was promoted in the console."""
    assert two.promote(limit=31)["done"] is False
    database = two.regions[WEST].database
    del database["ReadReplicaSourceDBInstanceIdentifier"]
    database["BackupRetentionPeriod"] = 1
    assert two.promote()["done"] is True
    assert two.of("PromoteReadReplica") == []
    assert database["BackupRetentionPeriod"] == 7


def test_the_writer_is_told_here_first_and_then_everywhere(three: World) -> None:
    three.promote()
    written = [c for c in three.of("PutParameter") if c.parameters["Name"] == "/superset/writer"]
    assert [call.region for call in written] == [WEST, EAST, ASIA]
    assert {call.parameters["Value"] for call in written} == {
        json.dumps({"region": WEST, "host": f"db.{WEST}", "port": 5432})
    }


def test_a_region_that_refuses_to_be_told_does_not_stop_the_promotion(three: World) -> None:
    def refuse(call) -> None:
        if call.region == ASIA:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetParameter")

    three.on_call = refuse
    answer = three.promote()
    assert answer["done"] is True
    assert f"fenced until admitted: {EAST}, {ASIA}" in answer["steps"][-1]["detail"]
    assert three.regions[WEST].raised == {EAST, ASIA}


def test_a_region_that_was_never_deployed_gets_no_parameter(three: World) -> None:
    three.regions[ASIA].parameters.clear()
    three.promote()
    assert three.regions[ASIA].parameters == {}


def test_third_regions_follow_and_may_write_again(three: World) -> None:
    three.promote()
    assert three.writer(ASIA) == WEST
    assert three.regions[WEST].raised == {EAST}


def test_writes_are_allowed_only_after_every_task_has_asked_for_the_new_writer(two: World) -> None:
    times = {}

    def look(call) -> None:
        if call.operation == "PutParameter" and call.parameters["Name"] == "/superset/writer":
            times.setdefault("told", two.now)
        if call.operation == "ModifyRule":
            times["lowered"] = two.now

    two.on_call = look
    two.promote()
    assert (times["lowered"] - times["told"]).total_seconds() >= 15


def test_deploys_the_services_of_this_region_anew(two: World) -> None:
    two.promote()
    assert two.regions[WEST].deployed == ["superset-web", "superset-worker", "superset-beat"]
    assert two.regions[EAST].deployed == []


def test_a_service_that_cannot_be_deployed_anew_keeps_nobody_from_writing(two: World) -> None:
    def refuse(call) -> None:
        if call.operation == "UpdateService":
            raise ClientError({"Error": {"Code": "Gone", "Message": "no"}}, "UpdateService")

    two.on_call = refuse
    answer = two.promote()
    assert answer["done"] is True
    assert "superset-web not: UpdateService: Gone" in answer["steps"][-2]["detail"]
    assert two.regions[WEST].raised == {EAST}


def test_where_the_writer_is_already_nothing_is_done(two: World) -> None:
    answer = two.promote(EAST)
    assert answer == {"done": True, "region": EAST, "steps": []}
    assert set(operations(two)) == {"GetParameter"}


def test_invoked_again_it_only_tells_what_was_done(two: World) -> None:
    first = two.promote()
    two.calls.clear()
    assert two.promote() == first
    assert set(operations(two)) == {"GetParameter"}


def test_without_time_it_says_what_it_waits_for_and_goes_on_later(two: World) -> None:
    answer = two.promote(limit=45)
    assert (answer["done"], answer["step"]) == (False, "wait")
    assert names(answer) == ["fence"]
    two.promotion_looks = 10
    answer = two.promote(seconds=120.0)
    assert (answer["step"], answer["waits_for"]) == ("promote", "the database is modifying")
    assert two.promote()["done"] is True
    assert len(two.of("PromoteReadReplica")) == 1


def test_an_event_can_ask_for_an_early_answer(two: World) -> None:
    began = two.now
    assert two.promote(seconds=12)["done"] is False
    assert (two.now - began).total_seconds() <= 12


def test_a_planned_switch_promotes_after_the_replica_has_everything(two: World) -> None:
    answer = two.promote(planned=True)
    assert names(answer) == ["fence", "wait", "catch up", *STEPS[2:]]
    order = operations(two)
    assert order.index("RunTask") < order.index("PromoteReadReplica")
    (run,) = two.of("RunTask")
    (override,) = run.parameters["overrides"]["containerOverrides"]
    assert override["command"] == ["replication"]
    assert [one["name"] for one in override["environment"]] == ["WAIT_UNTIL_CAUGHT_UP"]


@pytest.mark.parametrize("code, caught_up", [(1, False), (0, False), (1, True)])
def test_a_planned_switch_never_promotes_a_replica_that_lacks_something(
    two: World, code: int, caught_up: bool
) -> None:
    two.task_exit = code
    two.task_says = {**two.task_says, "caught_up": caught_up}
    with pytest.raises(RuntimeError, match="has not caught up"):
        two.promote(planned=True)
    assert not two.is_primary(WEST)
    assert two.regions[WEST].raised == {EAST, WEST}


def test_a_planned_switch_whose_writer_is_lost_meanwhile_goes_on_unplanned(two: World) -> None:
    two.task_exit = 1
    with pytest.raises(RuntimeError):
        two.promote(planned=True)
    two.refused = {EAST}
    assert two.promote()["done"] is True


def test_a_promotion_can_be_abandoned_until_it_promotes(two: World) -> None:
    two.promote(limit=45)
    assert two.promote(abandon=True)["abandoned"] is True
    assert two.regions[WEST].raised == set()
    assert two.record()["state"] == "abandoned"
    with pytest.raises(RuntimeError, match="no promotion is running"):
        two.promote(abandon=True)


def test_a_promotion_cannot_be_abandoned_afterwards(two: World) -> None:
    two.promotion_looks = 100
    two.promote(limit=150)
    assert two.of("PromoteReadReplica")
    with pytest.raises(RuntimeError, match="there is no way back"):
        two.promote(abandon=True)
    assert two.regions[WEST].raised == {EAST, WEST}


def test_a_dry_run_writes_nothing_and_tells_how_far_the_replica_lags(two: World) -> None:
    before = json.dumps([vars(region) for region in two.regions.values()], default=sorted)
    two.task_says = {"writer": "0/3", "replica": "0/2", "bytes": 8, "caught_up": False}
    answer = two.promote(dry_run=True)
    assert answer["would_do"] == STEPS
    assert answer["obstacle"] is None
    assert answer["lag"] == {"reported_seconds": 0.4, "positions": two.task_says}
    after = json.dumps([vars(region) for region in two.regions.values()], default=sorted)
    assert after == before
    assert not {"ModifyRule", "PutParameter", "PromoteReadReplica", "ModifyDBInstance",
                "UpdateService"} & set(operations(two))  # fmt: skip
    (run,) = two.of("RunTask")
    assert run.parameters["overrides"]["containerOverrides"][0]["environment"] == []


def test_a_dry_run_tells_what_it_cannot_find_out(two: World) -> None:
    two.lag = None

    def refuse(call) -> None:
        if call.operation == "RunTask":
            raise ClientError({"Error": {"Code": "Throttled", "Message": "later"}}, "RunTask")

    two.on_call = refuse
    lag = two.promote(dry_run=True)["lag"]
    assert lag == {"reported_seconds": None, "positions": {"error": "RunTask: Throttled: later"}}


def test_a_dry_run_of_a_planned_switch_names_its_step_too(two: World) -> None:
    assert "catch up" in two.promote(dry_run=True, planned=True)["would_do"]


def test_a_dry_run_tells_what_stands_in_the_way(two: World) -> None:
    two.regions[EAST].raised.add(WEST)
    assert "has not admitted it" in two.promote(dry_run=True)["obstacle"]


def test_a_region_that_the_writer_has_not_admitted_is_not_promoted(two: World) -> None:
    two.regions[EAST].raised.add(WEST)
    with pytest.raises(RuntimeError, match="has not admitted it again"):
        two.promote()
    assert two.of("ModifyRule") == []


def test_a_replica_of_an_older_writer_is_not_promoted(three: World) -> None:
    """After a promotion third regions still replicate the old primary."""
    three.promote(WEST)
    three.calls.clear()
    with pytest.raises(RuntimeError, match=f"make rebuild REGION={ASIA}"):
        three.promote(ASIA)
    assert three.of("ModifyRule") == []


def test_a_primary_that_is_not_the_writer_is_not_promoted(two: World) -> None:
    del two.regions[WEST].database["ReadReplicaSourceDBInstanceIdentifier"]
    with pytest.raises(RuntimeError, match="is a primary already"):
        two.promote()


def test_a_database_that_cannot_be_promoted_is_an_error_with_its_state(two: World) -> None:
    two.regions[WEST].database["DBInstanceStatus"] = "stopped"
    with pytest.raises(RuntimeError, match="superset-production is stopped"):
        two.promote()


@pytest.mark.parametrize("event", [{"dryrun": True}, {"dry_run": "yes"}, {"seconds": "30"}])
def test_a_misspelled_event_promotes_nothing(two: World, event: dict) -> None:
    with pytest.raises(RuntimeError, match="unknown keys|true or false"):
        two.promote(**event)
    assert operations(two) == []


def test_all_missing_variables_are_named_at_once(
    two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.promote(dry_run=True)
    monkeypatch.delenv("SUPERSET_CLUSTER")
    monkeypatch.delenv("SUPERSET_DOMAIN")
    with pytest.raises(RuntimeError, match="SUPERSET_DOMAIN, SUPERSET_CLUSTER"):
        Settings.from_environment()


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every path with the status that it ends with."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.rpartition("/")[2]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("status, raised", [(200, True), (404, False), (503, False)])
def test_a_fence_is_raised_only_where_it_answers_200(
    monkeypatch: pytest.MonkeyPatch, status: int, raised: bool
) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.handle_request, daemon=True).start()
    asked = []

    def plain(url: str, timeout: float) -> Any:
        asked.append(url)
        return open_url(f"http://127.0.0.1:{server.server_port}/{status}", timeout=60)

    open_url = urllib.request.urlopen
    monkeypatch.setattr("urllib.request.urlopen", plain)
    assert is_raised(DOMAIN, EAST, WEST) is raised
    assert asked == [f"https://{EAST}.{DOMAIN}/fence/{WEST}"]
    server.server_close()


def test_a_fence_that_does_not_answer_is_not_raised() -> None:
    assert is_raised("invalid", EAST, WEST) is False
