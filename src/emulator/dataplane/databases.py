"""RDS instances as running PostgreSQLs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from moto.rds.models import RDSBackend, rds_backends

from emulator.dataplane import restores
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.links import Endpoint
from emulator.dataplane.names import Names
from emulator.dataplane.postgres import PORT, Postgres
from emulator.patches.tools import around
from emulator.regions import regions

log = logging.getLogger("emulator")

#: The last master password of each instance, by ARN: moto does not keep it.
_passwords: dict[str, str] = {}
_reboots: set[str] = set()


def install() -> None:
    """Remember what moto forgets."""
    around(RDSBackend, "create_db_instance")(_create)
    around(RDSBackend, "modify_db_instance")(_modify)
    around(RDSBackend, "reboot_db_instance")(_reboot)
    around(RDSBackend, "delete_db_instance")(_delete)
    around(RDSBackend, "promote_read_replica")(_promote)
    restores.install()


def _create(original: Any, self: RDSBackend, db_kwargs: Any) -> Any:
    password = db_kwargs.get("master_user_password")
    instance = original(self, db_kwargs)
    if password:
        _passwords[instance.db_instance_arn] = password
    return instance


def _modify(original: Any, self: RDSBackend, db_instance_identifier: str, db_kwargs: Any) -> Any:
    password = db_kwargs.get("master_user_password")
    instance = original(self, db_instance_identifier, db_kwargs)
    if password:
        _passwords[instance.db_instance_arn] = password
    return instance


def _delete(original: Any, self: RDSBackend, **given: Any) -> Any:
    """A replica that takes its name has its source's password."""
    instance = original(self, **given)
    _passwords.pop(instance.db_instance_arn, None)
    return instance


def _reboot(original: Any, self: RDSBackend, db_instance_identifier: str) -> Any:
    instance = original(self, db_instance_identifier)
    _reboots.add(instance.db_instance_arn)
    return instance


def _promote(original: Any, self: RDSBackend, db_kwargs: Any) -> Any:
    """Not available before PostgreSQL accepts writes, as on RDS."""
    instance = original(self, db_kwargs)
    instance.status = "modifying"
    return instance


class Databases:
    """Starts, steers and ends them."""

    def __init__(
        self, account: str, folder: Path, addresses: Addresses, authority: Authority, names: Names
    ) -> None:
        self._account = account
        self.folder = folder
        self._addresses = addresses
        self._authority = authority
        self._names = names
        self.running: dict[str, Postgres] = {}
        #: An instance that is deleted and made anew has the same ARN.
        self._instances: dict[str, Any] = {}
        self._applied: dict[str, str] = {}
        #: Region of the source of each that is still a replica.
        self._replicas: dict[str, str] = {}
        #: Replicas that are cut off from their source.
        self._alone: set[str] = set()

    def reconcile(self) -> None:
        """One look."""
        with restores.guard:
            self._reconcile()

    def rename(self, before: str, after: str, host: str) -> None:
        """What runs under one ARN runs under another now, and has another host name."""
        for known in (
            self.running, self._instances, self._applied, self._replicas, _passwords
        ):  # fmt: skip
            if before in known:
                known[after] = known.pop(before)
        engine = self.running[after]
        self._addresses.rename(f"database-{before}", f"database-{after}")
        self._names.remove(host.replace(_name(after), _name(before), 1))
        self._names.set(host, engine.address, _region(after))
        engine.rename(self._authority.issue(host))

    def _reconcile(self) -> None:
        wanted = {
            instance.db_instance_arn: instance
            for backend in rds_backends[self._account].values()
            for instance in backend.databases.values()
            if instance.engine == "postgres"
        }
        for arn in [arn for arn in self.running if self._instances[arn] is not wanted.get(arn)]:
            self._forget(arn)
        for arn, instance in wanted.items():
            if regions.is_lost(_region(arn)):
                if arn in self.running:
                    self.running[arn].destroy()
            elif arn not in self.running:
                self._begin(arn, instance)
            else:
                self._steer(arn, instance)

    def close(self) -> None:
        """End all of them."""
        for engine in self.running.values():
            engine.close()

    def endpoints(self) -> list[Endpoint]:
        """Where they listen."""
        return [Endpoint(_region(arn), one.address, PORT) for arn, one in self.running.items()]

    def _forget(self, arn: str) -> None:
        self.running.pop(arn).close()
        self._applied.pop(arn, None)
        self._replicas.pop(arn, None)
        self._alone.discard(arn)

    def _begin(self, arn: str, instance: Any) -> None:
        name = instance.address
        source = self._source(arn, instance) if instance.is_replica else None
        password = _passwords.get(arn, "")
        # A request that makes an instance may not be through yet.
        if not (source if instance.is_replica else password or arn in restores.origins):
            return
        address = self._addresses.take(f"database-{arn}")
        self._names.set(name, address, _region(arn))
        folder = self.folder / f"{_region(arn)}-{instance.db_instance_identifier}-{address}"
        engine = Postgres(folder, address, self._authority.issue(name))
        if source is not None:
            engine.replicate(self.running[source])
            self._replicas[arn] = _region(source)
        elif arn in restores.origins:
            origin = restores.origins.pop(arn)
            engine.restore(origin.backup, origin.archive, origin.until)
        else:
            engine.initialize(instance.master_username, password, instance.db_name or "postgres")
            self._applied[arn] = password
        self.running[arn] = engine
        self._instances[arn] = instance
        log.info("PostgreSQL of %s listens on %s", name, address)

    def _source(self, arn: str, instance: Any) -> str | None:
        """What a new replica can be copied from now."""
        named = str(instance.source_db_instance_identifier)
        source = named if named.startswith("arn:") else f"{arn.rpartition(':')[0]}:{named}"
        engine = self.running.get(source)
        if engine is None or not engine.is_running():
            return None
        return None if regions.is_cut(_region(arn), _region(source)) else source

    def _steer(self, arn: str, instance: Any) -> None:
        engine = self.running[arn]
        if instance.status == "stopped" and engine.is_running():
            engine.stop()
        elif arn in _reboots:
            _reboots.discard(arn)
            engine.restart()
        elif instance.status != "stopped" and not engine.is_running():
            engine.start()
        if arn in self._replicas:
            self._follow(arn, instance)
        password = _passwords.get(arn)
        if password and self._applied.get(arn) != password and engine.is_running():
            engine.set_password(instance.master_username, password)
            self._applied[arn] = password

    def _follow(self, arn: str, instance: Any) -> None:
        """What has to do with a replica's source: whether it is one still, and reaches it."""
        engine = self.running[arn]
        if not instance.is_replica:
            engine.promote()
            del self._replicas[arn]
            instance.status = "available"
            log.info("PostgreSQL of %s is promoted", instance.address)
            return
        is_alone = regions.is_cut(_region(arn), self._replicas[arn])
        if is_alone != (arn in self._alone):
            engine.connect_replica(not is_alone)
            self._alone ^= {arn}


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
