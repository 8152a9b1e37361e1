"""Debian's MariaDB on a loopback address of its own, TLS only."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from commands.waiting import until
from emulator.dataplane import daemons

USER = "mysql"


class MariaDb:
    """One server; root through its socket file."""

    def __init__(self, address: str, certificate: Path, key: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
        self._socket = self.folder / "socket"
        data = self.folder / "data"
        daemons.owner(USER, self.folder)
        for name, source in (("server.crt", certificate), ("server.key", key)):
            shutil.copyfile(source, self.folder / name)
            (self.folder / name).chmod(0o600)
            daemons.owner(USER, self.folder / name)
        done = subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--user={USER}", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        command = [
            "mariadbd", "--no-defaults", f"--datadir={data}", f"--bind-address={address}",
            f"--socket={self._socket}", f"--pid-file={self.folder}/pid", "--skip-name-resolve",
            f"--ssl-cert={self.folder}/server.crt", f"--ssl-key={self.folder}/server.key",
            "--require-secure-transport=ON", "--innodb-buffer-pool-size=16M",
            "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF",
        ]  # fmt: skip
        log = self.folder / "log"
        self._process = daemons.spawn(command, log, folder=self.folder, user=USER)
        until(
            "MariaDB answers",
            lambda: self._client("SELECT 1").returncode == 0,
            hopeless=lambda: self._process.poll() is not None,
            said=log.read_text,
        )

    def execute(self, statements: str) -> str:
        """As root."""
        done = self._client(statements)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        """End it and remove its data."""
        daemons.end(self._process, signal.SIGTERM, 20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _client(self, statements: str) -> subprocess.CompletedProcess[str]:
        command = ["mariadb", "--no-defaults", f"--socket={self._socket}", "-u", "root", "-N"]
        return subprocess.run(
            command, input=statements, capture_output=True, text=True, check=False
        )
