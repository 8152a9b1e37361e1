"""Asks the writer and the replica for their positions, once a second in each web process.

In threads of their own: a database that hangs holds up no request.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from superset_aws.database import positions
from superset_aws.database.metadata import Connector
from superset_aws.database.positions import Position
from superset_aws.database.replica_lag import Lag

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0

#: Between two questions about whether somebody's write has arrived.
_SOON_SECONDS = 0.02

#: A request waits so long for another one's question.
_TURN_SECONDS = 0.5


class Probe:
    """One connection, asked again and again.

    :param address: where the database is now; a promotion changes it
    :param take: gets what was asked, and when
    """

    def __init__(
        self,
        name: str,
        address: Callable[[], Any],
        connect: Callable[[], Any],
        ask: Callable[[Any], Any],
        take: Callable[[float, Any], None],
        lost: Callable[[], None],
    ) -> None:
        self._name = name
        self._address = address
        self._connect = connect
        self._ask = ask
        self._take = take
        self._lost = lost
        self._connection: Any = None
        self._connected_to: Any = None
        self._turn = threading.Lock()
        self._asked_at = float("-inf")
        self._failed = False

    def run(self) -> None:
        """For ever."""
        while True:
            with self._turn:
                self.ask()
            time.sleep(POLL_SECONDS)

    def now(self) -> None:
        """Ask at once, unless somebody has just asked."""
        if self._failed or not self._turn.acquire(timeout=_TURN_SECONDS):
            return
        try:
            if time.monotonic() - self._asked_at > _SOON_SECONDS:
                self.ask()
        finally:
            self._turn.release()

    def ask(self) -> None:
        """Once; what goes wrong is logged when it begins."""
        self._asked_at = time.monotonic()
        try:
            address = self._address()
            if self._connection is not None and address != self._connected_to:
                self._close()
            if self._connection is None:
                self._connected_to = address
                self._connection = self._connect()
                self._connection.autocommit = True
            self._take(self._asked_at, self._ask(self._connection))
        except Exception as problem:
            self._close()
            self._lost()
            if not self._failed:
                logger.warning("the %s does not answer: %s", self._name, problem)
            self._failed = True
        else:
            if self._failed:
                logger.warning("the %s answers again", self._name)
            self._failed = False

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()
        self._connection = None


class Replica:
    """The replica that this process reads from, and whether it may."""

    def __init__(self, connector: Connector, most_lag: float) -> None:
        self._connector = connector
        self._most_lag = most_lag
        self._guard = threading.Lock()
        self._pid = 0
        self._lag: Lag
        self._replayed: Probe
        self._was_readable: bool | None = None

    def is_there(self) -> bool:
        """Whether there is another database to read from than the writer."""
        return self._connector.replica() is not None

    def may_be_read(self, mark: Position | None) -> bool:
        """Whether a request may read from it, all of it.

        :param mark: what it has to have replayed, while the writer answers
        """
        self.watch()
        readable = self._lag.is_readable()
        self._say(readable)
        if not readable or mark is None or not self._lag.writer_answers():
            return readable
        if not self._lag.has(mark):
            self._replayed.now()
        return self._lag.has(mark)

    def may_stand_in(self) -> bool:
        """Whether it may be read in the place of a writer that cannot be reached: not when it
        follows a former one."""
        return self._pid != os.getpid() or not self._lag.follows_former()

    def lost(self) -> None:
        """A connection to it failed just now."""
        self._lag.lost_replica()

    def watch(self) -> None:
        """Begin to ask, once in each process."""
        if self._pid == os.getpid():
            return
        with self._guard:
            if self._pid == os.getpid():
                return
            lag = Lag(self._most_lag, time.monotonic)
            self._lag = lag
            self._replayed = Probe(
                "replica",
                self._connector.replica,
                self._connector.connect_to_replica,
                positions.of_replica,
                lambda asked_at, position: lag.replayed(position),
                lag.lost_replica,
            )
            written = Probe(
                "writer",
                self._connector.writer.address,
                self._connector.connect_to_writer,
                positions.of_writer,
                lag.written,
                lag.lost_writer,
            )
            for probe in (self._replayed, written):
                threading.Thread(target=probe.run, name="replica", daemon=True).start()
            self._pid = os.getpid()

    def _say(self, readable: bool) -> None:
        if readable != self._was_readable:
            self._was_readable = readable
            where = "the replica" if readable else "the writer"
            logger.info("reads go to %s", where, extra={"lag": self._lag.seconds()})
