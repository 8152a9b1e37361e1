"""Snapshots, restores and new names of databases, with the data in them.

A snapshot is a base backup. A restore to a point in time is PostgreSQL's own recovery: every
instance archives its log from its first base backup on, so any moment since then can be restored,
whatever its retention says.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.rds.models import RDSBackend

from emulator import dataplane
from emulator.patches.tools import around

#: Held while databases are begun and ended: what is restored or renamed is never seen half done.
guard = threading.RLock()


@dataclass(frozen=True)
class Origin:
    """Where the data of a restored instance come from."""

    backup: Path
    archive: Path | None = None
    until: datetime | None = None


#: By the ARN of the instance that is restored.
origins: dict[str, Origin] = {}
_snapshots: dict[str, Path] = {}


def install() -> None:
    """Do with the data what moto does with the records."""
    around(RDSBackend, "create_db_snapshot")(_snapshot)
    around(RDSBackend, "copy_db_snapshot")(_copy)
    around(RDSBackend, "restore_db_instance_from_db_snapshot")(_from_snapshot)
    around(RDSBackend, "restore_db_instance_to_point_in_time")(_to_time)
    around(RDSBackend, "modify_db_instance")(_rename)


def _databases() -> Any:
    plane = dataplane.current()
    assert plane is not None
    return plane.databases


def _snapshot(original: Any, self: RDSBackend, *more: Any, **given: Any) -> Any:
    snapshot = original(self, *more, **given)
    with guard:
        engine = _databases().running.get(_arn(self, snapshot.db_instance_identifier))
        # moto records an automated backup of an instance that does not run yet.
        if engine is not None and engine.is_running():
            folder = _databases().folder / f"snapshot-{uuid.uuid4().hex}"
            engine.back_up(folder)
            _snapshots[snapshot.db_snapshot_arn] = folder
    return snapshot


def _copy(original: Any, self: RDSBackend, *names: Any, **given: Any) -> Any:
    copy = original(self, *names, **given)
    source = given.get("source_db_snapshot_identifier") or names[0]
    _snapshots[copy.db_snapshot_arn] = _snapshots[self.get_db_snapshot(source).db_snapshot_arn]
    return copy


def _from_snapshot(original: Any, self: RDSBackend, from_snapshot_id: str, overrides: Any) -> Any:
    name = overrides["db_instance_identifier"]
    origin = Origin(_snapshots[self.get_db_snapshot(from_snapshot_id).db_snapshot_arn])
    with guard:
        origins[_arn(self, name)] = origin
        return original(self, from_snapshot_id, overrides)


def _to_time(original: Any, self: RDSBackend, source: str, target: str, overrides: Any) -> Any:
    with guard:
        engine = _databases().running[_arn(self, source)]
        engine.archive()
        origins[_arn(self, target)] = Origin(
            engine.base, engine.archived, overrides.get("restore_time")
        )
        return original(self, source, target, overrides)


def _rename(original: Any, self: RDSBackend, db_instance_identifier: str, db_kwargs: Any) -> Any:
    name = db_kwargs.get("new_db_instance_identifier")
    if not name:
        return original(self, db_instance_identifier, db_kwargs)
    with guard:
        before = _arn(self, db_instance_identifier)
        instance = original(self, db_instance_identifier, db_kwargs)
        _databases().rename(before, _arn(self, name), instance.address)
        return instance


def _arn(backend: RDSBackend, name: str) -> str:
    return f"arn:aws:rds:{backend.region_name}:{backend.account_id}:db:{name}"
