"""What people made is exported to two regions, and imported into a Superset that has nothing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from api import Client
from test_permissions_run import TOKEN, allow, everything, person
from world import PASSWORD, REGION, World

PEER = "eu-west-1"
PLACES = [
    {"bucket": "exports-here", "region": REGION},
    {"bucket": "exports-there", "region": PEER},
]
#: superset.constants.PASSWORD_MASK: what Superset exports instead of a password.
PASSWORD_MASK = "X" * 10
#: Where the second Superset exports to.
COPY = [{"bucket": "exports-of-the-copy", "region": REGION}]


@dataclass
class Export:
    """One export, as it lies in a bucket."""

    name: str
    archive: bytes
    access: dict[str, Any]

    def files(self) -> dict[str, Any]:
        """The content by file, without the time of the export."""
        with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
            return {
                name: yaml.safe_load(archive.read(name))
                for name in archive.namelist()
                if not name.endswith("metadata.yaml")
            }

    def lines(self) -> list[str]:
        """The content by UUID, one setting a line."""
        return sorted(
            f"{one['uuid']} {key} {json.dumps(without_empty(value), sort_keys=True)}"
            for one in self.files().values()
            for key, value in one.items()
        )


def without_empty(value: Any) -> Any:
    """Superset's import writes down what a chart or a dashboard has none of."""
    if isinstance(value, dict):
        return {key: without_empty(one) for key, one in value.items() if one != []}
    return value


def newest(world: World, place: dict[str, str]) -> Export:
    s3, bucket = world.client("s3", place["region"]), place["bucket"]
    keys = sorted(one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"])
    name = keys[-1].partition("/")[0]
    assert keys[-2:] == [f"{name}/access.json", f"{name}/assets.zip"]
    access, archive = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys[-2:])
    return Export(name, archive, json.loads(access))


def succeeds(world: World, errand: str, **changes: str) -> str:
    """Run an errand; everything it said."""
    ended = world.run("init", errand, **changes)
    said = "\n".join(world.logs("init", ended["taskArn"]))
    assert ended["containers"][0]["exitCode"] == 0, said
    return said


def fails(world: World, errand: str, **changes: str) -> str:
    """Run an errand that fails; its last line."""
    ended = world.run("init", errand, **changes)
    lines = world.logs("init", ended["taskArn"])
    assert ended["containers"][0]["exitCode"] == 1, "\n".join(lines)
    return lines[-1]


@pytest.fixture(scope="module")
def admin(initialized: World) -> Client:
    """Of a Superset in which somebody has worked."""
    initialized.serve_web()
    admin = Client(initialized, "admin", PASSWORD)
    dataset = admin.call("GET", "dataset/")["result"][0]
    dashboard = admin.call("GET", "dashboard/")["result"][0]
    role = int(admin.call("POST", "security/roles/", {"name": "Analysts"})["id"])
    of_dataset = next(one for one in everything(admin) if one[0] == "datasource_access")
    allow(admin, role, TOKEN, ("can_read", "Dashboard"), of_dataset)
    ann = person("ann", admin, roles=[role])
    admin.call("PUT", f"dashboard/{dashboard['id']}", {"owners": [ann], "certified_by": "Ann"})
    rule = {"name": "Europe", "filter_type": "Regular", "clause": "region = 'Europe'"}
    admin.call("POST", "rowlevelsecurity/", {**rule, "tables": [dataset["id"]], "roles": [role]})
    query = {"label": "all", "sql": "SELECT 1", "db_id": dataset["database"]["id"]}
    admin.call("POST", "saved_query/", query)
    return admin


@pytest.fixture(scope="module")
def exported(initialized: World, admin: Client) -> Export:
    for place in PLACES + COPY:
        region = place["region"]
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        initialized.client("s3", region).create_bucket(
            Bucket=place["bucket"], **(where if region != REGION else {})
        )
    succeeds(initialized, "export", EXPORTS=json.dumps(PLACES))
    return newest(initialized, PLACES[0])


