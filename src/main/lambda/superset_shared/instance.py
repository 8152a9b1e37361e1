"""What DescribeDBInstances says of an instance."""

from typing import Any

USABLE = {"available", "storage-optimization", "storage-config-upgrade"}
HOPELESS = ("stop", "delet", "failed", "incompatible-", "inaccessible-", "restore-error")
"""Beginnings of instance states that waiting does not end."""


def source(instance: dict[str, Any]) -> str | None:
    """What it replicates: an identifier, an ARN where that is in another region; None: primary."""
    return instance.get("ReadReplicaSourceDBInstanceIdentifier") or None
