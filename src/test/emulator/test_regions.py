"""Regions that are lost, or alive behind a partition, and databases that survive both."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import psycopg2
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from conftest import ACCOUNT, Aws
from running import REGION, Plane, alive
from test_functions import archive, role
from test_rds import described, instance, key

from commands.plane import connect, host_of_database
from commands.waiting import until

OTHER = "eu-west-1"
HOST = "web.example.com"
Network = Callable[..., dict[str, Any]]
LOGIN = {"username": "superset_admin", "password": "a-long-password"}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("regions"))
    group = made.target_group("web")
    made.balancer("web", {HOST: group})
    target = {"targetGroupArn": group, "containerName": "main", "containerPort": 8080}
    definition = made.define("web", {"portMappings": [{"containerPort": 8080}]})
    made.serve("web", definition, loadBalancers=[target])
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def calm(plane: Plane) -> Iterator[None]:
    """Nothing is cut off before or after a test."""
    yield
    put(plane, "restored")


def put(plane: Plane, state: str, region: str = REGION) -> None:
    plane.aws.control("POST", "regions", {"region": region, "state": state})


class Database:
    """A primary in one region and a replica in the other, of the same name."""

    def __init__(self, plane: Plane, name: str, network: Network) -> None:
        self._aws, self._name = plane.aws, name
        self.instance = instance(
            plane.aws, name, DBName="app", StorageEncrypted=True, KmsKeyId=key(plane.aws, REGION)
        )
        self._networks = {}
        for region in (REGION, OTHER):
            made = network(plane.aws, region)
            plane.aws.client("rds", region).create_db_subnet_group(
                DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=made["subnets"]
            )
        self.replicate(OTHER, REGION)
        until("the primary is up", self._create)
        until("the replica follows", lambda: self.words(OTHER) == [])

    def _create(self) -> bool:
        try:
            with self.open(REGION) as run:
                run("CREATE TABLE words (word text PRIMARY KEY)")
        except (psycopg2.OperationalError, LookupError):
            return False
        return True

    def replicate(self, region: str, source: str) -> None:
        self._aws.client("rds", region).create_db_instance_read_replica(
            DBInstanceIdentifier=self._name,
            SourceDBInstanceIdentifier=f"arn:aws:rds:{source}:{ACCOUNT}:db:{self._name}",
            DBSubnetGroupName=self._name,
            KmsKeyId=key(self._aws, region),
        )

    def host(self, region: str) -> str:
        return str(described(self._aws, self._name, region)["Endpoint"]["Address"])

    @contextmanager
    def open(self, region: str) -> Iterator[Callable[[str], list[Any]]]:
        """Run statements, each its own transaction."""
        plane = self._aws.control("GET", "dataplane")
        host = host_of_database(plane, region, self._name)
        connection = connect(plane, host, LOGIN, "app", connect_timeout=5)
        connection.autocommit = True

        def run(statement: str) -> list[Any]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

        try:
            yield run
        finally:
            connection.close()

    def write(self, region: str, word: str) -> None:
        with self.open(region) as run:
            run(f"INSERT INTO words VALUES ('{word}')")

    def words(self, region: str) -> list[str] | None:
        """None while there is no database, or none with the table."""
        try:
            with self.open(region) as run:
                return [word for (word,) in run("SELECT word FROM words ORDER BY word")]
        except (psycopg2.Error, LookupError):
            return None

    def promote(self, region: str) -> None:
        rds = self._aws.client("rds", region)
        rds.promote_read_replica(DBInstanceIdentifier=self._name, BackupRetentionPeriod=7)
        self.available(region)

    def available(self, region: str) -> None:
        def is_available() -> bool:
            return bool(described(self._aws, self._name, region)["DBInstanceStatus"] == "available")

        until("the database is available", is_available)


@pytest.fixture
def database(plane: Plane, name: str, network: Network) -> Iterator[Database]:
    yield Database(plane, name, network)
    put(plane, "restored")
    for region in (OTHER, REGION):
        rds = plane.aws.client("rds", region)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def refused(aws: Aws, region: str) -> bool:
    """Whether the region's API does not answer an operator."""
    try:
        aws.client("ec2", region).describe_vpcs()
    except ConnectionClosedError:
        return True
    return False


