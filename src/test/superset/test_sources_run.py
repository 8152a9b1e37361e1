"""Data sources: real servers, registered by init and queried in Superset."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psycopg2
import pytest
import trustme
from mariadb import MariaDb
from world import PASSWORD, REGION, World, connect

from commands.waiting import until

#: Host names of servers that are not AWS's.
STOCK, FOREIGN = "stock.example.internal", "foreign.example.internal"

SALES_PASSWORDS = ("sales-First-4711", "sales-Second-4712")
STOCK_PASSWORDS = ("stock-First-4711", "stock-Second-4712")
USERS = ("sales_reader", "stock_reader")

#: What Superset lets nobody ask for directly (DISALLOWED_SQL_FUNCTIONS).
_VIEW = """CREATE VIEW connection AS SELECT ssl AS tls, current_user::text AS who,
  current_setting('statement_timeout') AS timeout, host(inet_server_addr()) AS at
  FROM pg_stat_ssl WHERE pid = pg_backend_pid()"""

#: SHOW STATUS LIKE would lose its condition: Superset writes every statement anew.
TLS_VERSION = """SELECT variable_value AS version FROM information_schema.session_status
  WHERE variable_name = 'SSL_VERSION'"""


class Sources:
    """The world with sources in it, and an administrator at its web process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stock = MariaDb(*self._place(STOCK))
        address, *_ = self._place(FOREIGN)
        self.foreign = self._foreign(address)
        self.arns = {
            "sales": self.secret("sales", USERS[0], SALES_PASSWORDS[0]),
            "stock": self.secret("stock", USERS[1], STOCK_PASSWORDS[0]),
            "empty": self._empty("empty"),
        }
        self.sales = self._sales()
        for server in (self.stock, self.foreign):
            server.execute(
                "CREATE DATABASE stock; CREATE TABLE stock.items (id int, name text);"
                " INSERT INTO stock.items VALUES (1, 'lamp'), (2, 'bell');"
                f" CREATE USER {USERS[1]}@'%' IDENTIFIED BY '{STOCK_PASSWORDS[0]}';"
                f" GRANT SELECT ON stock.* TO {USERS[1]}@'%';"
            )
        world.environment |= {
            "DATA_SOURCES": json.dumps(self._configured()),
            "EXAMPLES": "",
            "QUERY_COMMENTS": json.dumps(["mysql", "postgres"]),
        }

    def close(self) -> None:
        self.stock.close()
        self.foreign.close()

    def secret(self, name: str, user: str, password: str) -> str:
        secrets = self.world.client("secretsmanager")
        value = json.dumps({"username": user, "password": password})
        made = secrets.create_secret(Name=f"superset/data-sources/{name}", SecretString=value)
        return str(made["ARN"])

    def sign_in(self) -> None:
        """As the administrator; no load balancer, so the cookies are carried by hand."""
        self.world.serve("web")
        (self.task,) = self.world.running("service:superset-web")
        until("the web process answers", self._answers)
        self._headers = {"Content-Type": "application/json"}
        login = {"username": "admin", "password": PASSWORD, "provider": "db"}
        token = self.call("POST", "security/login", login)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        with self._open("GET", "security/csrf_token/") as answer:
            cookies = answer.headers.get_all("Set-Cookie")
            self._headers["Cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)
            self._headers["X-CSRFToken"] = json.load(answer)["result"]
        listed = self.call("GET", "database/")["result"]
        self.ids = {one["database_name"]: one["id"] for one in listed}

    def call(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        """The JSON answer of Superset, whatever its status."""
        try:
            with self._open(method, path, document) as answer:
                return dict(json.load(answer))
        except HTTPError as problem:
            return {"status": problem.code, "errors": problem.read().decode()}

    def query(self, name: str, sql: str, schema: str | None = None) -> Any:
        """Rows of a query in SQL Lab, run by the web process; a text if it failed."""
        document = {"database_id": self.ids[name], "sql": sql, "runAsync": False, "schema": schema}
        answer = self.call("POST", "sqllab/execute/", document)
        return answer["data"] if answer.get("status") == "success" else str(answer["errors"])

    def query_in_worker(self, name: str, sql: str) -> Any:
        """The same, run by the worker, with its rows out of Redis."""
        document = {"database_id": self.ids[name], "sql": sql, "runAsync": True, "schema": None}
        number = self.call("POST", "sqllab/execute/", document)["query"]["queryId"]

        def ended() -> dict[str, Any] | None:
            found = dict(self.call("GET", f"query/{number}")["result"])
            return found if found["status"] in ("success", "failed") else None

        query = until("the worker ran the query", ended)
        if query["status"] == "failed":
            return query["error_message"]
        return self.call("GET", f"sqllab/results/?q=(key:'{query['results_key']}')")["data"]

    @contextmanager
    def request(self, identifier: str) -> Iterator[None]:
        """Calls in it have the id of a request, as the load balancer would send it."""
        self._headers["X-Amzn-Trace-Id"] = identifier
        try:
            yield
        finally:
            del self._headers["X-Amzn-Trace-Id"]

    def metadata(self) -> psycopg2.extensions.connection:
        """The metadata database."""
        return connect(self.world)

    def sales_address(self) -> str:
        """Where the PostgreSQL listens."""
        return str(self.world.plane()["names"][self.sales])

    def sales_accepts(self, password: str) -> bool:
        """Whether it takes a password."""
        try:
            self._sales_connection(password).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _sales_connection(self, password: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            host=self.sales_address(), dbname="sales", user=USERS[0], password=password
        )

    def _open(self, method: str, path: str, document: Any = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        url = f"http://{self.task['address']}:8088/api/v1/{path}"
        request = urllib.request.Request(url, body, self._headers, method=method)
        return urllib.request.urlopen(request, timeout=120)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.task['address']}:8088/health") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _place(self, name: str) -> tuple[str, Path, Path]:
        body = json.dumps({"name": name}).encode()
        url = f"{self.world.url}/_emulator/hosts"
        with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
            made = json.load(answer)
        return made["address"], Path(made["certificate"]), Path(made["key"])

    def _foreign(self, address: str) -> MariaDb:
        """A server whose certificate is another authority's."""
        folder = self.world.log.parent / "foreign"
        folder.mkdir()
        made = trustme.CA().issue_cert(FOREIGN)
        certificate, key = folder / "certificate", folder / "key"
        made.cert_chain_pems[0].write_to_path(str(certificate))
        made.private_key_pem.write_to_path(str(key))
        return MariaDb(address, certificate, key)

    def _empty(self, name: str) -> str:
        made = self.world.client("secretsmanager").create_secret(
            Name=f"superset/data-sources/{name}"
        )
        return str(made["ARN"])

    def _sales(self) -> str:
        """An RDS instance, which the data plane runs; its host."""
        rds = self.world.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier="sales", Engine="postgres", EngineVersion="15",
            DBInstanceClass="db.t4g.medium", AllocatedStorage=20, StorageType="gp3",
            MasterUsername=USERS[0], MasterUserPassword=SALES_PASSWORDS[0], DBName="sales",
        )  # fmt: skip
        (instance,) = rds.describe_db_instances(DBInstanceIdentifier="sales")["DBInstances"]
        host = str(instance["Endpoint"]["Address"])
        until("the instance has an address", lambda: host in self.world.plane()["names"])
        self.sales = host
        until("the instance listens", lambda: self.sales_accepts(SALES_PASSWORDS[0]))
        with self._sales_connection(SALES_PASSWORDS[0]) as connection:
            connection.cursor().execute(_VIEW)
        connection.close()
        return host

    def _configured(self) -> list[dict[str, Any]]:
        stock = {"database": "stock", "port": 3306, "secret": self.arns["stock"]}
        sales = {"kind": "postgres", "host": self.sales, "port": 5432, "database": "sales"}
        template = "mysql+pymysql://{user}@{host}:{port}/{database}?charset=utf8mb4"
        return [
            {"name": "stock", "kind": "mysql", "host": STOCK, **stock},
            {"name": "sales", **sales, "secret": self.arns["sales"]},
            {"name": "empty", **sales, "secret": self.arns["empty"]},
            {"name": "foreign", "kind": "mysql", "host": FOREIGN, **stock},
            {"name": "foreign-off", "kind": "mysql", "host": FOREIGN, **stock, "tls": "off"},
            {"name": "other", "kind": "custom", "uri": template, "host": STOCK, **stock},
            {"name": "lake", "kind": "athena", "region": REGION, "database": "lake",
             "output": "s3://lake-results/superset/", "workgroup": "superset"},
        ]  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    world = World(tmp_path_factory.mktemp("sources"))
    try:
        _lake(world)
        made = Sources(world)
        try:
            ended = world.run("init")
            lines = world.logs("init")
            assert ended["containers"][0]["exitCode"] == 0, "\n".join(lines[-20:])
            made.sign_in()
            yield made
        finally:
            made.close()
    finally:
        world.stop()


def _lake(world: World) -> None:
    """What Athena needs."""
    world.client("s3").create_bucket(Bucket="lake-results")
    world.client("athena").create_work_group(Name="superset", Configuration={})
    world.client("glue").create_database(DatabaseInput={"Name": "lake"})


def said(lines: list[str], key: str) -> list[dict[str, Any]]:
    """Lines of init with a key."""
    return [json.loads(line) for line in lines if line.startswith(f'{{"{key}"')]


def test_init_registers_all_and_names_those_that_do_not_answer(sources: Sources) -> None:
    lines = sources.world.logs("init")
    steps = {step["step"]: step["outcome"] for step in said(lines, "step")}
    names = "stock, sales, empty, foreign, foreign-off, other, lake"
    assert steps["data sources"] == f"made {names}"
    reasons = {
        line["data_source"]: line["reason"]
        for line in said(lines, "warning")
        if line["warning"] == "does not answer"
    }
    assert "certificate verify failed" in reasons["foreign"]
    assert "superset/data-sources/empty has no value yet" in reasons["empty"]
    assert set(reasons) == {"foreign", "empty"}
    off = {line["data_source"] for line in said(lines, "warning") if "tls is off" in str(line)}
    assert off == {"foreign-off"}


def test_postgres_is_queried_over_tls_and_with_the_time_limit(sources: Sources) -> None:
    (row,) = sources.query("sales", "SELECT * FROM connection")
    assert row == {"tls": True, "who": USERS[0], "timeout": "5min", "at": sources.sales_address()}


@pytest.mark.parametrize("name", ["stock", "other"])
def test_mariadb_is_queried_over_tls_and_with_the_time_limit(sources: Sources, name: str) -> None:
    rows = sources.query(name, "SELECT name FROM stock.items ORDER BY id", "stock")
    assert rows == [{"name": "lamp"}, {"name": "bell"}]
    assert sources.query(name, TLS_VERSION)[0]["version"].startswith("TLSv1.")
    assert sources.query(name, "SELECT @@max_statement_time AS seconds") == [{"seconds": 300.0}]


@pytest.fixture(scope="module")
def worker(sources: Sources) -> None:
    sources.world.serve("worker")


def test_the_worker_queries_them_as_well(sources: Sources, worker: None) -> None:
    (row,) = sources.query_in_worker("sales", "SELECT * FROM connection")
    assert row == {"tls": True, "who": USERS[0], "timeout": "5min", "at": sources.sales_address()}
    assert sources.query_in_worker("stock", "SELECT count(*) AS n FROM stock.items") == [{"n": 2}]


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("sales", "SELECT current_query() AS own"),
        ("stock", "SELECT info AS own FROM information_schema.processlist"),
    ],
)
def test_a_statement_says_which_request_it_is_for(
    sources: Sources, worker: None, name: str, own: str
) -> None:
    with sources.request("Root=1-67891233-abcdef012345678912345678"):
        found = [sources.query(name, own), sources.query_in_worker(name, own)]
    comment = "/* request_id Root=1-67891233-abcdef012345678912345678 */"
    assert all(row["own"].startswith(comment) for (row,) in found), found


