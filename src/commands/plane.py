"""What an operator does with the emulator's data plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2


def host_of_database(plane: Mapping[str, Any], region: str, identifier: str) -> str:
    """The host name of a region's own database. LookupError: there is none."""
    for name in plane["names"]:
        if name.startswith(f"{identifier}.") and f".{region}.rds." in name:
            return str(name)
    raise LookupError(f"{region} has no database {identifier}")


def connect(
    plane: Mapping[str, Any],
    host: str,
    login: Mapping[str, str],
    dbname: str = "superset",
    **more: Any,
) -> psycopg2.extensions.connection:
    """A connection to a database, with its certificate verified.

    :param plane: what the data plane says of itself
    :param login: ``username`` and ``password``
    :param more: of psycopg2.connect
    :raises KeyError: there is no such host, a LookupError
    :raises psycopg2.OperationalError: it does not let anybody in
    """
    return psycopg2.connect(
        host=host,
        hostaddr=plane["names"][host],
        dbname=dbname,
        user=login["username"],
        password=login["password"],
        sslmode="verify-full",
        sslrootcert=plane["ca"],
        **more,
    )
