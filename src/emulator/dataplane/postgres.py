"""A PostgreSQL as RDS runs it: TLS only, passwords as SCRAM, one master user."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from emulator.dataplane import daemons
from emulator.dataplane.authority import Issued

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
PORT = 5432

_SETTINGS = """
listen_addresses = '{address}'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
password_encryption = scram-sha-256
max_connections = {connections}
shared_buffers = 64MB
wal_level = replica
max_wal_senders = 10
# A link costs nothing, and a file that is used again would change under it.
archive_mode = on
archive_command = 'ln %p {folder}/archive/%f'
wal_recycle = off
hot_standby = on
# What a replica needs that was away for a while.
wal_keep_size = 256MB
# When each row was committed, and where: tests ask for it.
track_commit_timestamp = on
# The machine does not crash; the process may be killed, and loses nothing that it acknowledged.
fsync = off
full_page_writes = off
log_min_messages = warning
"""

_ACCESS = """
local all postgres trust
local replication postgres trust
hostssl all all all scram-sha-256
hostssl replication all all scram-sha-256
"""


class Postgres:
    """One instance."""

    def __init__(
        self, folder: Path, address: str, certificate: Issued, connections: int = 200
    ) -> None:
        self.address = address
        self._folder = folder
        self._data = folder / "data"
        self._certificate = certificate
        self._connections = connections
        self._process: subprocess.Popen[bytes] | None = None
        #: What a restore to a point in time begins with, and the log since then.
        self.base = folder / "base"
        self.archived = folder / "archive"
        self.archived.mkdir(parents=True)
        #: How a replica reaches its source.
        self._source = ""
        folder.chmod(0o755)
        daemons.owner(USER, folder, self.archived)
        self._identify(certificate)

    def initialize(self, user: str, password: str, database: str) -> None:
        """A new cluster with its master user and database."""
        self._run("initdb", "-D", str(self._data), "-U", USER, "--auth=trust", "-E", "UTF8", "-N")
        self._configure()
        self.start()
        role, name = sql.Identifier(user), sql.Identifier(database)
        create_role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}")
        self._execute(create_role.format(role, sql.Literal(password)))
        # As rds_superuser has it (RDS User Guide, "Understanding PostgreSQL roles").
        self._execute(sql.SQL("GRANT pg_monitor TO {}").format(role))
        self._execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
        self.back_up(self.base)

    def replicate(self, source: Postgres) -> None:
        """A streaming replica of another instance."""
        self._run(
            "pg_basebackup", "-h", str(source._folder), "-p", str(PORT), "-U", USER,
            "-D", str(self._data), "-X", "stream", "-c", "fast",
        )  # fmt: skip
        (self._data / "standby.signal").touch()
        daemons.owner(USER, self._data / "standby.signal")
        # Settings of the source's own life as a replica came with its data.
        (self._data / "postgresql.auto.conf").write_text("")
        self._source = f"host={source._folder} port={PORT} user={USER}"
        self._configure(f"primary_conninfo = '{self._source}'\n")
        self.start()

    def back_up(self, folder: Path) -> None:
        """A copy of the data as they are now."""
        folder.mkdir(mode=0o700)
        daemons.owner(USER, folder)
        self._run(
            "pg_basebackup", "-h", str(self._folder), "-p", str(PORT), "-U", USER,
            "-D", str(folder), "-X", "stream", "-c", "fast",
        )  # fmt: skip

    def archive(self) -> None:
        """Returns when the archive holds everything that was committed until now."""
        ((name,),) = self._query("SELECT pg_walfile_name(pg_switch_wal())")
        while not (self.archived / name).exists():
            time.sleep(0.05)

    def restore(self, backup: Path, archive: Path | None, until: datetime | None) -> None:
        """From a backup, and the log after it until a moment or its end."""
        subprocess.run(["cp", "-a", str(backup), str(self._data)], check=True)
        if archive is not None:
            lines = [f"restore_command = 'cp {archive}/%f %p'", "recovery_target_action = promote"]
            lines += [f"recovery_target_time = '{until}'"] if until else []
            (self._data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
            (self._data / "recovery.signal").touch()
            daemons.owner(USER, self._data / "recovery.signal")
        self._configure()
        self.start()
        while self._query("SELECT pg_is_in_recovery()") == [(True,)]:
            time.sleep(0.05)
        self._execute(sql.SQL("ALTER SYSTEM RESET ALL"))
        self.back_up(self.base)

    def rename(self, certificate: Issued) -> None:
        """Another host name: the certificate says it, and connections are cut."""
        self._identify(certificate)
        self.restart()

    def start(self) -> None:
        """Returns when it accepts connections, or raises with its log."""
        log = self._folder / "log"
        command = [str(PROGRAMS / "postgres"), "-D", str(self._data)]
        self._process = daemons.spawn(command, log, folder=self._folder, user=USER)
        ready = [PROGRAMS / "pg_isready", "-q", "-h", str(self._folder), "-t", "1"]
        for _ in range(600):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)
                break
        raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()[-3000:]}")

    def stop(self) -> None:
        """As RDS stops one: connections are cut, nothing committed is lost."""
        if self._process is not None:
            daemons.end(self._process, signal.SIGINT, 20)
            self._process = None

    def destroy(self) -> None:
        """As when its region is lost: nobody is told. The data stay."""
        if self._process is not None:
            daemons.destroy(self._process)
            self._process = None

    def connect_replica(self, is_connected: bool) -> None:
        """Cut a replica off from its source, or let it follow again.

        Cut, nothing comes any more when this returns: PostgreSQL only promises to read its settings
        anew, and a busy machine lets the stream go on for a while.
        """
        source = self._source if is_connected else ""
        self._execute(sql.SQL("ALTER SYSTEM SET primary_conninfo = {}").format(sql.Literal(source)))
        self._execute(sql.SQL("SELECT pg_reload_conf()"))
        while not is_connected and self._query("SELECT FROM pg_stat_wal_receiver"):
            time.sleep(0.05)

    def restart(self) -> None:
        """As RebootDBInstance."""
        self.stop()
        self.start()

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def set_password(self, user: str, password: str) -> None:
        """Of the master user."""
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        self._execute(statement.format(sql.Identifier(user), sql.Literal(password)))

    def promote(self) -> None:
        """From a replica to a primary."""
        self._execute(sql.SQL("SELECT pg_promote(true, 60)"))
        self.back_up(self.base)

    def close(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _identify(self, certificate: Issued) -> None:
        for name, source in (
            ("server.crt", certificate.certificate),
            ("server.key", certificate.key),
        ):
            file = self._folder / name
            shutil.copyfile(source, file)
            file.chmod(0o600)
            daemons.owner(USER, file)

    def _configure(self, more: str = "") -> None:
        settings = _SETTINGS.format(
            address=self.address, port=PORT, folder=self._folder, connections=self._connections
        )
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings + more)
        (self._data / "pg_hba.conf").write_text(_ACCESS)

    def _run(self, program: str, *arguments: str) -> None:
        prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        done = subprocess.run(
            [*(prefix if os.geteuid() == 0 else []), str(PROGRAMS / program), *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _execute(self, statement: sql.Composable) -> None:
        with self._superuser() as cursor:
            cursor.execute(statement)

    def _query(self, statement: str) -> list[Any]:
        with self._superuser() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    @contextlib.contextmanager
    def _superuser(self) -> Iterator[Any]:
        """Through the socket file that only root and he can reach."""
        connection = psycopg2.connect(host=str(self._folder), port=PORT, user=USER, dbname=USER)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()
