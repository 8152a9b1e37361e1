"""Whatever the provider can encrypt is encrypted with a key of the platform, in every stack.

Which arguments there are is asked of the provider, so that none is overlooked: each has a line in
one of the tables below.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import provider_schema
import pytest

from commands import snapshots

STACKS: dict[str, dict[str, Any]] = {
    name: json.loads(text) for name, text in snapshots.committed().items()
}

#: Argument that names a key, to the purpose of the key.
KEYS = {
    "aws_backup_vault.kms_key_arn": "backups",
    "aws_cloudtrail.kms_key_id": "audit",
    "aws_cloudwatch_log_group.kms_key_id": "logs|audit",
    "aws_db_instance.kms_key_id": "database",
    "aws_db_instance.performance_insights_kms_key_id": "database",
    "aws_ecr_repository.encryption_configuration.kms_key": "images",
    "aws_ecs_cluster.configuration.execute_command_configuration.kms_key_id": "logs",
    "aws_ecs_cluster.configuration.managed_storage_configuration"
    ".fargate_ephemeral_storage_kms_key_id": "tasks",
    "aws_elasticache_replication_group.kms_key_id": "cache",
    "aws_lambda_function.kms_key_arn": "secrets",
    "aws_s3_bucket_server_side_encryption_configuration"
    ".rule.apply_server_side_encryption_by_default.kms_master_key_id": "state|backups|audit",
    "aws_secretsmanager_secret.kms_key_id": "secrets",
    "aws_sns_topic.kms_master_key_id": "alarms|audit",
}

#: Argument to the values that are right.
SWITCHES: dict[str, set[Any]] = {
    "aws_db_instance.ca_cert_identifier": {"rds-ca-rsa2048-g1"},
    "aws_db_instance.storage_encrypted": {True},
    "aws_ecr_repository.encryption_configuration.encryption_type": {"KMS"},
    "aws_ecs_cluster.configuration.execute_command_configuration.log_configuration"
    ".cloud_watch_encryption_enabled": {True},
    "aws_elasticache_replication_group.at_rest_encryption_enabled": {True},
    "aws_elasticache_replication_group.transit_encryption_enabled": {True},
    "aws_s3_bucket_server_side_encryption_configuration"
    ".rule.apply_server_side_encryption_by_default.sse_algorithm": {"aws:kms"},
}

#: Argument to the reason why nothing has to be set.
NOTHING_TO_ENCRYPT = {
    "aws_db_instance.master_user_secret_kms_key_id": "RDS keeps no secret: superset-secrets does",
    "aws_ecs_cluster.configuration.execute_command_configuration.log_configuration"
    ".s3_bucket_encryption_enabled": "sessions are written into a log group",
    "aws_ecs_cluster.configuration.managed_storage_configuration.kms_key_id": "no EBS volume",
    "aws_ecs_service.service_connect_configuration.service.tls.kms_key": "no Service Connect",
    "aws_ecs_service.volume_configuration.managed_ebs_volume.encrypted": "no EBS volume",
    "aws_ecs_service.volume_configuration.managed_ebs_volume.kms_key_id": "no EBS volume",
    "aws_ecs_task_definition.volume.efs_volume_configuration.transit_encryption": "no EFS",
    "aws_ecs_task_definition.volume.efs_volume_configuration.transit_encryption_port": "no EFS",
    "aws_elasticache_replication_group.transit_encryption_mode": "for changing it while it runs",
    "aws_s3_bucket_replication_configuration.rule.destination.encryption_configuration"
    ".replica_kms_key_id": "ReplicationTest: the other region's key",
    "aws_scheduler_schedule.kms_key_arn": "a schedule names a task definition and nothing else",
    "aws_secretsmanager_secret.replica.kms_key_id": "superset-secrets copies, not AWS",
}

#: Stack/type.name, as patterns, to the reason why it has no key of the platform.
EXCEPTED = {
    r".*/aws_s3_bucket_server_side_encryption_configuration\.logs_.*": (
        "load balancers deliver access logs into SSE-S3 buckets only"
    ),
}

_OF_INTEREST = re.compile(r"kms|encrypt|sse_algorithm|ca_cert_identifier")


def resources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Stack/type.name, type and arguments of everything."""
    for stack, document in STACKS.items():
        for kind, named in document["resource"].items():
            for name, one in named.items():
                yield f"{stack}/{kind}.{name}", kind, one


