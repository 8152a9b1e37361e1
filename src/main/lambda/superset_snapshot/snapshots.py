"""The snapshots that were taken before risky deploys."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from superset_shared.clients import HOME
from superset_shared.errors import code

POLL_SECONDS = 5.0
KEPT = 5
"""Snapshots that stay; the plan of AWS Backup keeps the days."""
FRESH = timedelta(hours=1)


class Snapshots:
    """Those of one database."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._prefix = f"{database}-before-"
        self._rds = boto3.client("rds", config=HOME)

    def database(self) -> dict[str, Any] | None:
        """The instance; none before the first deploy."""
        try:
            found: dict[str, Any] = self._rds.describe_db_instances(
                DBInstanceIdentifier=self._database
            )["DBInstances"][0]
        except ClientError as error:
            if code(error) != "DBInstanceNotFound":
                raise
            return None
        return found

    def take(self, wanted: Mapping[str, str]) -> str:
        """Begin one, unless there is one of this deploy; its name.

        The name says what the deploy wants and when it was taken, because a deploy that goes back
        and forth wants the same again: superset-production-before-6-1-0-15-db-r6g-large-2611260647.
        """
        of_deploy = self._prefix + "-".join(_word(value) for value in wanted.values())
        now = datetime.now(UTC)
        for one in self._all():
            begun = one.get("SnapshotCreateTime")
            fresh = begun is not None and now - begun < FRESH
            name = str(one["DBSnapshotIdentifier"])
            if _without_time(name) == of_deploy and (one["Status"] == "creating" or fresh):
                return name
        name = f"{of_deploy}-{now:%y%m%d%H%M}"
        tags = [{"Key": key, "Value": value} for key, value in wanted.items()]
        self._rds.create_db_snapshot(
            DBInstanceIdentifier=self._database,
            DBSnapshotIdentifier=name,
            Tags=[{"Key": "Name", "Value": name}, *tags],
        )
        return name

    def wait(self, name: str, seconds_left: Callable[[], float]) -> None:
        """Until it is available; an error when it fails or the function's time is up before."""
        while True:
            one = self._rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]
            if one["Status"] == "available":
                return
            if one["Status"] != "creating":
                raise RuntimeError(f"the snapshot {name} is {one['Status']}: nothing was changed")
            if seconds_left() < POLL_SECONDS:
                raise RuntimeError(
                    f"the snapshot {name} is at {one.get('PercentProgress', 0)} % after this"
                    " function's time: deploy again, it is waited for then"
                )
            time.sleep(POLL_SECONDS)

    def prune(self) -> list[str]:
        """Delete all but the newest; their names."""
        available = [one for one in self._all() if one["Status"] == "available"]
        available.sort(key=lambda one: one["SnapshotCreateTime"], reverse=True)
        names = [str(one["DBSnapshotIdentifier"]) for one in available[KEPT:]]
        for name in names:
            self._rds.delete_db_snapshot(DBSnapshotIdentifier=name)
        return names

    def _all(self) -> list[dict[str, Any]]:
        pages = self._rds.get_paginator("describe_db_snapshots").paginate(
            DBInstanceIdentifier=self._database, SnapshotType="manual"
        )
        return [
            one
            for page in pages
            for one in page["DBSnapshots"]
            if one["DBSnapshotIdentifier"].startswith(self._prefix)
        ]


def _word(value: str) -> str:
    """A value as part of a name: RDS takes letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")


def _without_time(name: str) -> str:
    return name.rpartition("-")[0]
