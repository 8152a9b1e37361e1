"""RDS instances as running PostgreSQLs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from moto.rds.models import RDSBackend, rds_backends

from emulator.dataplane import restores
from emulator.dataplane.addresses import Addresses
from emulator.dataplane.authority import Authority
from emulator.dataplane.names import Names
from emulator.dataplane.postgres import Postgres
from emulator.patches.tools import around

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
        self._applied: dict[str, str] = {}
        self._replicas: set[str] = set()

    def reconcile(self) -> None:
        """One look."""
        with restores.guard:
            self._reconcile()

    def rename(self, before: str, after: str, host: str) -> None:
        """What runs under one ARN runs under another now, and has another host name."""
        for known in (self.running, self._applied, _passwords):
            if before in known:
                known[after] = known.pop(before)
        engine = self.running[after]
        self._addresses.rename(f"database-{before}", f"database-{after}")
        self._names.remove(host.replace(_name(after), _name(before), 1))
        self._names.set(host, engine.address)
        engine.rename(self._authority.issue(host))

    def _reconcile(self) -> None:
        wanted = {
            instance.db_instance_arn: instance
            for backend in rds_backends[self._account].values()
            for instance in backend.databases.values()
            if instance.engine == "postgres"
        }
        for arn in [arn for arn in self.running if arn not in wanted]:
            self.running.pop(arn).close()
            self._applied.pop(arn, None)
        for arn, instance in wanted.items():
            if arn not in self.running:
                self._begin(arn, instance, wanted)
            elif arn in self.running:
                self._steer(arn, instance)

    def close(self) -> None:
        """End all of them."""
        for engine in self.running.values():
            engine.close()

    def _begin(self, arn: str, instance: Any, wanted: dict[str, Any]) -> None:
        name = instance.address
        address = self._addresses.take(f"database-{arn}")
        self._names.set(name, address)
        region = arn.split(":")[3]
        folder = self.folder / f"{region}-{instance.db_instance_identifier}-{address}"
        engine = Postgres(folder, address, self._authority.issue(name))
        if instance.is_replica:
            source = str(instance.source_db_instance_identifier)
            found = [a for a in self.running if a == source or a.endswith(f":{source}")]
            if not found:
                return
            engine.replicate(self.running[found[0]])
            self._replicas.add(arn)
        elif arn in restores.origins:
            origin = restores.origins.pop(arn)
            engine.restore(origin.backup, origin.archive, origin.until)
        else:
            password = _passwords[arn]
            engine.initialize(instance.master_username, password, instance.db_name or "postgres")
            self._applied[arn] = password
        self.running[arn] = engine
        log.info("PostgreSQL of %s listens on %s", name, address)

    def _steer(self, arn: str, instance: Any) -> None:
        engine = self.running[arn]
        if instance.status == "stopped" and engine.is_running():
            engine.stop()
        elif arn in _reboots:
            _reboots.discard(arn)
            engine.restart()
        elif instance.status != "stopped" and not engine.is_running():
            engine.start()
        if arn in self._replicas and not instance.is_replica:
            engine.promote()
            self._replicas.discard(arn)
        password = _passwords.get(arn)
        if password and self._applied.get(arn) != password and engine.is_running():
            engine.set_password(instance.master_username, password)
            self._applied[arn] = password


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
