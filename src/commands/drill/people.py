"""People who sign in and save dashboards, one after the other, and remember what was acknowledged.

They are browsers in what matters here: the name is resolved as Route 53 answers somebody near a
region, the answer is kept for its TTL, a connection is used for as long as it works, and cookies
stay. After an error they try again over a new connection.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import urllib3

from commands.drill.resolver import Resolver

PAUSE_SECONDS = 0.5
TIMEOUT = urllib3.Timeout(connect=5, read=30)


class Refused(Exception):
    """An answer that is not the one that was asked for, or none."""


@dataclass(frozen=True)
class Write:
    """A dashboard that was saved, and Superset said so.

    :param region: whose load balancer answered
    :param sent: time.time() at which the request was sent
    :param acknowledged: when its answer was there
    """

    title: str
    region: str
    sent: float
    acknowledged: float


@dataclass(frozen=True)
class Failure:
    """Something that did not work."""

    at: float
    region: str
    what: str


@dataclass(frozen=True)
class Site:
    """How people reach Superset.

    :param place: IP address and region behind a load balancer's own name
    :param ca: file of the authority that its certificates are of
    """

    domain: str
    resolver: Resolver
    place: Callable[[str], tuple[str, str]]
    ca: str
    user: dict[str, str]


class Person:
    """One browser.

    :param near: regions by latency, the nearest first
    :param host: always this host instead of the shared name: somebody who goes to one region
    """

    def __init__(self, site: Site, near: Sequence[str], host: str = "") -> None:
        self._site = site
        self._near = tuple(near)
        self._host = host or site.domain
        self._cookies: dict[str, str] = {}
        self._token = ""
        self._pool: urllib3.HTTPSConnectionPool | None = None
        self._resolved: tuple[str, str] = ("", "")
        self._until = 0.0
        self.region = ""

    def save(self, title: str) -> Write:
        """A new dashboard. Refused: it is not known whether it was saved."""
        with self._signed_in():
            sent = time.time()
            self._call("POST", "/api/v1/dashboard/", 201, {"dashboard_title": title})
            return Write(title, self.region, sent, time.time())

    def read(self, path: str) -> dict[str, Any]:
        """What the API answers. Refused: nothing, or an error."""
        with self._signed_in():
            return self._call("GET", path, 200)

    def close(self) -> None:
        """Close the browser."""
        self._disconnect()

    @contextmanager
    def _signed_in(self) -> Iterator[None]:
        try:
            if not self._token:
                self._sign_in()
            yield
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._disconnect()
            raise Refused(f"{type(error).__name__}: {error}") from None

    def _sign_in(self) -> None:
        form = self._ask("GET", "/login/").data.decode()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form) or re.search(
            r'csrf_token(?:&#34;|"): (?:&#34;|")([^&"]+)', form
        )
        fields = {**self._site.user, "csrf_token": found[1] if found else ""}
        kind = "application/x-www-form-urlencoded"
        answer = self._ask("POST", "/login/", urlencode(fields), kind)
        if answer.status != 302:
            self._fail("login", answer)
        self._token = str(self._call("GET", "/api/v1/security/csrf_token/", 200)["result"])

    def _call(self, method: str, path: str, wanted: int, document: Any = None) -> dict[str, Any]:
        body = None if document is None else json.dumps(document)
        answer = self._ask(method, path, body, "application/json")
        if answer.status != wanted:
            self._fail(path, answer)
        return dict(answer.json())

    def _fail(self, what: str, answer: urllib3.BaseHTTPResponse) -> None:
        if answer.status in (400, 401, 403):
            # Signed out, by a region that does not know the session yet.
            self._token = ""
        self._disconnect()
        raise Refused(f"{what}: {answer.status} {answer.data[:200].decode(errors='replace')}")

    def _ask(
        self, method: str, path: str, body: str | None = None, kind: str = ""
    ) -> urllib3.BaseHTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {
            "Host": self._host,
            "Referer": f"https://{self._host}/",
            **({"Cookie": cookies} if cookies else {}),
            **({"Content-Type": kind} if body is not None else {}),
            **({"X-CSRFToken": self._token} if self._token else {}),
        }
        pool = self._connected()
        answer = pool.request(method, path, body=body, headers=headers, redirect=False)
        for line in answer.headers.getlist("Set-Cookie"):
            self._cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return answer

    def _connected(self) -> urllib3.HTTPSConnectionPool:
        if self._pool is None:
            if time.monotonic() > self._until:
                answer = self._site.resolver.answer(self._host, self._near)
                self._resolved = self._site.place(answer.target)
                self._until = time.monotonic() + answer.ttl
            address, self.region = self._resolved
            self._pool = urllib3.HTTPSConnectionPool(
                address,
                server_hostname=self._host,
                assert_hostname=self._host,
                ca_certs=self._site.ca,
                timeout=TIMEOUT,
                retries=False,
                maxsize=1,
            )
        return self._pool

    def _disconnect(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None


@dataclass
class Crowd:
    """People who save dashboards until it is over.

    :param name: begins the title of everything that they save
    """

    site: Site
    name: str
    writes: list[Write] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, near: Sequence[Sequence[str]], hosts: Sequence[str] = ()) -> None:
        """
        :param near: one person for each
        :param hosts: one more person for each, who goes there whatever DNS says
        """
        people = [Person(self.site, one) for one in near]
        people += [Person(self.site, (), host) for host in hosts]
        for person in people:
            number = len(self._threads)
            thread = threading.Thread(target=self._save, args=(person, number), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Everybody finishes what they do."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def acknowledged(self, region: str = "", since: float = 0) -> list[Write]:
        """What was acknowledged after a time, by a region or by any."""
        with self._guard:
            found = list(self.writes)
        return [w for w in found if w.acknowledged > since and region in ("", w.region)]

    def failed(self, region: str = "", since: float = 0) -> list[Failure]:
        """What did not work after a time, in a region or in any."""
        with self._guard:
            found = list(self.failures)
        return [f for f in found if f.at > since and region in ("", f.region)]

    def _save(self, person: Person, number: int) -> None:
        count = 0
        while not self._over.is_set():
            count += 1
            try:
                write = person.save(f"{self.name} {number}-{count}")
            except Refused as problem:
                with self._guard:
                    self.failures.append(Failure(time.time(), person.region, str(problem)))
            else:
                with self._guard:
                    self.writes.append(write)
            self._over.wait(PAUSE_SECONDS)
        person.close()
