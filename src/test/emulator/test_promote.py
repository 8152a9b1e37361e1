"""superset-promote as a deployed function: a real streaming replica becomes the writer while every
call to the region of its source is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from conftest import ACCOUNT, SOURCES
from running import REGION, Plane
from test_functions import archive, role

from commands.waiting import until

LOST = "eu-west-1"
DATABASE = "superset-production"
DOMAIN = "analytics.example.com"
HOST = f"{REGION}.{DOMAIN}"
PASSWORD = "a-password-of-the-test"
FUNCTIONS = SOURCES / "main" / "lambda"
PACKAGES = ("superset_promote", "superset_admit", "superset_shared")
POSITIONS = {"writer": "0/3", "replica": "0/3", "bytes": 0, "seconds": 0.0, "caught_up": True}
WAIT_SECONDS = 4


class World:
    """The lost region has the primary, the plane's region a replica and all the rest."""

    def __init__(self, folder: Path) -> None:
        self.plane = Plane(folder)
        self.aws = self.plane.aws
        self.hosts: dict[str, str] = {}
        """Of each region's database, also of one that was there."""
        self._databases()
        self.rules = self._fences()
        self._services()
        for region in (LOST, REGION):
            self.tell(region, LOST)
        self.aws.client("ssm").put_parameter(Name="/superset/promote", Value="{}", Type="String")
        self._functions()

    def _databases(self) -> None:
        self.aws.client("rds", LOST).create_db_instance(
            DBInstanceIdentifier=DATABASE,
            DBInstanceClass="db.r6g.large",
            Engine="postgres",
            EngineVersion="15",
            AllocatedStorage=100,
            MasterUsername="superset_admin",
            MasterUserPassword=PASSWORD,
            BackupRetentionPeriod=7,
            DBName="superset",
        )
        until("the primary answers", lambda: self.query(LOST, "SELECT 1") == 1)
        self.query(LOST, "CREATE TABLE said (word text)")
        self.aws.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier=DATABASE,
            SourceDBInstanceIdentifier=f"arn:aws:rds:{LOST}:{ACCOUNT}:db:{DATABASE}",
            SourceRegion=LOST,
        )
        until("the replica answers", lambda: self.query(REGION, "SELECT 1") == 1, 60)

    def query(self, region: str, statement: str) -> Any:
        """First column of the first row, from a region's own database; None without an answer."""
        for instance in self.aws.client("rds", region).describe_db_instances()["DBInstances"]:
            self.hosts[region] = instance["Endpoint"]["Address"]
        address = self.aws.control("GET", "dataplane")["names"].get(self.hosts[region])
        if address is None:
            return None
        try:
            connection = psycopg2.connect(
                host=address, user="superset_admin", password=PASSWORD, dbname="superset"
            )
        except psycopg2.OperationalError:
            return None
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0] if cursor.description else None
        finally:
            connection.close()

    def _fences(self) -> dict[str, str]:
        """Rules as Terraform makes them, lowered; ARN by region."""
        self.plane.balancer("edge", {HOST: self.plane.target_group("web")})
        elb = self.aws.client("elbv2")
        balancer = elb.describe_load_balancers(Names=["edge"])["LoadBalancers"][0]
        listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])
        listener = listeners["Listeners"][0]["ListenerArn"]
        elb.set_rule_priorities(
            RulePriorities=[
                {"RuleArn": rule["RuleArn"], "Priority": 100}
                for rule in elb.describe_rules(ListenerArn=listener)["Rules"]
                if not rule["IsDefault"]
            ]
        )
        answer = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "not fenced"}
        return {
            region: elb.create_rule(
                ListenerArn=listener,
                Priority=number,
                Conditions=[
                    {"Field": "host-header", "HostHeaderConfig": {"Values": [HOST]}},
                    {"Field": "path-pattern", "PathPatternConfig": {"Values": [path(region)]}},
                ],
                Actions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
            )["Rules"][0]["RuleArn"]
            for number, region in enumerate((LOST, REGION), 20)
        }

    def _services(self) -> None:
        environment = [{"name": "POSITIONS", "value": json.dumps(POSITIONS)}]
        container = {"name": "superset", "environment": environment}
        self.task = self.plane.define("superset-init", container)
        self.plane.serve("superset-web", self.task, count=1)
        self.plane.steady("superset-web")

    def _functions(self) -> None:
        files = {
            str(path.relative_to(FUNCTIONS)): path.read_text()
            for package in PACKAGES
            for path in (FUNCTIONS / package).rglob("*.py")
        }
        variables = {
            "SUPERSET_REGION": REGION,
            "SUPERSET_REGIONS": f"{LOST},{REGION}",
            "SUPERSET_DATABASE": DATABASE,
            "SUPERSET_FENCES": json.dumps(self.rules),
            "SUPERSET_DOMAIN": DOMAIN,
            "SUPERSET_BACKUP_DAYS": "7",
            "SUPERSET_BACKUP_WINDOW": "03:00-04:00",
            "SUPERSET_SERVICES": "superset-web",
            "SUPERSET_TASK_DEFINITION": self.task,
            "SUPERSET_CLUSTER": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default",
            "SUPERSET_SUBNETS": ",".join(self.plane.subnets),
            "SUPERSET_SECURITY_GROUP": self.plane.group,
            "SUPERSET_LOG_GROUP": "tasks",
            "SUPERSET_LOG_STREAM_PREFIX": "p",
            "FENCE_WAIT_SECONDS": str(WAIT_SECONDS),
        }
        for name in ("superset_promote", "superset_admit"):
            self.aws.client("lambda").create_function(
                FunctionName=name.replace("_", "-"),
                Runtime="python3.12",
                Role=role(self.aws, name),
                Handler=f"{name}.handler.handle",
                Code={"ZipFile": archive(files)},
                Timeout=300,
                Environment={"Variables": variables},
            )

    def invoke(self, name: str, **event: Any) -> dict[str, Any]:
        """What the function answers; an error's document has an errorMessage."""
        answer = self.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return dict(json.loads(answer["Payload"].read()))

    def refuse(self, *regions: str) -> None:
        """Every call to these regions' APIs is refused."""
        self.aws.control("POST", "refuse", {"regions": list(regions)})

    def is_fenced(self, region: str) -> int:
        """Status of a fence, as health checks and tasks see it."""
        with self.plane.connect(HOST) as client:
            return client.get(path(region))[0]

    def tell(self, region: str, writer: str) -> None:
        value = json.dumps({"region": writer, "host": f"db.{writer}", "port": 5432})
        self.aws.client("ssm", region).put_parameter(
            Name="/superset/writer", Value=value, Type="String", Overwrite=True
        )

    def writer(self) -> dict[str, Any]:
        """Whom the plane's region holds to be the writer."""
        found = self.aws.client("ssm").get_parameter(Name="/superset/writer")
        return dict(json.loads(found["Parameter"]["Value"]))