def test_lines_of_the_worker_name_the_request_too(sources: Sources, worker: None) -> None:
    identifier = "Root=1-67891233-000000012345678912345678"
    with sources.request(identifier):
        sources.query_in_worker("sales", "SELECT 1 AS one")
    assert any(f'"request_id": "{identifier}"' in line for line in sources.world.logs("worker"))


def test_schemas_and_tables_are_listed(sources: Sources) -> None:
    for name, schema, table in (("stock", "stock", "items"), ("sales", "public", "connection")):
        schemas = sources.call("GET", f"database/{sources.ids[name]}/schemas/")["result"]
        assert schema in schemas
        asked = f"database/{sources.ids[name]}/tables/?q=(schema_name:{schema})"
        tables = [one["value"] for one in sources.call("GET", asked)["result"]]
        assert tables == [table]


def test_a_server_of_another_authority_is_refused(sources: Sources) -> None:
    before = sources.foreign.execute("SHOW GLOBAL STATUS LIKE 'Aborted_connects'")
    # Superset's words for every connection that fails; init says the reason.
    assert "can't be reached" in sources.query("foreign", "SELECT 1 AS one")
    assert sources.foreign.execute("SHOW GLOBAL STATUS LIKE 'Aborted_connects'") != before


def test_it_is_taken_where_the_configuration_says_so(sources: Sources) -> None:
    assert sources.query("foreign-off", TLS_VERSION)[0]["version"].startswith("TLSv1.")


