"""RDS instances: moto forgets Performance Insights and Database Insights, gives every instance the
same resource id, and applies at once what AWS holds back for the maintenance window.
"""

from __future__ import annotations

import secrets
import string
from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from emulator.patches.tools import Fault, around

#: The newest minor version of each major one that AWS chose in 2025 when none is named.
MINOR_VERSIONS = {"13": "13.22", "14": "14.19", "15": "15.14", "16": "16.10", "17": "17.6"}

#: Changes that wait for the maintenance window unless ApplyImmediately is given
#: (Amazon RDS User Guide, Settings for DB instances).
HELD_BACK = (
    "db_instance_class",
    "allocated_storage",
    "engine_version",
    "multi_az",
    "storage_type",
    "iops",
    "storage_throughput",
)

#: What PendingModifiedValues calls them.
PENDING_NAMES = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "engine_version": "EngineVersion",
    "multi_az": "MultiAZ",
    "storage_type": "StorageType",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
}


def install() -> None:
    """Keep what is asked for, and hold back what AWS holds back."""
    around(RDSBackend, "create_db_instance")(_create)
    around(RDSBackend, "modify_db_instance")(_modify)
    around(RDSBackend, "delete_db_instance")(_delete)
    DBInstance.pending_modified_values = property(_pending)  # type: ignore[attr-defined]
    DBInstance.performance_insights_enabled = property(  # type: ignore[attr-defined]
        lambda instance: bool(getattr(instance, "enable_performance_insights", False))
    )


def resource_id() -> str:
    """A DbiResourceId like AWS's."""
    letters = string.ascii_uppercase + "234567"
    return "db-" + "".join(secrets.choice(letters) for _ in range(26))


def complete(instance: DBInstance, given: dict[str, Any]) -> None:
    """Set what moto leaves out or invents."""
    instance.dbi_resource_id = resource_id()
    keep_insights(instance, given)
    if instance.engine != "postgres":
        return
    instance.engine_version = MINOR_VERSIONS.get(instance.engine_version, instance.engine_version)
    instance.license_model = "postgresql-license"
    if not given.get("option_group_name"):
        major = instance.engine_version.split(".")[0]
        instance.option_group_name = f"default:postgres-{major}"
    instance.network_type = given.get("network_type") or "IPV4"  # type: ignore[attr-defined]
    instance.ca_certificate_identifier = given.get("ca_certificate_identifier", "rds-ca-rsa2048-g1")


def keep_insights(instance: DBInstance, given: dict[str, Any]) -> None:
    """Performance Insights and Database Insights as asked for, with AWS's defaults."""
    for name in (
        "enable_performance_insights",
        "performance_insights_kms_key_id",
        "performance_insights_retention_period",
        "database_insights_mode",
    ):
        if given.get(name) is not None:
            setattr(instance, name, given[name])
    if not getattr(instance, "database_insights_mode", None):
        instance.database_insights_mode = "standard"  # type: ignore[attr-defined]
    if not instance.performance_insights_enabled:  # type: ignore[attr-defined]
        for name in ("performance_insights_kms_key_id", "performance_insights_retention_period"):
            instance.__dict__.pop(name, None)
    elif not getattr(instance, "performance_insights_retention_period", None):
        instance.performance_insights_retention_period = 7  # type: ignore[attr-defined]


def _create(original: Any, self: RDSBackend, db_kwargs: Any) -> DBInstance:
    instance: DBInstance = original(self, db_kwargs)
    complete(instance, db_kwargs)
    return instance


def _held(instance: DBInstance) -> dict[str, Any]:
    held: dict[str, Any] = instance.__dict__.setdefault("held_back", {})
    return held


def _pending(instance: DBInstance) -> dict[str, Any] | None:
    return {PENDING_NAMES[name]: value for name, value in _held(instance).items()} or None


def _modify(
    original: Any, self: RDSBackend, db_instance_identifier: str, db_kwargs: Any
) -> DBInstance:
    instance = self.describe_db_instances(db_instance_identifier)[0]
    if instance.is_replica and db_kwargs.get("master_user_password"):
        text = "Modifying the master password of a read replica is not supported."
        raise Fault("InvalidParameterCombination", text)
    if version := db_kwargs.get("engine_version"):
        db_kwargs["engine_version"] = MINOR_VERSIONS.get(version, version)
    at_once = bool(db_kwargs.get("apply_immediately"))
    for name in HELD_BACK:
        value = db_kwargs.get(name)
        if value is None:
            continue
        if not at_once and value != getattr(instance, name):
            _held(instance)[name] = value
            del db_kwargs[name]
        else:
            _held(instance).pop(name, None)
    if at_once:
        for name, value in _held(instance).items():
            db_kwargs[name] = value
        _held(instance).clear()
    changed: DBInstance = original(self, db_instance_identifier, db_kwargs)
    keep_insights(changed, db_kwargs)
    return changed


def _delete(original: Any, self: RDSBackend, **given: Any) -> DBInstance:
    """AWS insists on a decision about the final snapshot; a replica never has one."""
    name = given["db_instance_identifier"]
    instance = self.databases.get(name)
    if instance is not None:
        final = given.get("final_db_snapshot_identifier")
        skip = given.get("skip_final_snapshot")
        if not skip and not final and not instance.is_replica:
            text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            raise Fault("InvalidParameterCombination", text)
        if final and instance.is_replica:
            text = "Cannot create a final snapshot of a read replica."
            raise Fault("InvalidParameterCombination", text)
    deleted: DBInstance = original(self, **given)
    return deleted
