"""How each kind of data source is addressed, and what its driver is told."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from superset_aws.source_kinds import KINDS, address, problems

ROOT = Path(__file__).resolve().parents[3]

SHOP = {"name": "shop", "kind": "mysql", "host": "shop.example.internal", "database": "shop"}
STAFF = {"name": "staff", "kind": "postgres", "host": "staff.example.internal", "database": "hr"}
SALES = {"name": "sales", "kind": "redshift", "host": "sales.example.internal", "database": "dw"}
LAKE = {
    "name": "lake", "kind": "athena", "region": "us-east-1", "database": "lake",
    "output": "s3://results/superset/", "workgroup": "superset",
}  # fmt: skip
ADS = {"name": "ads", "kind": "bigquery", "database": "example-ads"}
WAREHOUSE = {
    "name": "warehouse", "kind": "snowflake", "account": "example-analytics",
    "database": "DW/PUBLIC", "warehouse": "SUPERSET", "role": "REPORTER",
}  # fmt: skip
CUSTOM = {
    "name": "other", "kind": "custom", "host": "other.example.internal", "port": 3307,
    "uri": "mysql+pymysql://{user}@{host}:{port}/{database}?charset=utf8mb4", "database": "other",
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (SHOP, "mysql+pymysql://source-shop@shop.example.internal:3306/shop"),
        (STAFF, "postgresql+psycopg2://source-staff@staff.example.internal:5432/hr"),
        ({**STAFF, "port": 6432}, "postgresql+psycopg2://source-staff@staff.example.internal:6432/hr"),
        (SALES, "redshift+psycopg2://source-sales@sales.example.internal:5439/dw"),
        (
            LAKE,
            "awsathena+rest://athena.us-east-1.amazonaws.com/lake"
            "?catalog_name=AwsDataCatalog&s3_staging_dir=s3%3A%2F%2Fresults%2Fsuperset%2F&work_group=superset",
        ),
        (ADS, "bigquery://source-ads@example-ads"),
        (
            WAREHOUSE,
            "snowflake://source-warehouse@example-analytics/DW/PUBLIC"
            "?role=REPORTER&warehouse=SUPERSET",
        ),
        (
            CUSTOM,
            "mysql+pymysql://source-other@other.example.internal:3307/other?charset=utf8mb4",
        ),
        (
            {**CUSTOM, "uri": "clickhousedb://{user}@{host}:{port}/?ca_cert={ca}"},
            "clickhousedb://source-other@other.example.internal:3307/?ca_cert=%2Fca.pem",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_the_registered_address_names_the_source_and_no_credential(
    source: dict[str, Any], expected: str
) -> None:
    assert address(source, "/ca.pem") == expected


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"kind": "mysql"}, "element 0: name None; letters, digits, - and _ are right"),
        ({**SHOP, "kind": "oracle"}, "kind 'oracle'; one of mysql, postgres,"),
        ({"name": "shop", "kind": "mysql", "secret": "s"}, "shop: host is missing"),
        (SHOP, "shop: secret is missing: the ARN of superset/data-sources/NAME"),
        ({**SHOP, "secret": "s", "tls": "maybe"}, "tls 'maybe'; verify or off would be right"),
        ({**SHOP, "secret": "s", "database": "a?b"}, "cannot be in an address"),
        ({**CUSTOM, "secret": "s", "uri": "mysql://u:p@{host}/"}, "uri has no ://{user}@"),
        ({**CUSTOM, "secret": "s", "uri": "x://{user}@{place}/"}, "those used must be set"),
        ({"name": "lake", "kind": "athena", "region": "r", "database": "d"}, "output is missing"),
    ],
)
def test_what_is_wrong_with_a_source_is_said(source: dict[str, Any], said: str) -> None:
    (problem,) = problems([source])
    assert said in problem


def test_a_name_is_there_once() -> None:
    assert problems([LAKE, LAKE]) == ["lake is there twice"]
    assert problems([LAKE, {**LAKE, "name": "other"}]) == []


def documented() -> list[dict[str, Any]]:
    """The examples of docs/data-sources.md."""
    text = (ROOT / "docs/data-sources.md").read_text()
    blocks = re.findall(r"```yaml\n(data_sources:.*?)```", text, re.DOTALL)
    return [source for block in blocks for source in yaml.safe_load(block)["data_sources"]]


def test_every_kind_is_documented_with_an_example_that_is_right() -> None:
    schema = json.loads((ROOT / "regions/schema.json").read_text())
    sources = documented()
    assert {source["kind"] for source in sources} == set(KINDS)
    listed = {"type": "array", "items": {"$ref": "#/$defs/data_source"}}
    jsonschema.validate(sources, {**listed, "$defs": schema["$defs"]})
    # What Terraform adds.
    assert problems({**one, "secret": "s", "region": "us-east-1"} for one in sources) == []


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the drivers were told, by the source's name."""
    ca = tmp_path_factory.mktemp("sources") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca))
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
    account = {
        "type": "service_account", "project_id": "other", "private_key_id": "1",
        "private_key": key, "client_email": "superset@example.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }  # fmt: skip
    document = {
        "ca": str(ca),
        "secrets": {
            "login": {"username": "reader", "password": "a:b@c/d"},
            "key": {"username": "reader", "private_key": key},
            "account": {"credentials_info": account},
        },
        "sources": [
            *({**source, "secret": "login"} for source in (SHOP, STAFF, SALES, WAREHOUSE, CUSTOM)),
            {**SHOP, "name": "shop-off", "secret": "login", "tls": "off"},
            {**STAFF, "name": "staff-off", "secret": "login", "tls": "off"},
            {**WAREHOUSE, "name": "with-key", "secret": "key"},
            {**ADS, "secret": "account"},
            LAKE,
        ],
    }
    done = subprocess.run(
        [ROOT / ".build/superset/bin/python", Path(__file__).with_name("driver_calls.py")],
        env={"PYTHONPATH": str(ROOT / "src/main/superset/pythonpath"), "PATH": "/usr/bin:/bin"},
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {"ca": str(ca), **json.loads(done.stdout)}


LOGIN = {"user": "reader", "password": "a:b@c/d"}


@pytest.mark.parametrize(
    ("name", "host", "port", "database"),
    [
        ("staff", "staff.example.internal", 5432, "hr"),
        ("sales", "sales.example.internal", 5439, "dw"),
    ],
)
def test_postgres_and_redshift_verify_the_server_and_end_long_queries(
    told: dict[str, Any], name: str, host: str, port: int, database: str
) -> None:
    arguments = told[name]["arguments"]
    assert arguments.items() >= {
        "host": host, "port": port, "database": database,
        **LOGIN, "sslmode": "verify-full", "sslrootcert": told["ca"], "connect_timeout": 10,
    }.items()  # fmt: skip
    assert told[name]["sent"] == [["SET statement_timeout TO %s", [300_000]]]
    assert told[name]["warning"] is None


def test_mysql_verifies_the_server_and_ends_long_queries(told: dict[str, Any]) -> None:
    arguments = {
        **LOGIN, "host": "shop.example.internal", "port": 3306, "database": "shop",
        "ssl": ["CERT_REQUIRED", True, 1], "connect_timeout": 10,
    }  # fmt: skip
    assert told["shop"]["arguments"].items() >= arguments.items()
    assert told["shop"]["sent"] == [["SET SESSION max_execution_time = 300000"]]


def test_a_custom_kind_on_a_known_driver_verifies_as_well(told: dict[str, Any]) -> None:
    arguments = {**LOGIN, "charset": "utf8mb4", "ssl": ["CERT_REQUIRED", True, 1]}
    assert told["other"]["arguments"].items() >= arguments.items()


def test_what_does_not_verify_is_said(told: dict[str, Any]) -> None:
    assert "ssl" not in told["shop-off"]["arguments"]
    assert told["staff-off"]["arguments"]["sslmode"] == "prefer"
    assert "sslrootcert" not in told["staff-off"]["arguments"]
    warned = {name for name in told if name != "ca" and told[name]["warning"]}
    assert warned == {"shop-off", "staff-off"}


def test_snowflake_takes_a_password_or_a_key(told: dict[str, Any]) -> None:
    arguments = {
        "account": "example-analytics", "database": "DW", "schema": "PUBLIC", "role": "REPORTER",
        "warehouse": "SUPERSET", "login_timeout": 10,
        "session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": 300},
    }  # fmt: skip
    assert told["warehouse"]["arguments"].items() >= {**arguments, **LOGIN}.items()
    assert told["with-key"]["arguments"].items() >= {**arguments, "user": "reader"}.items()
    assert told["with-key"]["arguments"]["private_key"].endswith(" bytes")
    assert "password" not in told["with-key"]["arguments"]


def test_bigquery_uses_the_service_account_of_the_secret(told: dict[str, Any]) -> None:
    account = "superset@example.iam.gserviceaccount.com"
    assert told["ads"]["arguments"]["client"] == {"project": "example-ads", "account": account}


def test_athena_uses_the_tasks_role(told: dict[str, Any]) -> None:
    arguments = told["lake"]["arguments"]
    assert arguments.items() >= {
        "region_name": "us-east-1", "schema_name": "lake", "work_group": "superset",
        "s3_staging_dir": "s3://results/superset/", "catalog_name": "AwsDataCatalog",
    }.items()  # fmt: skip
    assert not arguments.get("aws_access_key_id")
    assert not arguments.get("aws_secret_access_key")
