"""A second region with a replica of the first one's database, which is far away."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psycopg2
import urllib3
from world import DOMAIN, FIRST_PASSWORD, NAME, PASSWORD, REGION, World

from commands.waiting import until
from superset_aws.database import positions

FAR = "eu-west-1"
WEB_PORT = 8088
#: Of the wires in front of the databases, at the databases' own addresses.
PROXY_PORT = 15432

#: From here to the writer, one way, seconds.
ONE_WAY = 0.04


class Wire:
    """A TCP proxy that takes its time, and that can be cut."""

    def __init__(self, host: str, port: int, target: int, delay: float) -> None:
        self._host = host
        self._port = port
        self._target = target
        self.delay = delay
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.join()

    def join(self) -> None:
        """Let connections through."""
        if self._listener is not None:
            return
        self._listener = socket.create_server((self._host, self._port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Close what is open, refuse what comes."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection((self._host, self._target))
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                arguments = (source, sink)
                threading.Thread(target=self._carry, args=arguments, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        """One direction. Whoever asks waits for the answer, so that nothing is overtaken."""
        with suppress(OSError):
            while data := source.recv(1 << 16):
                time.sleep(self.delay)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Far:
    """The second region: a replica, what its tasks look up, and the way to the writer."""

    def __init__(self, world: World, delay: float = ONE_WAY) -> None:
        self.world = world
        self.writer_host = world.environment["DATABASE_HOST"]
        self.wire = Wire(self._address(self.writer_host), PROXY_PORT, 5432, delay)
        self.replica_host = self._replicate()
        self.replica_wire = Wire(self._relay(self.replica_host), PROXY_PORT, 5432, 0)
        self.environment = {
            "SUPERSET_REGION": FAR,
            "DATABASE_HOST": self.replica_host,
            "DATABASE_PORT": str(PROXY_PORT),
            "DATABASE_SECRET": self._secret(),
            # A replica that stands still is read however long a test takes.
            "MAX_REPLICA_LAG": "900",
        }
        self._writer()

    def client(self, service: str) -> Any:
        """A boto3 client of the region."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.world.url, region_name=FAR, **keys)

    def web(self, **changes: str) -> Web:
        """A web task of the region that answers."""
        started = self.start("web", **changes)
        url = f"http://{started.address}:{WEB_PORT}/health"

        def answers() -> bool:
            try:
                with urllib.request.urlopen(url, timeout=30) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                return False

        until("the far web task answers", answers, 300)
        return started

    def start(self, kind: str, **changes: str) -> Web:
        """A task of the region."""
        return Web.start(self.world, kind, {**self.environment, **changes})

    def run(self, kind: str, command: str, **changes: str) -> tuple[int, list[str]]:
        """Run a task with another command to its end: its exit code and what it said."""
        world, ecs = self.world, self.world.client("ecs")
        task = ecs.run_task(
            cluster=NAME,
            taskDefinition=world.define(kind, **self.environment),
            launchType="FARGATE",
            networkConfiguration=world.network,
            overrides={
                "containerOverrides": [
                    {
                        "name": "superset",
                        "command": [command],
                        "environment": [{"name": k, "value": v} for k, v in changes.items()],
                    }
                ]
            },
        )["tasks"][0]["taskArn"]

        def stopped() -> dict[str, Any] | None:
            found = ecs.describe_tasks(cluster=NAME, tasks=[task])["tasks"][0]
            return found if found["lastStatus"] == "STOPPED" else None

        ended = until(f"{command} ends", stopped)
        return int(ended["containers"][0]["exitCode"]), world.logs(kind, task)

    def superuser(self, host: str) -> psycopg2.extensions.connection:
        """On the machine of a database."""
        folder = str(self._folder(host))
        connection = psycopg2.connect(host=folder, user="postgres", dbname="superset")
        connection.autocommit = True
        return connection

    def ask(self, host: str, statement: str) -> Any:
        """One value of a database."""
        with closing(self.superuser(host)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None

    @contextmanager
    def questions_to_the_writer(self) -> Iterator[list[str]]:
        """Queries of tables that web tasks send to it meanwhile; filled when it is over."""
        asked: list[str] = []
        log = self._folder(self.writer_host) / "log"
        self._log_statements("all")
        begun = log.stat().st_size
        yield asked
        self._log_statements("none")
        said = log.read_bytes()[begun:].decode(errors="replace")
        asked += re.findall(r"statement: (?:BEGIN;)?((?:SELECT|WITH)\s.*\sFROM\s.*)", said)

    def _log_statements(self, which: str) -> None:
        with closing(self.superuser(self.writer_host)) as connection, connection.cursor() as cursor:
            cursor.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
            cursor.execute("SELECT pg_reload_conf()")
            # Each process takes it over before its next statement, once it has had the signal.
            cursor.execute("SELECT pg_sleep(0.5)")

    def pause(self) -> None:
        """The replica replays nothing any more."""
        self.ask(self.replica_host, "SELECT pg_wal_replay_pause()")
        paused = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
        until("the replica stands still", lambda: self.ask(self.replica_host, paused))

    def resume(self) -> None:
        """The replica goes on; returns when it has all of the writer's."""
        self.ask(self.replica_host, "SELECT pg_wal_replay_resume()")
        self.catch_up()

    def mend(self) -> None:
        """Everything goes on."""
        self.wire.join()
        self.replica_wire.join()
        self.resume()

    def catch_up(self) -> None:
        """Until the replica has what the writer has now."""
        with closing(self.superuser(self.writer_host)) as writer:
            written = positions.of_writer(writer)
        with closing(self.superuser(self.replica_host)) as replica:

            def follows() -> bool:
                replayed = positions.of_replica(replica)
                return replayed is not None and replayed >= written

            until("the replica follows", follows)

    def _replicate(self) -> str:
        ec2, rds = self.client("ec2"), self.client("rds")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"{FAR}{zone}"
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]
        rds.create_db_subnet_group(
            DBSubnetGroupName=NAME, DBSubnetGroupDescription="far", SubnetIds=subnets
        )
        source = self.world.client("rds").describe_db_instances()["DBInstances"][0]
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier=NAME,
            SourceDBInstanceIdentifier=source["DBInstanceArn"],
            DBSubnetGroupName=NAME,
        )
        (instance,) = rds.describe_db_instances()["DBInstances"]
        host = str(instance["Endpoint"]["Address"])
        until("the replica runs", lambda: host in self.world.plane()["names"])
        until("the replica answers", lambda: self._is_replica(host))
        return host

    def _is_replica(self, host: str) -> bool:
        try:
            return bool(self.ask(host, "SELECT pg_is_in_recovery()"))
        except (psycopg2.OperationalError, ValueError):
            return False

    def _secret(self) -> str:
        text = json.dumps({"username": "superset_admin", "password": FIRST_PASSWORD})
        secrets = self.client("secretsmanager")
        return str(secrets.create_secret(Name="superset/far", SecretString=text)["ARN"])

    def _writer(self) -> None:
        """The writer listens at its host's own address, behind the wire."""
        value = {"region": REGION, "host": self.writer_host, "port": PROXY_PORT}
        self.client("ssm").put_parameter(
            Name="/superset/writer", Type="String", Value=json.dumps(value)
        )

    def _folder(self, host: str) -> Path:
        databases = Path(self.world.plane()["ca"]).parent.parent / "databases"
        (folder,) = databases.glob(f"*-{self._address(host)}")
        return folder

    def _address(self, host: str) -> str:
        return str(self.world.plane()["names"][host])

    def _relay(self, host: str) -> str:
        """Where the tasks find it, which run in the other region."""
        seen = until(f"{host} is linked", lambda: self.world.plane()["seen"][REGION].get(host))
        return str(seen)


