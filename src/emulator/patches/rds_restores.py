"""RDS: moto takes the source of a restore to a point in time for the source of a replica."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from emulator.patches.tools import around


def install() -> None:
    """A restored instance follows nobody."""
    around(RDSBackend, "restore_db_instance_to_point_in_time")(_restore)


def _restore(original: Any, self: RDSBackend, *more: Any, **given: Any) -> DBInstance:
    instance: DBInstance = original(self, *more, **given)
    instance.source_db_instance_identifier = None
    instance.replicas = []
    return instance