def of(kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(address, one) for address, found, one in resources() if found == kind]


def values(one: Any, path: list[str]) -> list[Any]:
    """Everything at a path of arguments; blocks may be repeated. None where it is not set."""
    if not path:
        return [one]
    if isinstance(one, list):
        return [value for each in one for value in values(each, path)]
    return values(one.get(path[0]), path[1:]) if isinstance(one, Mapping) else [None]


def excepted(address: str) -> bool:
    return any(re.fullmatch(pattern, address) for pattern in EXCEPTED)


def settings(table: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Stack/type.name.argument, what is set, and what the table says."""
    for argument, right in table.items():
        kind, _, path = argument.partition(".")
        for address, one in of(kind):
            if not excepted(address):
                for value in values(one, path.split(".")):
                    yield f"{address}: {path}", value, right


def test_every_argument_of_the_provider_about_encryption_is_looked_at(tmp_path: Path) -> None:
    schema = provider_schema.resources(tmp_path, STACKS["superset-us-east-1"])
    kinds = {kind for _, kind, _ in resources()} & schema.keys()
    there = {
        ".".join((kind, *path))
        for kind in kinds
        # The bucket's own argument of old; its successor is a resource.
        if kind != "aws_s3_bucket"
        for path in provider_schema.arguments(schema[kind]["block"])
        if _OF_INTEREST.search(path[-1])
    }
    assert there == {*KEYS, *SWITCHES, *NOTHING_TO_ENCRYPT}


@pytest.mark.parametrize(
    ("where", "value", "purpose"), list(settings(KEYS)), ids=lambda one: str(one)[:150]
)
def test_it_is_encrypted_with_the_key_of_its_purpose(where: str, value: Any, purpose: str) -> None:
    assert re.search(rf"aws_kms_key\.\S*_({purpose})_[0-9A-F]{{8}}\.arn", str(value)), value


def test_everything_that_can_be_encrypted_is() -> None:
    wrong = [(where, value) for where, value, right in settings(SWITCHES) if value not in right]
    assert wrong == []


def test_every_exception_is_needed() -> None:
    addresses = [address for address, _, _ in resources()]
    for pattern in EXCEPTED:
        assert any(re.fullmatch(pattern, one) for one in addresses), pattern


def test_every_bucket_is_encrypted_and_refuses_plain_http() -> None:
    for stack, document in STACKS.items():
        found = document["resource"]
        buckets = set(found.get("aws_s3_bucket", {}))
        for kind in ("server_side_encryption_configuration", "policy", "public_access_block"):
            named = {
                re.search(r"aws_s3_bucket\.([^.]+)\.", one["bucket"])
                for one in found.get(f"aws_s3_bucket_{kind}", {}).values()
            }
            assert {match[1] for match in named if match} == buckets, (stack, kind)
    for address, one in of("aws_s3_bucket_policy"):
        denials = [
            statement
            for statement in json.loads(one["policy"])["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert denials, address


def test_every_key_rotates_and_nobody_else_uses_it() -> None:
    keys = of("aws_kms_key")
    assert keys
    for address, one in keys:
        assert one["enable_key_rotation"] is True, address
        for statement in json.loads(one["policy"])["Statement"]:
            assert "*" not in str(statement["Principal"]), address


def test_every_listener_speaks_tls_1_2_or_newer_or_redirects() -> None:
    listeners = of("aws_lb_listener")
    assert listeners
    for address, one in listeners:
        if one["protocol"] == "HTTPS":
            assert one["ssl_policy"].startswith("ELBSecurityPolicy-TLS13-1-2-"), address
        else:
            (action,) = one["default_action"]
            assert action["redirect"]["protocol"] == "HTTPS", address


def test_every_database_refuses_plain_connections() -> None:
    groups = of("aws_db_parameter_group")
    assert groups
    for address, one in groups:
        assert {"name": "rds.force_ssl", "value": "1", "apply_method": "immediate"} in one[
            "parameter"
        ], address