class Web:
    """A running task."""

    def __init__(self, world: World, kind: str, task: dict[str, Any]) -> None:
        self._world = world
        self._kind = kind
        self.task = str(task["task"])
        self.pid = int(task["pid"])
        self.address = str(task["address"])

    @classmethod
    def start(cls, world: World, kind: str, environment: dict[str, str]) -> Web:
        """Start one.

        :param environment: what differs from the world's own
        """
        known = {task["task"] for task in world.plane()["tasks"]}
        world.client("ecs").run_task(
            cluster=NAME,
            taskDefinition=world.define(kind, **environment),
            launchType="FARGATE",
            networkConfiguration=world.network,
        )

        def appeared() -> dict[str, Any] | None:
            tasks = [t for t in world.plane()["tasks"] if t["task"] not in known and t["pid"]]
            return tasks[0] if tasks else None

        return cls(world, kind, until(f"{kind} runs", appeared))

    def lines(self, logger: str) -> list[dict[str, Any]]:
        """What one logger said."""
        lines = [line for line in self._world.logs(self._kind, self.task) if logger in line]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def end(self) -> None:
        """Stop it."""
        self._world.client("ecs").stop_task(cluster=NAME, task=self.task)
        until("it has ended", lambda: not Path(f"/proc/{self.pid}").exists())


