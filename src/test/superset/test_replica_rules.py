"""When a replica may be read, what a position says, and which requests and statements read."""

import pytest

from superset_aws.database.positions import Position, report, written
from superset_aws.database.read_requests import changes_permissions, is_known_to_read
from superset_aws.database.replica_lag import RETURN_SECONDS, SILENCE_SECONDS, Lag
from superset_aws.database.writer_connection import is_read


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class World:
    """A writer and a replica, asked as the threads do."""

    def __init__(self, most: float = 10) -> None:
        self.clock = Clock()
        self.lag = Lag(most, self.clock)
        self.writer = Position(1, 1000)
        self.replica: Position | None = Position(1, 1000)

    def second(self, writer: bool = True, replica: bool = True) -> bool:
        """A second passes; both are asked, in the order of their answers. May it be read?"""
        asked_at = self.clock.now
        self.clock.now += 1
        if writer:
            self.lag.written(asked_at, self.writer)
        if replica:
            self.lag.replayed(self.replica)
        return self.lag.is_readable()

    def write(self) -> None:
        self.writer = Position(self.writer.timeline, self.writer.lsn + 100)

    def follow(self) -> None:
        self.replica = self.writer


def test_a_replica_is_read_as_long_as_it_follows() -> None:
    world = World()
    for _ in range(100):
        world.write()
        world.follow()
        assert world.second()


def test_a_replica_of_a_writer_that_writes_nothing_is_read() -> None:
    world = World()
    assert all(world.second() for _ in range(1000))


def test_nobody_reads_before_it_is_known_how_far_the_replica_is() -> None:
    world = World()
    assert not world.lag.is_readable()
    world.write()
    assert not world.second()
    world.follow()
    assert world.second()


def test_a_replica_that_is_further_behind_than_allowed_is_left_and_taken_up_again() -> None:
    world = World(most=10)
    assert world.second()
    readable = []
    for _ in range(20):
        world.write()
        readable.append(world.second())
    assert readable == [True] * 9 + [False] * 11
    # It follows again, but not closely enough that nobody would go back in time.
    behind = world.writer
    for _ in range(5):
        world.write()
        world.second()
    world.replica = behind
    assert not world.second()
    seconds = world.lag.seconds()
    assert seconds is not None
    assert RETURN_SECONDS < seconds < 10
    world.follow()
    assert world.second()


def test_while_the_writer_does_not_answer_the_replica_is_read_however_old_it_is() -> None:
    world = World()
    assert world.second()
    for _ in range(3600):
        assert world.second(writer=False)
    world.lag.lost_writer()
    assert world.lag.is_readable()


def test_a_replica_that_does_not_answer_is_not_read() -> None:
    world = World()
    assert world.second()
    readable = [world.second(replica=False) for _ in range(int(SILENCE_SECONDS) + 2)]
    assert readable[0] and not readable[-1]
    assert world.second()
    world.lag.lost_replica()
    assert not world.lag.is_readable()


@pytest.mark.parametrize("ahead", [-500, 0, 500])
def test_a_replica_of_another_writer_is_not_read(ahead: int) -> None:
    """After a promotion elsewhere it follows the old one, whose log goes on from the same place."""
    world = World()
    assert world.second()
    world.replica = Position(1, 2000 + ahead)
    world.writer = Position(2, 2000)
    assert not any(world.second() for _ in range(100))


def test_a_replica_of_a_former_writer_is_not_read_while_the_present_one_does_not_answer() -> None:
    world = World()
    assert world.second()
    assert world.second(writer=False)
    world.writer = Position(2, 2000)
    assert not world.second()
    assert world.lag.follows_former()
    assert not any(world.second(writer=False) for _ in range(100))
    # It is rebuilt.
    world.replica = Position(2, 2000)
    assert world.second(writer=False)
    assert not world.lag.follows_former()


def test_a_replica_is_read_that_is_ahead_of_what_is_known_of_the_writer() -> None:
    """It was rebuilt from a new writer that has not answered here yet."""
    world = World()
    assert world.second()
    world.replica = Position(2, 2000)
    assert not world.second()
    for _ in range(int(SILENCE_SECONDS) + 1):
        world.second(writer=False)
    assert world.lag.is_readable()


def test_what_was_promoted_is_no_replica() -> None:
    world = World()
    assert world.second()
    world.replica = None
    assert not world.second()


