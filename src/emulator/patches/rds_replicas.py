"""RDS read replicas: moto's replica shares its source's lists, region and key, and stays a replica
after its promotion.

AWS gives a replica settings of its own; what cannot differ (engine, storage, user) it takes from
its source. Promotion clears the source and resets backups (Amazon RDS User Guide, Working with
read replicas).
"""

from __future__ import annotations

from typing import Any, cast

from moto.rds.models import DBInstance, RDSBackend

from emulator.patches import rds_instances
from emulator.patches.tools import Fault, around

#: What a replica has in common with its source.
SHARED = (
    "engine",
    "engine_version",
    "allocated_storage",
    "master_username",
    "storage_encrypted",
    "db_name",
)


def install() -> None:
    """Replace creation and promotion."""
    around(RDSBackend, "create_db_instance_read_replica")(_create)
    around(RDSBackend, "promote_read_replica")(_promote)
    around(DBInstance, "remove_replica")(_remove_replica)
    around(RDSBackend, "delete_db_instance")(_delete)


def _create(original: Any, self: RDSBackend, db_kwargs: Any) -> DBInstance:
    name = db_kwargs["db_instance_identifier"]
    if name in self.databases:
        raise Fault("DBInstanceAlreadyExists", "DB instance already exists")
    source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
    elsewhere = source.region != self.region_name
    _check(source, db_kwargs, elsewhere)
    replica = DBInstance(self, **_settings(source, db_kwargs, elsewhere))
    rds_instances.complete(replica, db_kwargs)
    replica.engine_version = source.engine_version
    replica.set_as_replica()
    self.databases[name] = replica
    source.add_replica(replica)
    return replica


def _check(source: DBInstance, given: Any, elsewhere: bool) -> None:
    if source.backup_retention_period == 0:
        text = "Automated backups are not enabled for this database instance."
        raise Fault("InvalidDBInstanceState", text)
    if elsewhere and source.storage_encrypted and not given.get("kms_key_id"):
        text = "Cannot create a cross region read replica from an encrypted source without a key."
        raise Fault("InvalidParameterCombination", text)
    subnets = given.get("db_subnet_group_name")
    if not elsewhere and subnets not in (None, source.db_subnet_group.db_subnet_group_name):
        text = "A replica in the source's region is in the source's subnet group."
        raise Fault("DBSubnetGroupNotAllowedFault", text)


def _settings(source: DBInstance, given: Any, elsewhere: bool) -> dict[str, Any]:
    settings = {name: getattr(source, name) for name in SHARED}
    settings["storage_type"] = source.storage_type
    settings["iops"] = source.iops
    settings["storage_throughput"] = source.storage_throughput
    settings["backup_retention_period"] = 0
    settings["kms_key_id"] = source.kms_key_id
    settings["db_instance_class"] = source.db_instance_class
    if not elsewhere:
        settings["db_parameter_group_name"] = source.db_parameter_group_name
        settings["db_subnet_group_name"] = source.db_subnet_group.db_subnet_group_name
    settings |= {key: given[key] for key in _names(given) if given[key] is not None}
    for word in ("enable_performance_insights", "pre_signed_url", "source_region"):
        settings.pop(word, None)
    return settings


def _names(given: Any) -> list[str]:
    """The keyword names of what was given (moto's mapping answers to both spellings)."""
    return [given._xformed(name) for name in given]


def _promote(original: Any, self: RDSBackend, db_kwargs: Any) -> DBInstance:
    name = db_kwargs["db_instance_identifier"]
    replica = self.databases.get(name)
    if replica is None:
        raise Fault("DBInstanceNotFound", f"DBInstance {name} not found.")
    if not replica.is_replica:
        raise Fault("InvalidDBInstanceState", "DB Instance is not a read replica.")
    source_id = str(replica.source_db_instance_identifier)
    backups = db_kwargs.get("backup_retention_period")
    original(self, db_kwargs)
    replica.backup_retention_period = 1 if backups is None else backups
    replica.source_db_instance_identifier = None
    for source in _sources(self, source_id):
        source.remove_replica(replica)
    return replica


def _sources(backend: RDSBackend, identifier: str) -> list[DBInstance]:
    """The source, where it still exists: promotion works without it."""
    region = identifier.split(":")[3] if identifier.startswith("arn:") else backend.region_name
    source = backend.get_backend("rds", region).databases.get(identifier.split(":")[-1])
    return [source] if source else []


def _delete(original: Any, self: RDSBackend, **given: Any) -> DBInstance:
    """Works without the source too, which moto looks for."""
    replica = self.databases.get(given["db_instance_identifier"])
    if (
        replica is None
        or not replica.is_replica
        or _sources(self, str(replica.source_db_instance_identifier))
    ):
        return cast(DBInstance, original(self, **given))
    replica.is_replica = False
    try:
        return cast(DBInstance, original(self, **{**given, "skip_final_snapshot": True}))
    finally:
        replica.is_replica = True


def _remove_replica(original: Any, self: DBInstance, replica: DBInstance) -> None:
    names = (replica.db_instance_identifier, replica.db_instance_arn)
    self.replicas = [name for name in self.replicas if name not in names]