def test_a_secret_without_a_value_is_named_with_the_command_that_fills_it(
    sources: Sources,
) -> None:
    text = sources.query("empty", "SELECT 1")
    assert "the secret superset/data-sources/empty has no value yet" in text
    assert "--secret-id superset/data-sources/empty" in text
    secrets = sources.world.client("secretsmanager")
    value = {"username": USERS[0], "passwort": SALES_PASSWORDS[0]}
    secrets.put_secret_value(SecretId=sources.arns["empty"], SecretString=json.dumps(value))
    assert "has no password" in sources.query("empty", "SELECT 1")
    value["password"] = value.pop("passwort")
    secrets.put_secret_value(SecretId=sources.arns["empty"], SecretString=json.dumps(value))
    assert sources.query("empty", "SELECT 1 AS one") == [{"one": 1}]


def test_a_rotated_credential_fails_no_query(sources: Sources) -> None:
    """At each stage of a rotation, queries of both sources, and new connections for each."""
    failed: list[str] = []
    counts = {"sales": 0, "stock": 0}
    stop = threading.Event()

    def ask(name: str) -> None:
        while not stop.is_set():
            answer = sources.query(name, "SELECT 1 AS one")
            counts[name] += 1
            if answer != [{"one": 1}]:
                failed.append(f"{name}: {answer}")

    def some() -> None:
        goal = {name: count + 3 for name, count in counts.items()}
        until("queries ran", lambda: failed or all(counts[n] >= goal[n] for n in goal))

    threads = [threading.Thread(target=ask, args=(name,)) for name in counts]
    for thread in threads:
        thread.start()
    try:
        some()
        pending = {
            "sales": sources_pending(sources, "sales", USERS[0], SALES_PASSWORDS[1]),
            "stock": sources_pending(sources, "stock", USERS[1], STOCK_PASSWORDS[1]),
        }
        some()
        sources.stock.execute(f"ALTER USER {USERS[1]}@'%' IDENTIFIED BY '{STOCK_PASSWORDS[1]}'")
        sources.world.client("rds").modify_db_instance(
            DBInstanceIdentifier="sales",
            MasterUserPassword=SALES_PASSWORDS[1],
            ApplyImmediately=True,
        )
        until("RDS has the password", lambda: not sources.sales_accepts(SALES_PASSWORDS[0]))
        some()
        for name, version in pending.items():
            make_current(sources, name, version)
        some()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []


