"""Run by the image's Python: what each driver is told when Superset connects to a source.

Standard input: {ca, sources, secrets: value by ARN}. Standard output: by the source's name, the
registered address, what the driver was told and the statements that were sent at once.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

from google.cloud.bigquery import Client
from sqlalchemy import create_engine
from sqlalchemy.engine.url import make_url

from superset_aws import aws, sources

DRIVERS = ("psycopg2.connect", "pymysql.connect", "snowflake.connector.connect")


def main() -> None:
    told = json.load(sys.stdin)
    settings = SimpleNamespace(
        data_sources=told["sources"], sources_ca=Path(told["ca"]), region="us-east-1",
        server=SimpleNamespace(query_timeout=300), redis=None,
        metadata=SimpleNamespace(host="database.example.internal", replica_host=None),
    )  # fmt: skip
    secrets = MagicMock()
    secrets.get_secret_value = lambda SecretId, VersionStage: {  # noqa: N803
        "SecretString": json.dumps(told["secrets"][SecretId])
    }
    with patch.object(aws, "client", lambda service, region: secrets):
        mutate = sources.Mutator(settings)  # type: ignore[arg-type]
        found = {source["name"]: call(mutate, source, settings) for source in told["sources"]}
    json.dump(found, sys.stdout, default=shown)


def call(mutate: sources.Mutator, source: dict[str, Any], settings: Any) -> dict[str, Any]:
    address = sources.registered(source, settings)
    url, options = mutate(make_url(address), {})
    found = {"address": address, "warning": sources.tls_warning(source, settings)}
    if "creator" not in options:
        dialect = create_engine(url, **options).dialect
        _, named = dialect.create_connect_args(url)
        return {**found, "arguments": named}
    connection = MagicMock()
    connection.get_server_info.return_value = "8.4.0"
    # One of them is called; whichever it is, it answers.
    connect = MagicMock(return_value=connection)
    for driver in DRIVERS:
        patch(driver, connect).start()
    options["creator"]()
    patch.stopall()
    sent = connection.cursor.return_value.__enter__.return_value.execute.call_args_list
    return {
        **found,
        "arguments": connect.call_args.kwargs,
        "sent": [list(one.args) for one in sent],
    }


def shown(value: Any) -> Any:
    if isinstance(value, ssl.SSLContext):
        authorities = len(value.get_ca_certs())
        return [value.verify_mode.name, value.check_hostname, authorities]
    if isinstance(value, Client):
        return {"project": value.project, "account": value._credentials.service_account_email}
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value)


if __name__ == "__main__":
    main()
