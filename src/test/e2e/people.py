"""People who use a deployed Superset over HTTP, without a browser: steady load for rollouts."""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import requests
from deployments import Deployment
from emulators import Emulator

from commands.plane import connect, host_of_database

PAUSE_SECONDS = 0.25
#: The advisory lock that long queries wait for.
GATE = 4711
TIMEOUT_SECONDS = 180


def admin(production: Deployment) -> dict[str, str]:
    """Name and password, as the operator reads them."""
    return secret(production.emulator, "superset/admin")


def secret(emulator: Emulator, name: str, region: str = "us-east-1") -> dict[str, str]:
    """The value of a secret."""
    secrets = emulator.client("secretsmanager", region)
    value: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    return value


def visited(production: Deployment, region: str) -> dict[str, Any]:
    """What the region's canary says when it is invoked as EventBridge Scheduler does."""
    functions = production.emulator.client("lambda", region)
    answer = functions.invoke(FunctionName="superset-canary", Payload=b"{}")
    result: dict[str, Any] = json.load(answer["Payload"])
    assert "FunctionError" not in answer, result
    return result


def database(production: Deployment, region: str) -> "psycopg2.extensions.connection":
    """A connection to a region's metadata database, each statement a transaction."""
    plane = production.emulator.plane()
    value = secret(production.emulator, "superset/db-credentials")
    host = host_of_database(plane, region, production.environment.platform)
    connection = connect(plane, host, value)
    connection.autocommit = True
    return connection


class Person:
    """One browser's worth of cookies and one connection that is kept open."""

    def __init__(self, plane: dict[str, Any], host: str) -> None:
        port = plane["url"].rpartition(":")[2]
        self._url = f"https://127.0.0.1:{port}"
        self._session = requests.Session()
        self._session.trust_env = False  # or a REQUESTS_CA_BUNDLE would win over `verify`
        self._session.verify = plane["ca"]
        self._session.headers["Host"] = f"{host}.localhost:{port}"
        self._session.headers["Referer"] = f"https://{host}.localhost:{port}/"

    def get(self, path: str) -> requests.Response:
        return self._session.get(self._url + path, timeout=TIMEOUT_SECONDS, allow_redirects=False)

    def log_in(self, user: dict[str, str]) -> None:
        """With the form; the cookie jar keeps the session and the load balancer's stickiness."""
        form = self.get("/login/")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text) or re.search(
            r'csrf_token&#34;: &#34;([^&]+)&#34;|"csrf_token": "([^"]+)"', form.text
        )
        answer = self._session.post(
            f"{self._url}/login/",
            data={**user, "csrf_token": next(filter(None, token.groups())) if token else ""},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        assert answer.status_code == 302, answer.text[:500]
        assert self.get("/api/v1/me/").status_code == 200

    def long_query(self) -> requests.Response:
        """A query whose request stays open until the gate does."""
        token = self.get("/api/v1/security/csrf_token/").json()["result"]
        databases = self.get("/api/v1/database/").json()["result"]
        (database,) = [one["id"] for one in databases if one["database_name"] == "examples"]
        return self._session.post(
            f"{self._url}/api/v1/sqllab/execute/",
            json={
                "database_id": database,
                "sql": f"SELECT 1 AS one FROM pg_advisory_xact_lock_shared({GATE})",
                "runAsync": False,
                "client_id": secrets.token_hex(5),
            },
            headers={"X-CSRFToken": token},
            timeout=TIMEOUT_SECONDS,
        )


@dataclass
class Load:
    """People who go on using Superset until it is over; everything that was not right.

    One of them waits for a long query, again and again.

    :param gate: a connection to the database that the query is put to
    :param query_seconds: what the query takes
    """

    plane: dict[str, Any]
    host: str
    user: dict[str, str]
    gate: "psycopg2.extensions.connection"
    query_seconds: float
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, readers: int) -> None:
        """
        :param readers: people who open pages
        """
        acts = [self._read] * readers + [self._wait]
        people = []
        for _ in acts:
            person = Person(self.plane, self.host)
            person.log_in(self.user)
            people.append(person)
        for person, act in zip(people, acts, strict=True):
            thread = threading.Thread(target=self._run, args=(person, act), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Everybody finishes what they do."""
        self._over.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT_SECONDS)

    def _run(self, person: Person, act: Callable[[Person], None]) -> None:
        while not self._over.is_set():
            act(person)

    def _read(self, person: Person) -> None:
        for path in ("/superset/dashboard/examples-sales/", "/api/v1/dashboard/1", "/health"):
            self._note(path, lambda path=path: person.get(path))
            self._over.wait(PAUSE_SECONDS)

    def _wait(self, person: Person) -> None:
        self._ask_the_gate("pg_advisory_lock")
        opens = threading.Timer(self.query_seconds, self._ask_the_gate, ["pg_advisory_unlock"])
        opens.start()
        self._note("a long query", person.long_query)
        opens.join()

    def _ask_the_gate(self, function: str) -> None:
        with self.gate.cursor() as cursor:
            cursor.execute(f"SELECT {function}({GATE})")

    def _note(self, what: str, ask: Callable[[], requests.Response]) -> None:
        at = time.strftime("%H:%M:%S")
        try:
            answer = ask()
            problem = (
                "" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:200]}"
            )
        except requests.RequestException as error:
            problem = f"{type(error).__name__}: {error}"
        with self._guard:
            self.answered += 1
            if problem:
                self.failures.append(f"{at} {what}: {problem}")
