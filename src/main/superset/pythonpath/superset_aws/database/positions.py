"""Positions in PostgreSQL's log: what was written, and what a replica has replayed.

Everything that was committed before a position was asked of the writer is in a replica that has
replayed up to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

#: Bytes of a page of the log, and the most that a page's header takes (PostgreSQL's xlog.h).
_PAGE = 8192
_HEADER = 40

#: Asks the writer.
WRITER = """
SELECT ('x' || left(pg_walfile_name(at), 8))::bit(32)::int, at - '0/0'::pg_lsn
FROM pg_current_wal_insert_lsn() AS at
"""

#: While nothing is received, the timeline of the last restart point. pg_monitor sees the former.
_REPLICA = """
SELECT pg_is_in_recovery(),
  coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
           (SELECT timeline_id FROM pg_control_checkpoint())),
  pg_last_wal_replay_lsn() - '0/0'::pg_lsn
"""


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log. A promotion begins a new timeline, which contains what came before."""

    timeline: int
    lsn: int

    @classmethod
    def parse(cls, text: str) -> Position:
        """What str() wrote; raises ValueError."""
        found = re.fullmatch(r"([0-9A-F]{1,8}):([0-9A-F]{1,8})/([0-9A-F]{1,8})", text)
        if found is None:
            raise ValueError(f"{text!r} is no position")
        timeline, high, low = (int(part, 16) for part in found.groups())
        return cls(timeline, high << 32 | low)

    def __str__(self) -> str:
        """Timeline and log sequence number, as PostgreSQL writes it."""
        return f"{self.timeline:X}:{self.text}"

    @property
    def text(self) -> str:
        """The log sequence number alone."""
        return f"{self.lsn >> 32:X}/{self.lsn & 0xFFFFFFFF:X}"


def written(lsn: int) -> int:
    """What a replica that has replayed everything reports, for an insert position.

    After a record that fills its page, the insert position is behind the next page's header, and
    the replica's is before it. No record ends inside of a header.
    """
    rest = lsn % _PAGE
    return lsn - rest if rest <= _HEADER else lsn


def of_writer(connection: Any) -> Position:
    """Up to where the writer has written."""
    with connection.cursor() as cursor:
        cursor.execute(WRITER)
        return from_writer(cursor.fetchone())


def from_writer(row: tuple[Any, ...]) -> Position:
    """What WRITER answered."""
    timeline, lsn = row
    return Position(timeline, written(int(lsn)))


def of_replica(connection: Any) -> Position | None:
    """Up to where a replica has replayed; None when it is none."""
    with connection.cursor() as cursor:
        cursor.execute(_REPLICA)
        in_recovery, timeline, lsn = cursor.fetchone()
    return Position(timeline, int(lsn)) if in_recovery and lsn is not None else None


def report(writer: Position | None, replica: Position, age: float | None) -> dict[str, Any]:
    """What is said.

    :param writer: None when it does not answer: then nothing is known of what is missing
    :param replica: of the region's own database
    :param age: seconds since the last transaction that it replayed; None: there was none
    """
    caught_up = writer is not None and writer <= replica
    missing = 0 if caught_up else None
    if writer is not None and not caught_up and writer.timeline == replica.timeline:
        missing = writer.lsn - replica.lsn
    return {
        "writer": writer.text if writer else None,
        "replica": replica.text,
        "bytes": missing,
        "seconds": 0.0 if caught_up else age,
        "caught_up": caught_up,
    }