@pytest.fixture(scope="module")
def empty(initialized: World) -> dict[str, str]:
    """Variables of a second Superset that has nothing but what init makes."""
    second = {**initialized.database("superset-empty", "/superset/empty"), "EXAMPLES": ""}
    ended = initialized.run("init", **second)
    assert ended["containers"][0]["exitCode"] == 0
    return second


@pytest.fixture(scope="module")
def imported(initialized: World, exported: Export, empty: dict[str, str]) -> str:
    """What the import said."""
    return succeeds(initialized, "import", EXPORTS=json.dumps(PLACES), **empty)


def test_an_export_holds_what_people_made(exported: Export) -> None:
    kinds = {name.split("/")[1] for name in exported.files()}
    assert kinds == {"databases", "datasets", "charts", "dashboards", "queries"}
    assert exported.access["users"]["ann"]["roles"] == ["Analysts"]
    rule = exported.access["row_level_security"]["Europe"]
    assert rule["clause"] == "region = 'Europe'"
    (dataset,) = exported.access["content"]["datasets"]
    assert ["datasource_access", {"dataset": dataset}] in exported.access["roles"]["Analysts"]
    (dashboard,) = exported.access["content"]["dashboards"].values()
    assert dashboard["owners"] == ["ann"]


def test_it_lies_in_two_regions(initialized: World, exported: Export) -> None:
    assert newest(initialized, PLACES[1]) == exported


def test_it_holds_no_password(initialized: World, exported: Export) -> None:
    text = json.dumps(exported.access) + json.dumps(exported.files())
    assert not re.search(r"scrypt:|pbkdf2:", text)
    assert {"password" in one for one in exported.access["users"].values()} == {False}
    (database,) = [one for name, one in exported.files().items() if "/databases/" in name]
    assert f":{PASSWORD_MASK}@" in database["sqlalchemy_uri"]
    secret = initialized.client("secretsmanager").get_secret_value(SecretId=initialized.secret_key)
    assert json.loads(secret["SecretString"])["key"] not in text


def test_what_was_imported_exports_as_it_was(
    initialized: World, exported: Export, empty: dict[str, str], imported: str
) -> None:
    succeeds(initialized, "export", EXPORTS=json.dumps(COPY), **empty)
    again = newest(initialized, COPY[0])
    assert again.lines() == exported.lines()
    assert again.access == exported.access


def test_databases_without_a_password_are_named(imported: str) -> None:
    warnings = [json.loads(line) for line in imported.splitlines() if '"warning"' in line]
    assert [one["database"] for one in warnings] == ["examples"]


def test_an_import_that_is_run_again_changes_nothing(
    initialized: World, exported: Export, empty: dict[str, str], imported: str
) -> None:
    succeeds(initialized, "import", EXPORTS=json.dumps(PLACES), IMPORT_FROM=exported.name, **empty)
    succeeds(initialized, "export", EXPORTS=json.dumps(COPY), **empty)
    assert newest(initialized, COPY[0]).access == exported.access


def test_a_superset_with_content_of_its_own_is_refused(
    initialized: World, admin: Client, exported: Export
) -> None:
    admin.call("POST", "dashboard/", {"dashboard_title": "Newer than the export"})
    said = fails(initialized, "import", EXPORTS=json.dumps(PLACES))
    assert "has 1 dashboards that the export does not know" in said


def test_a_bucket_that_is_gone_fails_the_export_and_spares_the_other(
    initialized: World, exported: Export
) -> None:
    lost = {"bucket": "no-such-bucket", "region": PEER}
    said = fails(initialized, "export", EXPORTS=json.dumps([PLACES[0], lost]))
    assert "no-such-bucket: " in said
    assert newest(initialized, PLACES[0]).name > exported.name


def test_another_region_than_the_writers_exports_nothing(
    initialized: World, exported: Export
) -> None:
    far = initialized.database("superset-far", "/superset/far", writer=PEER)
    said = succeeds(
        initialized,
        "export",
        EXPORTS=json.dumps(COPY),
        WRITER_PARAMETER=far["WRITER_PARAMETER"],
    )
    assert "left to the writer's region, eu-west-1" in said