def test_a_lost_region_is_gone_with_all_that_runs(plane: Plane) -> None:
    plane.steady("web")
    until("it answers", lambda: plane.answers(HOST) == 200)
    pids = [task["pid"] for task in plane.running("web")]
    put(plane, "lost")
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(ConnectionRefusedError), plane.connect(HOST) as client:
        client.get("/")
    assert refused(plane.aws, REGION)
    assert not refused(plane.aws, OTHER)
    plane.aws.client("route53").list_hosted_zones()
    put(plane, "restored")
    assert not refused(plane.aws, REGION)
    plane.steady("web")
    assert not set(pids) & {task["pid"] for task in plane.running("web")}
    until("it answers again", lambda: plane.answers(HOST) == 200)


def test_connections_that_were_open_break_with_the_region(plane: Plane) -> None:
    until("it answers", lambda: plane.answers(HOST) == 200)
    with plane.connect(HOST) as client:
        assert client.get("/")[0] == 200
        put(plane, "lost")
        with pytest.raises((OSError, http.client.HTTPException)):
            client.get("/")


def test_a_function_ends_with_its_region(plane: Plane, name: str, tmp_path: Path) -> None:
    code = f"""
import os, pathlib, time
def handle(event, context):
    pathlib.Path("{tmp_path}/pid").write_text(f"{{os.getpid()}}.")
    time.sleep(300)
"""
    function = plane.aws.client("lambda")
    function.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role(plane.aws, name),
        Handler="sleeps.handle",
        Timeout=600,
        Code={"ZipFile": archive({"sleeps.py": code})},
    )
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(function.invoke, FunctionName=name)
        file = tmp_path / "pid"
        until("it runs", lambda: file.exists() and file.read_text().endswith("."))
        put(plane, "lost")
        with pytest.raises(ConnectionClosedError):
            asked.result()
    assert not alive(int(file.read_text().rstrip(".")))


def test_the_replica_of_a_lost_primary_is_promoted(database: Database, plane: Plane) -> None:
    database.write(REGION, "before")
    until("it arrives", lambda: database.words(OTHER) == ["before"])
    put(plane, "lost")
    assert database.words(REGION) is None
    assert database.words(OTHER) == ["before"]
    database.promote(OTHER)
    database.write(OTHER, "after")
    put(plane, "restored")
    until("the old primary is back", lambda: database.words(REGION) == ["before"])
    database.write(REGION, "apart")
    assert database.words(OTHER) == ["after", "before"]
    assert database.words(REGION) == ["apart", "before"]


def test_nothing_that_was_acknowledged_is_lost_with_the_process(
    database: Database, plane: Plane
) -> None:
    for number in range(50):
        database.write(REGION, f"{number:02}")
    put(plane, "lost")
    put(plane, "restored")
    until("the primary is back", lambda: len(database.words(REGION) or []) == 50)


def test_an_old_primary_is_rebuilt_as_a_replica(
    database: Database, plane: Plane, name: str
) -> None:
    database.write(REGION, "before")
    until("it arrives", lambda: database.words(OTHER) == ["before"])
    put(plane, "lost")
    database.promote(OTHER)
    put(plane, "restored")
    until("the old primary is back", lambda: database.words(REGION) == ["before"])
    rds = plane.aws.client("rds")
    rds.delete_db_instance(DBInstanceIdentifier=name, FinalDBSnapshotIdentifier=f"{name}-old")
    database.replicate(REGION, OTHER)
    database.write(OTHER, "after")
    until("the replica follows", lambda: database.words(REGION) == ["after", "before"])
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        database.write(REGION, "apart")
    kept = rds.describe_db_snapshots(DBSnapshotIdentifier=f"{name}-old")["DBSnapshots"]
    assert [one["Status"] for one in kept] == ["available"]
    # And back: what was a replica once, and then a primary, is the source no more.
    database.promote(REGION)
    database.write(REGION, "back")
    assert database.words(OTHER) == ["after", "before"]


def test_a_replica_that_was_lost_goes_on_where_it_was(database: Database, plane: Plane) -> None:
    put(plane, "lost", OTHER)
    database.write(REGION, "meanwhile")
    put(plane, "restored", OTHER)
    until("it follows", lambda: database.words(OTHER) == ["meanwhile"])


def test_no_replica_is_made_of_a_lost_source(database: Database, plane: Plane, name: str) -> None:
    rds = plane.aws.client("rds", OTHER)
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    put(plane, "partitioned")
    database.replicate(OTHER, REGION)
    put(plane, "partitioned")
    assert database.words(OTHER) is None
    put(plane, "restored")
    until("it follows", lambda: database.words(OTHER) == [])


