"""A small AWS in memory: regions with what superset-promote and superset-admit find there.

It answers botocore's calls after botocore's own check of their parameters, records them, refuses
regions, and kills the function at a chosen call. Time passes only when the function sleeps.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.client
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.validate import ParamValidator

from superset_admit import handler as admit
from superset_promote import handler as promote

EAST, WEST, ASIA = "us-east-1", "eu-west-1", "ap-southeast-1"
ACCOUNT = "123456789012"
DATABASE = "superset-production"
DOMAIN = "analytics.example.com"
WAIT = 90
TASK = f"arn:aws:ecs:{WEST}:{ACCOUNT}:task/superset-production/0123"


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing may catch it."""


@dataclass(frozen=True)
class Call:
    """One AWS call."""

    region: str
    operation: str
    parameters: dict[str, Any]


@dataclass
class Region:
    """What one region has."""

    parameters: dict[str, str]
    database: dict[str, Any]
    raised: set[str] = field(default_factory=set)
    deployed: list[str] = field(default_factory=list)


class Context:
    """Lambda's context object."""

    aws_request_id = "request-1"

    def __init__(self, seconds: float = 900) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class World:
    """Regions, their databases and fences, from the outside; us-east-1 is the writer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self._monkeypatch = monkeypatch
        self.names = names
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.regions = {name: self._region(name) for name in names}
        self.calls: list[Call] = []
        self.looks: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.kill_after: int | None = None
        self.promotion_looks = 0
        """How often RDS is asked before a promotion shows."""
        self.lag: float | None = 0.4
        self.task_exit = 0
        self.task_says = {"writer": "0/2", "replica": "0/2", "bytes": 0, "caught_up": True}
        self.on_call: Callable[[Call], None] = lambda call: None
        self.on_sleep: Callable[[], None] = lambda: None
        self._install()

    def _region(self, name: str) -> Region:
        writer = {"region": EAST, "host": f"db.{EAST}", "port": 5432}
        database: dict[str, Any] = {
            "DBInstanceIdentifier": DATABASE,
            "DBInstanceStatus": "available",
            "Endpoint": {"Address": f"db.{name}", "Port": 5432},
            "BackupRetentionPeriod": 7 if name == EAST else 0,
            "PreferredBackupWindow": "03:00-04:00",
        }
        if name != EAST:
            source = f"arn:aws:rds:{EAST}:{ACCOUNT}:db:{DATABASE}"
            database["ReadReplicaSourceDBInstanceIdentifier"] = source
        parameters = {"/superset/writer": json.dumps(writer), "/superset/promote": "{}"}
        return Region(parameters, database)

    def _install(self) -> None:
        world = self

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            shape = client.meta.service_model.operation_model(operation).input_shape
            report = ParamValidator().validate(parameters, shape)
            assert not report.has_errors(), report.generate_report()
            return world._called(client, operation, parameters)

        self._monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        self._monkeypatch.setattr("superset_shared.failover.clock.now", lambda: self.now)
        self._monkeypatch.setattr("superset_shared.failover.clock.sleep", self._sleep)
        self._monkeypatch.setattr("superset_shared.task.time.sleep", lambda seconds: None)
        for module in ("promotion", "handler"):
            self._monkeypatch.setattr(f"superset_promote.{module}.is_raised", self._is_raised)

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.on_sleep()

    def _is_raised(self, domain: str, by: str, against: str) -> bool:
        assert domain == DOMAIN
        self.looks.append((by, against))
        return by not in self.refused and against in self.regions[by].raised

    def _called(self, client: Any, operation: str, given: dict[str, Any]) -> Any:
        one = Call(client.meta.region_name, operation, given)
        self.calls.append(one)
        if one.region in self.refused:
            raise EndpointConnectionError(endpoint_url=client.meta.endpoint_url)
        self.on_call(one)
        answer = getattr(self, f"_{xform_name(operation)}")(self.regions[one.region], given)
        if self.kill_after == len(self.calls) - 1:
            raise Killed
        return deepcopy(answer)

    def _get_parameter(self, region: Region, given: dict[str, Any]) -> Any:
        value = region.parameters.get(given["Name"])
        if value is None:
            raise _error("ParameterNotFound", "GetParameter")
        return {"Parameter": {"Value": value, "LastModifiedDate": self.now}}

    def _put_parameter(self, region: Region, given: dict[str, Any]) -> Any:
        assert len(given["Value"]) <= 4096
        region.parameters[given["Name"]] = given["Value"]
        return {"Version": 1}

    def _modify_rule(self, region: Region, given: dict[str, Any]) -> Any:
        config = given["Actions"][0]["FixedResponseConfig"]
        assert (config["StatusCode"], config["MessageBody"]) in (
            ("200", "fenced"),
            ("404", "not fenced"),
        )
        against = given["RuleArn"].rpartition("/")[2]
        change = region.raised.add if config["StatusCode"] == "200" else region.raised.discard
        change(against)
        return {"Rules": []}

    def _describe_db_instances(self, region: Region, given: dict[str, Any]) -> Any:
        database = region.database
        if database["DBInstanceStatus"] == "modifying":
            self.promotion_looks -= 1
            if self.promotion_looks < 0:
                database["DBInstanceStatus"] = "available"
                database.pop("ReadReplicaSourceDBInstanceIdentifier", None)
        return {"DBInstances": [database]}

    def _promote_read_replica(self, region: Region, given: dict[str, Any]) -> Any:
        database = region.database
        if database["DBInstanceStatus"] != "available" or not _source(database):
            raise _error("InvalidDBInstanceState", "PromoteReadReplica")
        database["DBInstanceStatus"] = "modifying"
        database["BackupRetentionPeriod"] = given.get("BackupRetentionPeriod", 1)
        database["PreferredBackupWindow"] = given.get("PreferredBackupWindow", "23:11-23:41")
        return {}

    def _modify_db_instance(self, region: Region, given: dict[str, Any]) -> Any:
        assert given["ApplyImmediately"] is True
        for name in ("BackupRetentionPeriod", "PreferredBackupWindow"):
            region.database[name] = given[name]
        return {}

    def _update_service(self, region: Region, given: dict[str, Any]) -> Any:
        assert given["forceNewDeployment"] is True
        region.deployed.append(given["service"])
        return {}

    def _get_metric_statistics(self, region: Region, given: dict[str, Any]) -> Any:
        if self.lag is None:
            return {"Datapoints": []}
        return {"Datapoints": [{"Timestamp": self.now, "Maximum": self.lag}]}

    def _list_tasks(self, region: Region, given: dict[str, Any]) -> Any:
        return {"taskArns": []}

    def _run_task(self, region: Region, given: dict[str, Any]) -> Any:
        return {"tasks": [{"taskArn": TASK}], "failures": []}

    def _describe_tasks(self, region: Region, given: dict[str, Any]) -> Any:
        container = {"name": "superset", "exitCode": self.task_exit}
        return {"tasks": [{"lastStatus": "STOPPED", "containers": [container]}]}

    def _get_log_events(self, region: Region, given: dict[str, Any]) -> Any:
        lines = ["connecting", json.dumps(self.task_says)]
        return {"events": [{"message": line} for line in lines]}

    def promote(self, region: str = WEST, limit: float = 900, **event: Any) -> dict[str, Any]:
        """Invoke superset-promote in a region."""
        self._become(region)
        return promote.handle(event, Context(limit))

    def admit(self, region: str, lost: str) -> dict[str, Any]:
        """Invoke superset-admit in a region."""
        self._become(region)
        return admit.handle({"region": lost}, Context())

    def _become(self, region: str) -> None:
        ecs = f"arn:aws:ecs:{region}:{ACCOUNT}"
        rule = f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:listener-rule/app/x"
        rules = {name: f"{rule}/{name}" for name in self.names}
        for key, value in {
            "AWS_DEFAULT_REGION": region,
            "SUPERSET_REGION": region,
            "SUPERSET_REGIONS": ",".join(self.names),
            "SUPERSET_DATABASE": DATABASE,
            "SUPERSET_FENCES": json.dumps(rules),
            "SUPERSET_DOMAIN": DOMAIN,
            "SUPERSET_BACKUP_DAYS": "7",
            "SUPERSET_BACKUP_WINDOW": "03:00-04:00",
            "SUPERSET_CLUSTER": f"{ecs}:cluster/superset-production",
            "SUPERSET_SERVICES": "superset-web,superset-worker,superset-beat",
            "SUPERSET_TASK_DEFINITION": f"{ecs}:task-definition/superset-init:7",
            "SUPERSET_SUBNETS": "subnet-1",
            "SUPERSET_SECURITY_GROUP": "sg-1",
            "SUPERSET_LOG_GROUP": "/superset/init",
            "SUPERSET_LOG_STREAM_PREFIX": "superset-init",
            "FENCE_WAIT_SECONDS": str(WAIT),
        }.items():
            self._monkeypatch.setenv(key, value)

    def of(self, operation: str, region: str | None = None) -> list[Call]:
        """Calls that were made."""
        return [c for c in self.calls if c.operation == operation and region in (None, c.region)]

    def writer(self, region: str) -> str:
        """What a region holds to be the writer."""
        return str(json.loads(self.regions[region].parameters["/superset/writer"])["region"])

    def record(self, region: str = WEST) -> dict[str, Any]:
        """What the function has recorded."""
        found: dict[str, Any] = json.loads(self.regions[region].parameters["/superset/promote"])
        return found

    def is_primary(self, region: str) -> bool:
        """Whether its database is one."""
        return _source(self.regions[region].database) is None


def _source(database: dict[str, Any]) -> str | None:
    return database.get("ReadReplicaSourceDBInstanceIdentifier")


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