def sources_pending(sources: Sources, name: str, user: str, password: str) -> str:
    value = json.dumps({"username": user, "password": password})
    made = sources.world.client("secretsmanager").put_secret_value(
        SecretId=sources.arns[name], SecretString=value, VersionStages=["AWSPENDING"]
    )
    return str(made["VersionId"])


def make_current(sources: Sources, name: str, version: str) -> None:
    secrets = sources.world.client("secretsmanager")
    listed = secrets.list_secret_version_ids(SecretId=sources.arns[name])["Versions"]
    before = next(one["VersionId"] for one in listed if "AWSCURRENT" in one["VersionStages"])
    secrets.update_secret_version_stage(
        SecretId=sources.arns[name],
        VersionStage="AWSCURRENT",
        MoveToVersionId=version,
        RemoveFromVersionId=before,
    )


def test_files_of_the_container_are_no_data_source(sources: Sources) -> None:
    made = {"database_name": "file", "sqlalchemy_uri": "sqlite:////etc/passwd"}
    answer = sources.call("POST", "database/", made)
    assert "cannot be used as a data source for security reasons" in answer["errors"]


@pytest.mark.parametrize(
    ("uri", "arguments"),
    [
        ("writer.invalid/superset", {}),
        ("anybody@writer.invalid/superset", {}),
        ("reader.invalid/superset", {}),
        ("a:b@reader.invalid/superset", {}),
        ("elsewhere.example.com/superset?host=writer.invalid", {}),
        ("elsewhere.example.com/superset", {"host": "writer.invalid"}),
        ("a:b@writer.invalid/superset", {"password": ""}),
        ("superset_examples@writer.invalid/superset", {}),
        ("superset_examples:b@writer.invalid/superset", {"password": ""}),
    ],
)
def test_nobody_is_lent_the_platforms_own_credential(
    sources: Sources, uri: str, arguments: dict[str, str]
) -> None:
    """Whoever may register databases would read everybody's password hash with it."""
    document = {
        "database_name": "own",
        "sqlalchemy_uri": f"postgresql+psycopg2://{uri}",
        "extra": json.dumps({"engine_params": {"connect_args": arguments}}),
    }
    answer = sources.call("POST", "database/test_connection/", document)
    assert "is the platform's own" in json.dumps(answer)