def test_a_replica_has_what_it_replayed_and_all_of_older_timelines() -> None:
    world = World()
    world.replica = Position(2, 500)
    world.second()
    assert world.lag.has(Position(2, 500))
    assert world.lag.has(Position(1, 9000))
    assert not world.lag.has(Position(2, 501))
    assert not world.lag.has(Position(3, 1))


def test_a_position_is_read_as_it_is_written() -> None:
    position = Position(11, 0x1_6B37_48A0)
    assert str(position) == "B:1/6B3748A0"
    assert Position.parse(str(position)) == position
    for text in ("", "1", "1:2", "1:2/3/4", "x:1/2", "1:1/2 ", "-1:1/2", "1:1/123456789"):
        with pytest.raises(ValueError, match="no position"):
            Position.parse(text)


@pytest.mark.parametrize(
    ("insert", "end"),
    [
        (0x4000000 + 24, 0x4000000),  # behind the header of a page
        (0x5000000 + 40, 0x5000000),  # behind the one of a segment
        (0x4000000 + 48, 0x4000000 + 48),
        (0x4000000 - 8, 0x4000000 - 8),
        (0x4000000, 0x4000000),
    ],
)
def test_the_header_of_a_page_is_nothing_that_a_replica_lacks(insert: int, end: int) -> None:
    assert written(insert) == end


@pytest.mark.parametrize(
    ("method", "path", "reads"),
    [
        ("GET", "/superset/dashboard/1/", True),
        ("GET", "/api/v1/dashboard/1", True),
        ("HEAD", "/health", True),
        ("POST", "/api/v1/chart/data", True),
        ("POST", "/api/v1/chart/data?form_data=1", True),
        ("POST", "/superset/log/", True),
        ("POST", "/api/v1/dashboard/7/filter_state", True),
        ("PUT", "/api/v1/dashboard/7", False),
        ("POST", "/api/v1/chart/", False),
        ("DELETE", "/api/v1/chart/1", False),
        ("POST", "/api/v1/sqllab/execute/", False),
        ("POST", "/api/v1/security/login", False),
        ("GET", "/login/", True),
        ("POST", "/login/", False),
        ("GET", "/oauth-authorized/google", False),
        ("GET", "/logout/", False),
    ],
)
def test_what_is_not_known_to_read_goes_to_the_writer(method: str, path: str, reads: bool) -> None:
    assert is_known_to_read(method, path, with_redis=True) is reads


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/api/v1/dashboard/7", False),
        ("/api/v1/menu/", False),
        ("/api/v1/security/users/", True),
        ("/api/v1/me/", True),
        ("/users/edit/1", True),
        ("/roles/add", True),
        ("/login/", True),
    ],
)
def test_who_changes_permissions_reads_them_from_the_writer(path: str, changes: bool) -> None:
    assert changes_permissions(path) is changes


def test_without_redis_the_state_of_filters_is_written() -> None:
    assert not is_known_to_read("POST", "/api/v1/dashboard/7/filter_state", with_redis=False)


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("  select 1", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        (b"SELECT 1", True),
        ("SET search_path TO x", True),
        ("ROLLBACK", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("WITH a AS (DELETE FROM b RETURNING 1) SELECT * FROM a", False),
        ("INSERT INTO a VALUES (1)", False),
        (b"UPDATE a SET b = 1", False),
        ("DELETE FROM a", False),
        ("CREATE TABLE a (b int)", False),
        ("COMMIT", False),
        ("-- a comment\nSELECT 1", False),
        ("", False),
        (object(), False),
    ],
)
def test_what_is_not_known_to_read_passes_the_gate(statement: object, reads: bool) -> None:
    assert is_read(statement) is reads


def test_what_is_missing_is_known_only_of_the_same_timeline() -> None:
    replica = Position(1, 0x16B3748)
    assert report(Position(1, 0x16B3748), replica, 80.0) == {
        "writer": "0/16B3748",
        "replica": "0/16B3748",
        "bytes": 0,
        "seconds": 0.0,
        "caught_up": True,
    }
    behind = report(Position(1, 0x16B3848), replica, 2.5)
    assert (behind["bytes"], behind["seconds"], behind["caught_up"]) == (256, 2.5, False)
    other = report(Position(2, 0x100), replica, 2.5)
    assert (other["bytes"], other["caught_up"]) == (None, False)
    alone = report(None, replica, None)
    assert (alone["writer"], alone["bytes"], alone["seconds"]) == (None, None, None)
    assert alone["caught_up"] is False
