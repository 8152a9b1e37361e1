"""Whether this process may write: a region that takes over as the writer fences all others first.

Every other region holds a fence against this one: a fixed answer of its load balancer, 200 while it
is raised. This region holds one too, while it takes over: until then its own writes still go to the
writer that is left. Each process asks for them every few seconds. Once one is raised, nothing that
this process has not yet committed is committed; whoever raised it waits longer than that takes.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

import urllib3

from superset_aws.settings import Settings, current

logger = logging.getLogger(__name__)

POLL_SECONDS = 5
ANSWER_SECONDS = 3

#: No other region answers for so long: this one is cut off.
ISOLATED_SECONDS = 30

#: A process that has not even asked for so long was stopped meanwhile, and knows nothing. Less than
#: whoever raises a fence waits.
STOPPED_SECONDS = 60

#: How often the log says so where writing goes on.
REMINDER_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """What is known of one fence.

    :param at: when it answered last; None: never
    :param raised: what it said then
    :param asked: when it was last waited for, answer or not; None: never
    :param taken: whether this region holds a raised fence against that silent one: somebody has
        decided that it takes over, and waits for no answer
    """

    at: float | None = None
    raised: bool = False
    asked: float | None = None
    taken: bool = False


def refusal(
    seen: Mapping[str, Seen], now: float, stop_when_isolated: bool, own: str = ""
) -> str | None:
    """Why nothing may be written.

    A fence that was raised stays so until it says otherwise. Whoever has had no answer at all since
    it began may be cut off: it must not write for another while after each restart.

    :param seen: by the region that holds the fence
    :param own: this region, which sees itself even when it is cut off
    """
    raising = sorted(region for region, one in seen.items() if one.raised)
    if raising:
        return f"{' and '.join(raising)} fenced this region: the writer is elsewhere, or soon"
    if any(one.asked is not None and now - one.asked > STOPPED_SECONDS for one in seen.values()):
        return "this process stood still, and has not asked yet who is the writer now"
    if stop_when_isolated and is_isolated(seen, now, own):
        return "no other region answers: this one may have been replaced as the writer"
    return None


def is_isolated(seen: Mapping[str, Seen], now: float, own: str = "") -> bool:
    """Whether no other region answers, of those that this one has not taken over from."""
    others = [one for region, one in seen.items() if region != own and not one.taken]
    return bool(others) and all(one.at is None or now - one.at > ISOLATED_SECONDS for one in others)


class Fence:
    """What the other regions say, in this process.

    :param fences: region to address of the fence that it holds against ours
    :param held: region to address of the fence that ours holds against it
    :param asker: makes what asks an address for its status, which raises without an answer; each
        thread has its own, because connections survive no fork
    :param own: this region
    """

    def __init__(
        self,
        fences: Mapping[str, str],
        stop_when_isolated: bool,
        asker: Callable[[], Callable[[str], int]],
        own: str = "",
        held: Mapping[str, str] | None = None,
    ) -> None:
        self._fences = fences
        self._held = held or {}
        self._own = own
        self._stop = stop_when_isolated
        self._asker = asker
        self._pid = 0
        self._guard = threading.Lock()
        self._seen: dict[str, Seen] = {}
        self._first: dict[str, threading.Event] = {}
        self._refusal: str | None = None
        self._reminded_at = float("-inf")

    def refusal(self) -> str | None:
        """Why nothing may be written; None where it may."""
        if not self._fences:
            return None
        self.watch()
        return self._judge()

    def _judge(self) -> str | None:
        reason = refusal(self._seen, time.monotonic(), self._stop, self._own)
        if reason != self._refusal:
            self._refusal = reason
            logger.warning(f"writes are refused: {reason}" if reason else "writes are allowed")
        return reason

    def watch(self) -> None:
        """Begin to ask, once in each process, and wait for the first answers: a task that starts
        in a fenced region must not write before it knows."""
        if self._pid == os.getpid():
            return
        with self._guard:
            if self._pid == os.getpid():
                return
            self._seen = {region: Seen() for region in self._fences}
            first = {region: threading.Event() for region in self._fences}
            for region, url in self._fences.items():
                arguments = (region, url, first[region])
                threading.Thread(
                    target=self._poll, args=arguments, name=f"fence-{region}", daemon=True
                ).start()
            end = time.monotonic() + 2 * ANSWER_SECONDS
            for event in first.values():
                event.wait(max(0.0, end - time.monotonic()))
            self._pid = os.getpid()

    def _poll(self, region: str, url: str, first: threading.Event) -> None:
        ask = self._asker()
        while True:
            began = time.monotonic()
            try:
                raised = ask(url) == 200
                now = time.monotonic()
                self._seen[region] = Seen(now, raised, now)
            except Exception as problem:
                logger.info("no answer from %s: %s", url, problem)
                taken = self._has_taken_over_from(region, ask)
                self._seen[region] = replace(
                    self._seen[region], asked=time.monotonic(), taken=taken
                )
            first.set()
            self._remind()
            self._judge()
            time.sleep(max(0.0, began + POLL_SECONDS - time.monotonic()))

    def _has_taken_over_from(self, region: str, ask: Callable[[str], int]) -> bool:
        try:
            return region in self._held and ask(self._held[region]) == 200
        except Exception as problem:
            logger.info("no answer from %s: %s", self._held[region], problem)
            return False

    def _remind(self) -> None:
        now = time.monotonic()
        asked = all(one.asked is not None for one in self._seen.values())
        if self._stop or not asked or not is_isolated(self._seen, now, self._own):
            return
        if now - self._reminded_at >= REMINDER_SECONDS:
            self._reminded_at = now
            logger.warning("no other region answers; writing goes on (stop_writes_when_isolated)")


def over_https(authorities: str) -> Callable[[str], int]:
    """Asks over verified TLS."""
    pool = urllib3.PoolManager(
        ca_certs=authorities,
        timeout=urllib3.Timeout(total=ANSWER_SECONDS),
        retries=False,
    )
    return lambda url: int(pool.request("GET", url, redirect=False).status)


def made(settings: Settings) -> Fence:
    """From the environment."""
    addresses = {one["region"]: one["url"] for one in settings.fences}
    held = {one["region"]: one["held"] for one in settings.fences if "held" in one}
    asker = partial(over_https, str(settings.sources_ca))
    return Fence(addresses, settings.stop_writes_when_isolated, asker, settings.region, held)


@cache
def fence() -> Fence:
    """The one of this process."""
    return made(current())