def test_a_credential_goes_to_no_other_address(sources: Sources) -> None:
    """Registered by hand with a source's placeholder: connects to what is configured, or not."""
    uri = "postgresql+psycopg2://source-sales@elsewhere.example.internal:5432/sales?sslmode=disable"
    answer = sources.call("POST", "database/", {"database_name": "stolen", "sqlalchemy_uri": uri})
    sources.ids["stolen"] = answer["id"]
    (row,) = sources.query("stolen", "SELECT tls, at FROM connection")
    assert row == {"tls": True, "at": sources.sales_address()}


def test_what_was_changed_by_hand_is_put_right_and_said(sources: Sources) -> None:
    changes = {
        "expose_in_sqllab": False,
        "allow_dml": True,
        "extra": json.dumps({"engine_params": {"connect_args": {"sslmode": "disable"}}}),
    }
    changed = sources.call("PUT", f"database/{sources.ids['sales']}", changes)
    assert changed["result"]["expose_in_sqllab"] is False
    ended = sources.world.run("init")
    lines = sources.world.logs("init", ended["taskArn"])
    fields = ["expose_in_sqllab", "extra.engine_params", "extra.cost_estimate_enabled"]
    warnings = said(lines, "warning")
    assert {
        "warning": "changed by hand, put right", "data_source": "sales", "fields": fields,
        "by": "admin",
    } in warnings  # fmt: skip
    assert {"warning": "registered by hand", "data_source": "stolen"} in warnings
    steps = {step["step"]: step["outcome"] for step in said(lines, "step")}
    assert steps["data sources"] == f"changed sales ({', '.join(fields)})"
    found = sources.call("GET", f"database/{sources.ids['sales']}")["result"]
    assert found["expose_in_sqllab"] is True
    assert found["allow_dml"] is True, "what the configuration does not say is left alone"