def test_a_partition_cuts_replication_and_nothing_inside(database: Database, plane: Plane) -> None:
    put(plane, "partitioned")
    database.write(REGION, "inside")
    with database.open(OTHER) as run:
        (streams,) = run("SELECT count(*) FROM pg_stat_wal_receiver")[0]
    assert (streams, database.words(OTHER)) == (0, [])
    put(plane, "restored")
    until("it arrives", lambda: database.words(OTHER) == ["inside"])


def test_a_partition_is_there_when_it_is_answered_however_slow_a_replica_is(
    database: Database, plane: Plane
) -> None:
    with database.open(OTHER) as run:
        ((startup,),) = run("SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'")
    # The process that reads the settings anew, and ends the stream then.
    os.kill(startup, signal.SIGSTOP)
    timer = threading.Timer(3, os.kill, (startup, signal.SIGCONT))
    timer.start()
    put(plane, "partitioned")
    database.write(REGION, "inside")
    timer.join()
    replayed = "SELECT pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()"
    with database.open(OTHER) as run:
        until("nothing streams", lambda: run("SELECT FROM pg_stat_wal_receiver") == [])
        until("what came is replayed", lambda: run(replayed) == [(True,)])
    assert database.words(OTHER) == []


def run_elsewhere(plane: Plane, network: Network, name: str, *command: str) -> Callable[[], Any]:
    """A task in the other region; gives what it wrote."""
    made = network(plane.aws, OTHER)
    ecs, logs = plane.aws.client("ecs", OTHER), plane.aws.client("logs", OTHER)
    logs.create_log_group(logGroupName=name)
    ecs.create_cluster(clusterName=name)
    options = {"awslogs-group": name, "awslogs-region": OTHER, "awslogs-stream-prefix": "p"}
    definition = ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=plane.role,
        taskRoleArn=plane.role,
        containerDefinitions=[
            {
                "name": "main",
                "image": "repository",
                "command": list(command),
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    where = {"subnets": made["subnets"], "securityGroups": [made["group"]]}
    ecs.run_task(
        cluster=name,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )
    return lambda: [
        event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]
    ]


def test_a_task_reaches_another_regions_database_until_that_is_cut_off(
    database: Database, plane: Plane, name: str, network: Network
) -> None:
    host = database.host(REGION)
    said = run_elsewhere(plane, network, name, "reach", host, "5432")
    until("it is connected", lambda: said() == ["connected"])
    put(plane, "partitioned")
    until("that breaks", lambda: said()[1:2] == ["broken"])
    # What PostgreSQL does to a client that says nothing is not what is looked at.
    before = len(said())
    database.write(REGION, "inside")
    put(plane, "restored")
    until("it is connected again", lambda: "connected" in said()[before:])


def test_a_partitioned_regions_api_answers_only_inside(
    plane: Plane, name: str, network: Network
) -> None:
    """By the credentials of tasks."""
    said = run_elsewhere(plane, network, name, "tell", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    until("it is up", said)
    with urllib.request.urlopen(said()[0]) as answer:
        keys = json.load(answer)

    def asked(region: str) -> bool:
        client = boto3.client(
            "ec2",
            region_name=region,
            endpoint_url=plane.aws.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["Token"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            client.describe_vpcs()
        except ConnectionClosedError:
            return False
        return True

    assert asked(OTHER) and asked(REGION)
    put(plane, "partitioned", OTHER)
    assert asked(OTHER)
    assert not asked(REGION)
    assert refused(plane.aws, OTHER)
    assert not refused(plane.aws, REGION)
    put(plane, "restored", OTHER)
    assert asked(REGION)
    assert not refused(plane.aws, OTHER)


def test_users_reach_a_partitioned_region(plane: Plane) -> None:
    until("it answers", lambda: plane.answers(HOST) == 200)
    pids = [task["pid"] for task in plane.running("web")]
    put(plane, "partitioned")
    assert plane.answers(HOST) == 200
    assert pids == [task["pid"] for task in plane.running("web")]


@pytest.mark.parametrize("sent", [{"region": REGION, "state": "gone"}, {"state": "lost"}, {}])
def test_a_state_that_means_nothing_is_refused(plane: Plane, sent: dict[str, str]) -> None:
    with pytest.raises(HTTPError) as caught:
        plane.aws.control("POST", "regions", sent)
    assert caught.value.code == 400


def test_what_is_cut_off_can_be_asked(plane: Plane) -> None:
    put(plane, "partitioned")
    assert plane.aws.control("GET", "health")["regions"] == {REGION: "partitioned"}
    with pytest.raises(ClientError):
        plane.aws.client("rds", OTHER).describe_db_instances(DBInstanceIdentifier="none")
