"""How far a replica is behind the writer, from positions of both.

No clock of a database is compared, and nothing is written to measure: what the writer had written
when it was asked is in a replica that has replayed up to there. So while nothing is written a
replica is as fresh as the last question, and one that follows a former writer, on an older
timeline, is never fresh: what it has may never have come to ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from superset_aws.database.positions import Position

#: Who was last heard so many seconds ago, or longer, does not answer.
SILENCE_SECONDS = 6.0

#: A replica that was left is read again once it is this near: who has just read from the writer
#: should not go back in time.
RETURN_SECONDS = 4.0

#: Answers of the writer that are kept while a replica does not follow.
_KEPT = 600


class Lag:
    """What is known of one replica and the writer, in one process.

    :param most: seconds; a replica that is further behind is not read
    :param now: seconds of a clock that only goes forward
    """

    def __init__(self, most: float, now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._written: deque[tuple[float, Position]] = deque(maxlen=_KEPT)
        self._replayed: Position | None = None
        self._written_at = self._replayed_at = float("-inf")
        self._read = False

    def written(self, asked_at: float, position: Position) -> None:
        """The writer's answer."""
        self._written.append((asked_at, position))
        self._written_at = self._now()
        self._forget()

    def replayed(self, position: Position | None) -> None:
        """The replica's answer; None when it is no replica any more."""
        self._replayed = position
        self._replayed_at = self._now()
        self._forget()

    def lost_writer(self) -> None:
        """The writer did not answer."""
        self._written_at = float("-inf")

    def lost_replica(self) -> None:
        """The replica did not answer."""
        self._replayed_at = float("-inf")

    def writer_answers(self) -> bool:
        """Whether the writer did lately."""
        return self._now() - self._written_at < SILENCE_SECONDS

    def replica_answers(self) -> bool:
        """Whether the replica did lately."""
        return self._now() - self._replayed_at < SILENCE_SECONDS

    def seconds(self) -> float | None:
        """At most so much is missing; None: unknown, or the replica follows another writer."""
        if self._replayed is None or not self._written:
            return None
        if self._written[-1][1].timeline != self._replayed.timeline:
            return None
        asked_at, position = self._written[0]
        return self._now() - asked_at if self._is_in(position) else None

    def is_readable(self) -> bool:
        """Whether reads may go to the replica. They do while the writer does not answer, however
        far it is behind: there is nothing better. Unless the writer was another one meanwhile."""
        self._read = self._judged()
        return self._read

    def follows_former(self) -> bool:
        """Whether the replica is seen on an older timeline than the writer was: it follows one from
        before a promotion."""
        if self._replayed is None or not self._written:
            return False
        return self._replayed.timeline < self._written[-1][1].timeline

    def has(self, position: Position) -> bool:
        """Whether the replica has replayed up to there."""
        return self._replayed is not None and position <= self._replayed

    def _judged(self) -> bool:
        if not self.replica_answers():
            return False
        if not self.writer_answers():
            return not self.follows_former()
        seconds = self.seconds()
        most = self._most if self._read else min(self._most, RETURN_SECONDS)
        return seconds is not None and seconds <= most

    def _is_in(self, position: Position) -> bool:
        replayed = self._replayed
        return (
            replayed is not None
            and position.timeline == replayed.timeline
            and position.lsn <= replayed.lsn
        )

    def _forget(self) -> None:
        """Keep the newest answer that the replica has caught up with, and those after it."""
        while len(self._written) > 1 and self._is_in(self._written[1][1]):
            self._written.popleft()
