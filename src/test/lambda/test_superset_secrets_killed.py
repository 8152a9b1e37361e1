"""Kills the function at every single AWS call and runs it again.

Whatever the point: nothing is generated twice, clients can log in all along (the database's
password is current or pending in every region that can be reached), and the next run heals.
"""

import contextlib
import json
from collections import defaultdict

import boto3
import pytest
from moto import mock_aws
from secrets_world import OTHER, WRITER, Killed, Recorder, World
from test_superset_secrets import CREDENTIALS, KEY, assert_settled

from superset_secrets.values import KINDS

CALLS_ELSEWHERE = 8
"""Calls that a rotation of the database's password makes in the one other region."""


class Watch:
    """Everything that was stored or given to the database, over all runs."""

    def __init__(self, world: World, recorder: Recorder) -> None:
        self._world = world
        self._stored: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.given: list[str] = []
        recorder.hook = self.see

    def see(self, call) -> None:
        if call.operation == "PutSecretValue":
            parameters = call.parameters
            key = (parameters["SecretId"], parameters["ClientRequestToken"])
            self._stored[key].add(parameters["SecretString"])
        if call.operation == "ModifyDBInstance":
            self.given.append(call.parameters["MasterUserPassword"])

    def assert_generated_once(self, generations: int) -> None:
        assert {key: len(values) for key, values in self._stored.items()} == dict.fromkeys(
            self._stored, 1
        )
        assert len(set(self.given)) <= generations

    def assert_login_works(self, first: bool) -> None:
        """Containers try current, then pending."""
        password = self._world.password_of_database()
        if first and password == "throw-away":
            return
        for region in (WRITER, OTHER):
            known = [
                self._world.value(region, CREDENTIALS, stage)
                for stage in ("AWSCURRENT", "AWSPENDING")
            ]
            assert password in [value["password"] for value in known if value]


def prepare(
    monkeypatch: pytest.MonkeyPatch,
    recorder: Recorder,
    version: int,
    names: tuple[str, ...] = tuple(KINDS),
) -> World:
    """Both regions deployed, and the versions before `version` filled."""
    recorder.fresh()
    world = World(monkeypatch, recorder)
    for region in (WRITER, OTHER):
        world.deploy_region(region)
    world.create_database()
    for earlier in range(1, version):
        world.invoke(WRITER, dict.fromkeys(names, earlier))
    recorder.fresh()
    return world


def test_every_cut_of_a_first_fill_heals(
    monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    cuts = 0
    while kill_and_heal(monkeypatch, recorder, 1, cuts, (CREDENTIALS, KEY)):
        cuts += 1
    assert cuts > 25


def test_every_cut_of_a_rotation_heals(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    cuts = 0
    while kill_and_heal(monkeypatch, recorder, 2, cuts, (CREDENTIALS,)):
        cuts += 1
    assert cuts > 15


def kill_and_heal(
    monkeypatch: pytest.MonkeyPatch,
    recorder: Recorder,
    version: int,
    cut: int,
    names: tuple[str, ...],
) -> bool:
    """One cut, after call number `cut` took effect; False once the run is shorter than that."""
    wanted = dict.fromkeys(names, version)
    with mock_aws():
        world = prepare(monkeypatch, recorder, version, names)
        watch = Watch(world, recorder)
        recorder.kill_after = cut
        try:
            world.invoke(WRITER, wanted)
        except Killed:
            pass
        else:
            return False
        watch.assert_login_works(first=version == 1)
        recorder.kill_after = None
        world.invoke(WRITER, wanted)
        watch.assert_generated_once(version)
        assert_settled(world, version, names=names)
        assert watch.given[-1] == world.password_of_database()
        assert world.writer_parameter(WRITER)["region"] == WRITER
        return True


def test_killed_twice_in_one_rotation(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """The healing run is killed as well."""
    for first in range(4, 20, 5):
        for second in range(3, 20, 5):
            with mock_aws():
                world = prepare(monkeypatch, recorder, 2, (CREDENTIALS,))
                watch = Watch(world, recorder)
                for cut in (first, second):
                    recorder.calls.clear()
                    recorder.kill_after = cut
                    with contextlib.suppress(Killed):
                        world.invoke(WRITER, {CREDENTIALS: 2})
                    watch.assert_login_works(first=False)
                recorder.kill_after = None
                world.invoke(WRITER, {CREDENTIALS: 2})
                watch.assert_generated_once(2)
                assert_settled(world, 2, names=(CREDENTIALS,))


def test_every_cut_of_a_copy_heals(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    cut = 0
    while True:
        with mock_aws():
            world = prepare(monkeypatch, recorder, 1)
            recorder.refused = {OTHER}
            world.invoke(WRITER)
            recorder.refused = set()
            recorder.fresh()
            recorder.kill_after = cut
            try:
                world.invoke(OTHER)
            except Killed:
                recorder.kill_after = None
                world.invoke(OTHER)
                assert_settled(world)
                assert world.writer_parameter(OTHER) == world.writer_parameter(WRITER)
                assert recorder.of("ModifyDBInstance") == []
                cut += 1
                continue
        break
    assert cut > 15


def test_an_unfinished_rotation_is_finished_before_the_next(
    monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    """The database may have the pending password already: it must not be dropped."""
    with mock_aws():
        world = prepare(monkeypatch, recorder, 2)

        def kill(call) -> None:
            if call.operation == "ModifyDBInstance":
                raise Killed

        recorder.hook = kill
        with pytest.raises(Killed):
            world.invoke(WRITER, {CREDENTIALS: 2})
        pending = world.value(WRITER, CREDENTIALS, "AWSPENDING")
        watch = Watch(world, recorder)
        world.invoke(WRITER, 3)
        assert watch.given[0] == pending["password"]
        assert watch.given[-1] == world.value(OTHER, CREDENTIALS)["password"] != watch.given[0]
        assert_settled(world, 3)


def test_a_region_that_dies_during_a_rotation_is_reported_and_healed(
    monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    for calls in range(1, CALLS_ELSEWHERE):
        with mock_aws():
            world = prepare(monkeypatch, recorder, 2, (CREDENTIALS,))
            seen = 0

            def die(call, calls: int = calls, world: World = world) -> None:
                nonlocal seen
                seen += call.region == OTHER
                if seen == calls:
                    recorder.refused = {OTHER}

            recorder.hook = die
            result = world.invoke(WRITER, {CREDENTIALS: 2})
            assert result["skipped_regions"] == [OTHER]
            assert_settled(world, 2, regions=(WRITER,), names=(CREDENTIALS,))
            recorder.fresh()
            recorder.refused = set()
            world.invoke(WRITER, {CREDENTIALS: 2})
            assert_settled(world, 2, names=(CREDENTIALS,))


def test_no_value_is_logged_by_killed_or_failed_runs(
    monkeypatch: pytest.MonkeyPatch, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    with mock_aws():
        world = prepare(monkeypatch, recorder, 2)
        boto3.client("rds", region_name=WRITER).stop_db_instance(
            DBInstanceIdentifier="superset-production"
        )
        with pytest.raises(RuntimeError, match="is stopped") as error:
            world.invoke(WRITER, 2)
        stored = [
            value
            for name in KINDS
            for stage in ("AWSCURRENT", "AWSPENDING")
            for key, value in (world.value(WRITER, name, stage) or {}).items()
            if key != "username" and value
        ]
        output = (
            "".join(capsys.readouterr()) + str(error.value) + json.dumps(world.labels(WRITER, KEY))
        )
        assert len(stored) >= 3
        assert [value for value in stored if value in output] == []