class Person:
    """Somebody with a browser: keeps cookies, signs in with the form."""

    def __init__(
        self,
        web: Web,
        username: str = "admin",
        password: str = PASSWORD,
        port: int = WEB_PORT,
    ) -> None:
        # A 503 is an answer, not something to try again when it says.
        self._pool = urllib3.HTTPConnectionPool(web.address, port, retries=False)
        self.cookies: dict[str, str] = {}
        page = self.ask("GET", "/login/").data.decode()
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        form = {"username": username, "password": password, "csrf_token": token}
        answer = self.ask("POST", "/login/", fields=form, encode_multipart=False)
        assert answer.status == 302, answer.data
        self._token = self.get("security/csrf_token/")["result"]

    def get(self, path: str) -> dict[str, Any]:
        """What the API answers; it must succeed."""
        answer = self.ask("GET", f"/api/v1/{path}")
        assert answer.status == 200, (answer.status, answer.data)
        return dict(answer.json())

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query in SQL Lab, run by a worker and looked for as often as one can."""
        document = {
            "database_id": self.examples(),
            "sql": sql,
            "schema": "examples",
            "runAsync": True,
            "client_id": uuid4().hex[:10],
        }
        answer = self.change("POST", "sqllab/execute/", document)
        assert answer.status == 202, (answer.status, answer.data)
        number = answer.json()["query"]["queryId"]

        def ended() -> dict[str, Any] | None:
            found = dict(self.get(f"query/{number}")["result"])
            assert found["status"] != "failed", found
            return found if found["status"] == "success" else None

        found = until("a worker ran the query", ended)
        return list(self.get(f"sqllab/results/?q=(key:'{found['results_key']}')")["data"])

    def examples(self) -> int:
        """The number of the database of the examples."""
        databases = self.get("database/")["result"]
        return next(d["id"] for d in databases if d["database_name"] == "examples")

    def token(self) -> dict[str, str]:
        """The header that goes with a change."""
        return {"X-CSRFToken": self._token}

    def change(self, method: str, path: str, document: object) -> urllib3.BaseHTTPResponse:
        """Change something by the API."""
        headers = {**self.token(), "Content-Type": "application/json"}
        body = json.dumps(document)
        return self.ask(method, f"/api/v1/{path}", headers=headers, body=body)

    def ask(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Any request, as the load balancer passes it on."""
        headers = {
            "Host": DOMAIN,
            "Referer": f"https://{DOMAIN}/",
            "X-Forwarded-Proto": "https",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **options.pop("headers", {}),
        }
        answer = self._pool.request(method, path, headers=headers, redirect=False, **options)
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class Program:
    """Comes with a token, and keeps the session's cookie and no other."""

    def __init__(self, web: Web) -> None:
        self._pool = urllib3.HTTPConnectionPool(web.address, WEB_PORT, retries=False)
        self._headers = {
            "Host": DOMAIN,
            "Referer": f"https://{DOMAIN}/",
            "X-Forwarded-Proto": "https",
            "Content-Type": "application/json",
        }
        login = {"username": "admin", "password": PASSWORD, "provider": "db"}
        token = self.ask("POST", "security/login", login)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        self._headers["X-CSRFToken"] = self.ask("GET", "security/csrf_token/")["result"]

    def ask(self, method: str, path: str, document: object = None) -> dict[str, Any]:
        """What the API answers; it must succeed."""
        body = None if document is None else json.dumps(document)
        answer = self._pool.request(method, f"/api/v1/{path}", headers=self._headers, body=body)
        assert answer.status in (200, 201), (answer.status, answer.data)
        for cookie in answer.headers.getlist("Set-Cookie"):
            if cookie.startswith("session="):
                self._headers["Cookie"] = cookie.partition(";")[0]
        return dict(answer.json())
