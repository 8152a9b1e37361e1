"""The deployed platform that the drill works on: its AWS, its project folder, its databases."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psycopg2
from botocore.config import Config

from commands import environment
from commands.functions import invoke_with
from commands.plane import connect, host_of_database

#: Long: a function answers when it has done its work.
_CONFIG = Config(read_timeout=900, retries={"max_attempts": 0})
COMMAND_SECONDS = 1800
DATABASE = "superset-production"


class Failed(Exception):
    """A command of the platform ended with an error."""


@dataclass(frozen=True)
class World:
    """Every stack of one environment, deployed on an emulator that runs it.

    :param url: of the emulator
    :param project: a copy of the project, whose YAML is the drill's to change
    """

    url: str
    project: Path

    # --- AWS ------------------------------------------------------------------------------------
    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client, as an operator."""
        variables = environment.emulator_variables(self.url)
        return boto3.session.Session(
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
        ).client(service, endpoint_url=self.url, config=_CONFIG)

    def control(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        """The emulator's control API."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return dict(json.load(answer))

    def cut(self, region: str, state: str) -> None:
        """Make a region ``lost``, ``partitioned`` or ``restored``; returns when it is."""
        self.control("POST", "regions", {"region": region, "state": state})

    def invoke(self, function: str, region: str, event: dict[str, Any]) -> dict[str, Any]:
        """What a function answers. FunctionFailed: with its error."""
        return invoke_with(self.client("lambda", region), function, event)

    def writer(self, region: str) -> str:
        """The region that has the writer, as a region's parameter says."""
        found = self.client("ssm", region).get_parameter(Name="/superset/writer")
        return str(json.loads(found["Parameter"]["Value"])["region"])

    def secret(self, name: str, region: str) -> dict[str, str]:
        """The value of a secret."""
        found = self.client("secretsmanager", region).get_secret_value(SecretId=name)
        return dict(json.loads(found["SecretString"]))

    # --- the world outside of AWS ---------------------------------------------------------------
    def plane(self) -> dict[str, Any]:
        """What runs."""
        return self.control("GET", "dataplane")

    @cached_property
    def domain(self) -> str:
        """The host name that regions share."""
        return str(self.plane()["domain"])

    @cached_property
    def regions(self) -> list[str]:
        """Every region that has a host name of its own."""
        ending = f".{self.domain}"
        return sorted(n.removesuffix(ending) for n in self.plane()["names"] if n.endswith(ending))

    def place(self, target: str) -> tuple[str, str]:
        """IP address and region of a load balancer by its own name."""
        region = next((one for one in self.regions if f".{one}." in target), "")
        return self.address(target) or "", region

    def address(self, name: str) -> str | None:
        """The IP address of a host name; None where there is none."""
        found = self.plane()["names"]
        return found.get(name) or found.get(name.removeprefix("dualstack."))

    @contextmanager
    def database(self, region: str) -> Iterator[Database]:
        """A region's own metadata database, as the operator with its password."""
        plane = self.plane()
        host = host_of_database(plane, region, DATABASE)
        connection = connect(plane, host, self._login, connect_timeout=5)
        try:
            yield Database(connection)
        finally:
            connection.close()

    @cached_property
    def _login(self) -> dict[str, str]:
        """Read once: a region that is cut off does not give it."""
        return self.secret("superset/db-credentials", self.regions[0])

    # --- the project ----------------------------------------------------------------------------
    def set_writer(self, region: str) -> None:
        """Change ``writer:`` in the YAML."""
        self.edit(r"(?m)^writer: .*$", f"writer: {region}")

    def stop_writes_when_isolated(self, stops: bool) -> None:
        """Change that setting, in every region."""
        word = str(stops).lower()
        key = "stop_writes_when_isolated"
        if key in self._platform.read_text():
            self.edit(rf"{key}: \w+", f"{key}: {word}")
        else:
            self.edit(r"(?m)^(writer: .*)$", rf"\1\nreplicas: {{{key}: {word}}}")
        self.run(sys.executable, "-m", "commands.deploy")

    def edit(self, pattern: str, text: str) -> None:
        """Change platform.yaml; what is looked for is there once."""
        file = self._platform
        after, count = re.subn(pattern, text, file.read_text())
        if count != 1:
            raise Failed(f"{pattern} is {count} times in {file}")
        file.write_text(after)

    @property
    def _platform(self) -> Path:
        return self.project / "regions" / "prod" / "platform.yaml"

    def run(self, *command: str) -> str:
        """One command in the project; what it printed. Failed: with its end."""
        done = subprocess.run(
            command,
            cwd=self.project,
            env={
                **environment.emulator(self.url),
                "SUPERSET_ENVIRONMENT": "prod",
                "PYTHONPATH": str(self.project / "src"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-4000:]}")
        return done.stdout


class Database:
    """Questions to one PostgreSQL, each a transaction."""

    def __init__(self, connection: psycopg2.extensions.connection) -> None:
        connection.autocommit = True
        self._connection = connection

    def ask(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def is_replica(self) -> bool:
        """Whether it accepts no writes."""
        return bool(self.ask("SELECT pg_is_in_recovery()")[0][0])

    def titles(self, name: str) -> dict[str, float]:
        """When (time.time) each dashboard of the crowd with this name was committed here."""
        rows = self.ask(
            "SELECT dashboard_title, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
            " FROM dashboards WHERE dashboard_title LIKE %s",
            f"{name} %",
        )
        return {title: float(at or 0) for title, at in rows}

    def committed(self, title: str) -> float | None:
        """When (time.time) a dashboard was committed here; None where it is not."""
        rows = self.ask(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin))"
            " FROM dashboards WHERE dashboard_title = %s",
            title,
        )
        return float(rows[0][0] or 0) if rows else None

    def last_replayed(self) -> float:
        """The commit time of the last transaction that a replica has."""
        (row,) = self.ask("SELECT extract(epoch FROM pg_last_xact_replay_timestamp())")
        return float(row[0] or 0)

    def last_commit(self) -> float:
        """When the newest row of Superset's tables was committed; they hold nothing else."""
        tables = self.ask(
            "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        newest = [
            f"SELECT max(extract(epoch FROM pg_xact_commit_timestamp(xmin))) AS at FROM {table}"
            for (table,) in tables
        ]
        (row,) = self.ask(f"SELECT max(at) FROM ({' UNION ALL '.join(newest)}) AS tables")
        return float(row[0] or 0)

    def forget(self, name: str) -> None:
        """Remove what a crowd has saved."""
        pattern = f"{name} %"
        for table in ("dashboard_user", "dashboard_roles", "dashboard_slices"):
            self.ask(
                f"DELETE FROM {table} WHERE dashboard_id IN"
                " (SELECT id FROM dashboards WHERE dashboard_title LIKE %s)",
                pattern,
            )
        self.ask("DELETE FROM dashboards WHERE dashboard_title LIKE %s", pattern)