def path(region: str) -> str:
    return f"/fence/{region}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("promote"))
    yield made
    made.plane.stop()


@pytest.fixture(scope="module")
def promoted(world: World) -> dict[str, Any]:
    """What was seen around a promotion, the source's region gone."""
    seen: dict[str, Any] = {}
    seen["told"] = world.invoke("superset-promote", dry_run=True)
    world.query(LOST, "INSERT INTO said VALUES ('kept')")
    until("it is replicated", lambda: world.query(REGION, "SELECT count(*) FROM said") == 1)
    seen["tasks"] = {task["task"] for task in world.plane.running("superset-web")}
    world.refuse(LOST)
    seen["first"] = world.invoke("superset-promote", seconds=1)
    # Each fence is a rule of its own, and the balancer may take them up one after the other.
    until("the fences are seen", lambda: {world.is_fenced(r) for r in (LOST, REGION)} == {200})
    seen["fence"] = {region: world.is_fenced(region) for region in (LOST, REGION)}
    seen["replica"] = world.query(REGION, "SELECT pg_is_in_recovery()")
    seen["answer"] = world.invoke("superset-promote")
    return seen


def test_a_dry_run_says_how_far_the_replica_is(promoted: dict[str, Any]) -> None:
    told = promoted["told"]
    assert told["obstacle"] is None
    assert told["lag"]["positions"] == POSITIONS
    assert told["would_do"][0] == "fence"


def test_the_fences_are_up_while_the_replica_still_is_one(promoted: dict[str, Any]) -> None:
    assert promoted["first"]["step"] == "wait"
    assert promoted["fence"] == {LOST: 200, REGION: 200}
    assert promoted["replica"] is True


def test_the_replica_becomes_a_primary_with_what_it_had(
    world: World, promoted: dict[str, Any]
) -> None:
    assert promoted["answer"]["done"] is True, promoted["answer"]
    assert world.query(REGION, "SELECT pg_is_in_recovery()") is False
    world.query(REGION, "INSERT INTO said VALUES ('new')")
    assert world.query(REGION, "SELECT string_agg(word, ' ') FROM said") == "kept new"
    found = world.aws.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)
    instance = found["DBInstances"][0]
    assert instance["BackupRetentionPeriod"] == 7
    assert instance["PreferredBackupWindow"] == "03:00-04:00"


def test_the_parameter_names_the_new_writer(world: World, promoted: dict[str, Any]) -> None:
    writer = world.writer()
    assert writer["region"] == REGION
    assert writer["host"] in world.aws.control("GET", "dataplane")["names"]


def test_the_services_are_deployed_anew(world: World, promoted: dict[str, Any]) -> None:
    world.plane.steady("superset-web")
    assert not promoted["tasks"] & {t["task"] for t in world.plane.running("superset-web")}


def test_the_lost_region_stays_fenced_until_it_is_admitted(
    world: World, promoted: dict[str, Any]
) -> None:
    until("writes are allowed here", lambda: world.is_fenced(REGION) == 404)
    assert world.is_fenced(LOST) == 200
    refused = world.invoke("superset-admit", region=LOST)["errorMessage"]
    assert refused.startswith(f"{REGION}: {LOST}: ")
    world.refuse()
    # Its old primary is still there, and says that it is the writer.
    assert "make rebuild" in world.invoke("superset-admit", region=LOST)["errorMessage"]
    assert world.is_fenced(LOST) == 200
    rebuild(world)
    assert world.invoke("superset-admit", region=LOST)["admitted"] == LOST
    until("it is admitted", lambda: world.is_fenced(LOST) == 404)


def rebuild(world: World) -> None:
    """What `make rebuild` and the deploy after it do."""
    world.tell(LOST, REGION)
    rds = world.aws.client("rds", LOST)
    rds.delete_db_instance(
        DBInstanceIdentifier=DATABASE, FinalDBSnapshotIdentifier=f"{DATABASE}-returned"
    )
    until("it is gone", lambda: world.query(LOST, "SELECT 1") is None)
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier=DATABASE,
        SourceDBInstanceIdentifier=f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{DATABASE}",
        SourceRegion=REGION,
    )
    until(
        "the old region has what was written elsewhere",
        lambda: world.query(LOST, "SELECT count(*) FROM said") == 2,
        60,
    )
