"""What RDS refuses (Amazon RDS API Reference, CreateDBInstance; User Guide, storage)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.errors import Refusal

#: Words PostgreSQL instances may not use as the master user's name.
RESERVED_USERS = frozenset({"admin", "rdsadmin", "rds_superuser"})

MONITORING_INTERVALS = (0, 1, 5, 10, 15, 30, 60)

#: GiB from which a gp3 volume of PostgreSQL may have its own IOPS and throughput.
GP3_LARGE = 400


def _invalid(text: str) -> Refusal:
    return Refusal("InvalidParameterValue", text)


def identifier(given: dict[str, Any]) -> Iterator[Refusal]:
    """The identifier: a letter first, no double or trailing hyphen, at most 63 characters."""
    name = given["DBInstanceIdentifier"]
    if not re.fullmatch(r"[a-zA-Z](?:-?[a-zA-Z0-9])*", name) or len(name) > 63:
        yield _invalid(
            "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin "
            "with a letter; must contain only ASCII letters, digits, and hyphens; and must not end "
            "with a hyphen or contain two consecutive hyphens."
        )


def user(given: dict[str, Any]) -> Iterator[Refusal]:
    """User and database name of a new PostgreSQL instance."""
    name = given.get("MasterUsername", "")
    if name.lower() in RESERVED_USERS:
        text = f"MasterUsername {name} cannot be used as it is a reserved word used by the engine"
        yield _invalid(text)
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}", name):
        yield _invalid("The parameter MasterUsername is not valid for engine postgres.")
    if not given.get("MasterUserPassword") and not given.get("ManageMasterUserPassword"):
        yield _invalid("The parameter MasterUserPassword must be provided and must not be blank.")
    database = given.get("DBName")
    if database and not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}", database):
        yield _invalid("DBName must begin with a letter and contain only alphanumeric characters.")


def settings(given: dict[str, Any]) -> Iterator[Refusal]:
    """Settings that creation and change have in common."""
    password = given.get("MasterUserPassword")
    if password is not None and not 8 <= len(password) <= 128:
        yield _invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 "
            "or longer than 128 characters."
        )
    if password is not None and re.search(r'[/@" ]|[^\x20-\x7e]', password):
        yield _invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII "
            "characters besides '/', '@', '\"', ' ' may be used."
        )
    days = given.get("BackupRetentionPeriod")
    if days is not None and not 0 <= days <= 35:
        yield _invalid(f"Invalid backup retention period: {days}. Must be between 0 and 35.")
    interval = given.get("MonitoringInterval")
    if interval is not None and interval not in MONITORING_INTERVALS:
        yield _invalid(f"Invalid value for MonitoringInterval: {interval}.")
    yield from _insights(given)
    yield from _storage(given)


def _insights(given: dict[str, Any]) -> Iterator[Refusal]:
    days = given.get("PerformanceInsightsRetentionPeriod")
    if days is not None and days not in (7, 731) and (days % 31 or not 31 <= days <= 713):
        yield _invalid(f"Invalid Performance Insights retention period: {days}.")
    if given.get("DatabaseInsightsMode") == "advanced" and (days or 0) < 465:
        yield Refusal(
            "InvalidParameterCombination",
            "Database Insights advanced mode needs a Performance Insights retention of 465 days.",
        )


def _storage(given: dict[str, Any]) -> Iterator[Refusal]:
    size = given.get("AllocatedStorage")
    if size is None:
        return
    most = given.get("MaxAllocatedStorage")
    if given.get("StorageType") == "gp3":
        if not 20 <= size <= 65536:
            yield _invalid("Invalid storage size for engine name postgres and storage type gp3.")
        if size < GP3_LARGE and (given.get("Iops") or given.get("StorageThroughput")):
            yield Refusal(
                "InvalidParameterCombination",
                "You can't specify IOPS or storage throughput for engine postgres and a storage "
                f"size less than {GP3_LARGE}.",
            )
    if most is not None and most < size * 1.1:
        yield Refusal(
            "InvalidParameterCombination",
            "Max storage size must be at least 10% greater than the current storage size.",
        )
