"""pgAudit on a real PostgreSQL: what init makes of it, and what its log holds."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest

from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.postgres import PORT, Postgres
from superset_aws.database.writer_connection import OneTripConnection
from superset_aws.init import audit

SCHEMA = Path(__file__).resolve().parents[3] / "regions" / "schema.json"
WITHOUT = "shared_preload_libraries = ''"
LOADED = "shared_preload_libraries = 'pg_stat_statements,pgaudit'"


def offered() -> list[str]:
    """The classes that a configuration may name."""
    database = json.loads(SCHEMA.read_text())["$defs"]["database"]
    return database["properties"]["audit"]["items"]["enum"]


def told(is_on: bool) -> Any:
    return SimpleNamespace(audit=is_on, host="replica.internal", port=PORT)


class Database:
    """A database of one PostgreSQL, as init reaches it. On RDS its master user makes the extension;
    here, where he is less, a superuser stands for him."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder / "database"
        certificate = Authority(folder / "authority").issue("database")
        self.engine = Postgres(self._folder, address, certificate)
        self.engine.initialize("superset_admin", "throw-away", "superset")
        self.writer = SimpleNamespace(address=lambda: SimpleNamespace(host="database.internal"))
        self._name = "superset"
        self._said_before = 0

    def begin(self, name: str) -> None:
        """Another database, nothing loaded, and nothing said yet."""
        self.start_with(WITHOUT)
        self.run(f"CREATE DATABASE {name}")
        self._name = name
        self._said_before += len(self.log())

    def start_with(self, *lines: str) -> None:
        """What stands in the parameter group is in force after a reboot."""
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(lines) + "\n")
        self.engine.restart()

    def connect(self, **options: Any) -> Any:
        return psycopg2.connect(
            host=str(self._folder), port=PORT, user="postgres", dbname=self._name, **options
        )

    def connect_to(self, host: str, port: int) -> Any:
        assert host == "replica.internal"
        return self.connect()

    def init(self, is_on: bool) -> str:
        """In the writer's region."""
        return audit.extension(told(is_on), self)

    def init_elsewhere(self) -> str:
        """Where the database is a replica."""
        return audit.library(told(True), self)

    def run(self, statement: str) -> list[Any]:
        with closing(self.connect()) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def is_extended(self) -> bool:
        return self.run("SELECT 1 FROM pg_extension WHERE extname = 'pgaudit'") != []

    def log(self) -> str:
        return (self._folder / "log").read_text()[self._said_before :]


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    addresses = Addresses()
    # pytest's folders are for root alone, and PostgreSQL is another user.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = Database(Path(folder), addresses.take("database"))
        yield made
        made.engine.close()
    addresses.close()


@pytest.fixture
def database(server: Database, request: pytest.FixtureRequest) -> Database:
    server.begin(request.node.name[:60])
    return server


@pytest.fixture
def audited(database: Database) -> Database:
    """With every class that a configuration may name, as it is after the reboot."""
    database.start_with(
        LOADED, f"pgaudit.log = '{','.join(offered())}'", "pgaudit.log_parameter = off"
    )
    assert database.init(True) == "on"
    return database


def test_before_the_reboot_init_says_so_and_goes_on(database: Database) -> None:
    assert "the database database.internal must be rebooted" in database.init(True)
    assert "the database replica.internal must be rebooted" in database.init_elsewhere()
    assert not database.is_extended()
    database.start_with(LOADED)
    assert [database.init(True), database.init(True)] == ["on", "on"]
    assert database.init_elsewhere() == "on"
    assert database.is_extended()


def test_a_statement_is_logged_with_its_object_and_without_its_password(audited: Database) -> None:
    audited.run("CREATE ROLE reader LOGIN PASSWORD 'first-secret'")
    audited.run("ALTER ROLE reader LOGIN PASSWORD 'second-secret'")
    audited.run("CREATE TABLE people (name text)")
    log = audited.log()
    assert "AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.people,CREATE TABLE people" in log
    assert "ROLE,CREATE ROLE,,,CREATE ROLE reader LOGIN PASSWORD <REDACTED>" in log
    assert "ROLE,ALTER ROLE,,,ALTER ROLE reader LOGIN PASSWORD <REDACTED>" in log
    assert "-secret" not in log


def test_no_class_that_is_offered_logs_values(audited: Database) -> None:
    """Superset's driver writes values into its statements, and web sends BEGIN with them."""
    audited.run("CREATE TABLE people (name text)")
    web = audited.connect(
        connection_factory=lambda *given, **options: OneTripConnection(
            *given, gate=lambda: None, marks=lambda: None, **options
        )
    )
    with closing(web), web.cursor() as cursor:
        cursor.execute("INSERT INTO people VALUES (%s)", ("a-value",))
        web.commit()
        cursor.execute("SELECT upper(name) FROM people WHERE name = %s", ("a-value",))
        assert cursor.fetchall() == [("A-VALUE",)]
    assert "AUDIT" in audited.log()
    assert "a-value" not in audited.log()


def test_off_again_drops_the_extension_also_where_the_library_is_gone(audited: Database) -> None:
    assert [audited.init(False), audited.init(False)] == ["dropped", "off"]
    assert audited.init(True) == "on"
    audited.start_with(WITHOUT)
    with pytest.raises(psycopg2.Error, match="must be loaded via shared_preload_libraries"):
        audited.run("CREATE TABLE people (name text)")
    assert audited.init(False) == "dropped"
    audited.run("CREATE TABLE people (name text)")


def test_an_extension_whose_library_is_gone_stops_no_migration(audited: Database) -> None:
    audited.start_with(WITHOUT)
    assert "must be rebooted" in audited.init(True)
    audited.run("CREATE TABLE people (name text)")
