"""The database of this region: a replica that becomes a primary."""

from typing import Any

from botocore.exceptions import ClientError

from superset_promote.patience import Patience
from superset_shared.errors import code
from superset_shared.instance import HOPELESS, USABLE, source
from superset_shared.writer import Writer

POLL_SECONDS = 5.0


class Database:
    """One RDS instance."""

    def __init__(self, rds: Any, identifier: str, region: str) -> None:
        self._rds = rds
        self._identifier = identifier
        self._region = region

    def source_region(self) -> str | None:
        """Region of what it replicates; None for a primary."""
        name = source(self._describe())
        if name is None:
            return None
        # A source in another region is named by its ARN.
        return name.split(":")[3] if name.startswith("arn:") else self._region

    def is_untouched_replica(self) -> bool:
        """Whether nobody has begun to promote it."""
        instance = self._describe()
        return bool(source(instance)) and instance["DBInstanceStatus"] in USABLE

    def address(self) -> Writer:
        """Where it listens."""
        endpoint = self._describe()["Endpoint"]
        return Writer(self._region, endpoint["Address"], int(endpoint["Port"]))

    def promote(self, backup_days: int, backup_window: str, patience: Patience) -> str:
        """Make it a primary; backups are told, or they would be reset."""
        instance = self._describe()
        if source(instance) and instance["DBInstanceStatus"] in USABLE:
            self._begin(backup_days, backup_window)
        while source(instance) or instance["DBInstanceStatus"] not in USABLE:
            patience.spend(POLL_SECONDS, f"the database is {instance['DBInstanceStatus']}")
            instance = self._describe()
        return f"{self._identifier} is a primary"

    def settle(self, backup_days: int, backup_window: str, patience: Patience) -> str:
        """Give it the backups that are configured, also where somebody else promoted it."""
        wanted = {"BackupRetentionPeriod": backup_days, "PreferredBackupWindow": backup_window}
        instance = self._describe()
        if all(instance.get(name) == value for name, value in wanted.items()):
            return "as configured"
        self._rds.modify_db_instance(
            DBInstanceIdentifier=self._identifier, ApplyImmediately=True, **wanted
        )
        while instance.get("BackupRetentionPeriod") != backup_days or (
            instance["DBInstanceStatus"] not in USABLE
        ):
            patience.spend(POLL_SECONDS, f"the database is {instance['DBInstanceStatus']}")
            instance = self._describe()
        return f"backups: {backup_days} days, at {backup_window}"

    def _begin(self, backup_days: int, backup_window: str) -> None:
        try:
            self._rds.promote_read_replica(
                DBInstanceIdentifier=self._identifier,
                BackupRetentionPeriod=backup_days,
                PreferredBackupWindow=backup_window,
            )
        except ClientError as error:
            # An earlier run has begun, and RDS does not show it yet.
            if code(error) not in ("InvalidDBInstanceState", "InvalidDBInstanceStateFault"):
                raise

    def _describe(self) -> dict[str, Any]:
        answer = self._rds.describe_db_instances(DBInstanceIdentifier=self._identifier)
        instance: dict[str, Any] = answer["DBInstances"][0]
        if instance["DBInstanceStatus"].startswith(HOPELESS):
            raise RuntimeError(f"the database {self._identifier} is {instance['DBInstanceStatus']}")
        return instance