def test_a_source_that_left_the_configuration_stays_registered(sources: Sources) -> None:
    configured = json.loads(sources.world.environment["DATA_SOURCES"])
    rest = [source for source in configured if source["name"] != "foreign"]
    ended = sources.world.run("init", DATA_SOURCES=json.dumps(rest))
    lines = sources.world.logs("init", ended["taskArn"])
    gone = "no longer configured: charts on it fail; remove it in Superset"
    assert {"warning": gone, "data_source": "foreign"} in said(lines, "warning")
    assert "foreign" in {one["database_name"] for one in sources.call("GET", "database/")["result"]}
    steps = {step["step"]: step["outcome"] for step in said(lines, "step")}
    assert steps["data sources"] == "unchanged"


def test_athena_is_queried_with_the_tasks_role(sources: Sources) -> None:
    """moto runs no SQL: it answers with rows that it was given."""
    column = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": "region"}
    column |= {"Label": "region", "Type": "varchar", "Precision": 10, "Scale": 0}
    column |= {"Nullable": "UNKNOWN", "CaseSensitive": True}
    rows = [{"Data": [{"VarCharValue": text}]} for text in ("region", "Europe")]
    body = json.dumps({"results": [{"rows": rows, "column_info": [column]}]}).encode()
    request = urllib.request.Request(
        f"{sources.world.url}/moto-api/static/athena/query-results",
        body,
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()
    assert sources.query("lake", "SELECT region FROM lake.sales") == [{"region": "Europe"}]
    url = f"{sources.world.url}/_emulator/requests?operation=StartQueryExecution"
    with urllib.request.urlopen(url) as answer:
        started = json.load(answer)["requests"][-1]
    assert started["parameters"]["WorkGroup"] == "superset"
    context = {"Database": "lake", "Catalog": "AwsDataCatalog"}
    assert started["parameters"]["QueryExecutionContext"] == context
    assert started["parameters"]["QueryString"].startswith("SELECT\n  region\nFROM lake.sales")
    results = started["parameters"]["ResultConfiguration"]["OutputLocation"]
    assert results == "s3://lake-results/superset/"
    assert ":assumed-role/task/" in started["principal"]


def test_nothing_of_a_credential_is_anywhere_but_in_its_secret(sources: Sources) -> None:
    passwords = [*SALES_PASSWORDS, *STOCK_PASSWORDS]
    connection = sources.metadata()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = [table for (table,) in cursor.fetchall()]
            assert {"dbs", "query", "logs"} <= set(tables)
            for table in tables:
                cursor.execute(f'SELECT t::text FROM public."{table}" AS t')
                rows = "\n".join(row for (row,) in cursor.fetchall())
                assert [word for word in passwords if word in rows] == [], table
            cursor.execute("SELECT sqlalchemy_uri, password FROM dbs")
            registered = cursor.fetchall()
    finally:
        connection.close()
    # The stolen one was made with a form.
    assert len(registered) == 8
    assert {password for _, password in registered} == {None}
    assert [uri for uri, _ in registered if any(user in uri for user in USERS)] == []
    for number in sources.ids.values():
        connection = sources.call("GET", f"database/{number}/connection")["result"]
        assert connection["masked_encrypted_extra"] in (None, "{}")
    logs = "\n".join(
        line for kind in ("web", "worker", "init") for line in sources.world.logs(kind)
    )
    environment = Path(f"/proc/{sources.task['pid']}/environ").read_bytes().decode()
    assert "superset/data-sources/sales" in environment
    assert [word for word in passwords if word in logs + environment] == []
