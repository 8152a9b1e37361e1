"""Staging is removed as documented: what remains is what the unprotect step said."""

import json
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest
from deployments import Deployment
from environments import STAGING
from inventory import dns_records, everything
from workspaces import Result

REGION = STAGING.writer


@dataclass(frozen=True)
class Destroyed:
    """How it went."""

    protected: Result
    unprotected: Result
    destroyed: list[Result]
    listed: list[dict[str, str]]


@pytest.fixture(scope="module")
def destroyed(staging: Deployment) -> Destroyed:
    """First without the documented step, then with it."""
    workspace = staging.workspace
    options = ("--auto-approve", "--skip-synth", "--no-color", "--output", str(workspace.output))
    world, region = STAGING.stack("global"), STAGING.stack(REGION)
    first = workspace.cdktf("destroy", world, *options)
    # Only the database: with everything else gone it would not be much of a protection.
    database = next(
        address
        for address in workspace.terraform(region, "state", "list").ok().output.split()
        if address.startswith("aws_db_instance.")
    )
    protected = workspace.terraform(
        region, "destroy", "-auto-approve", "-input=false", "-no-color", f"-target={database}"
    )
    file = workspace.root / "remains.json"
    unprotected = workspace.command(
        "unprotect", "--yes", STAGING.name, "--empty-buckets", "--json", str(file)
    )
    second = workspace.cdktf("destroy", region, *options)
    listed = json.loads(file.read_text()) if file.exists() else []
    return Destroyed(protected, unprotected, [first, second], listed)


def test_protected_database_cannot_be_destroyed(destroyed: Destroyed) -> None:
    assert destroyed.protected.code == 1
    assert "deletion protection" in destroyed.protected.output.lower()


def test_unprotect_finds_no_further_obstacle(destroyed: Destroyed) -> None:
    destroyed.unprotected.ok()


def test_cdktf_destroys_global_and_region(destroyed: Destroyed) -> None:
    for result in destroyed.destroyed:
        result.ok()


def test_exactly_the_listed_remains_are_left(staging: Deployment, destroyed: Destroyed) -> None:
    patterns = {
        (remain["kind"], remain["name"].rstrip("."))
        for remain in destroyed.listed
        if remain["kind"] != "DNS record"
    }
    left = everything(staging.emulator, REGION)
    unlisted = {
        (kind, name)
        for kind, name in left
        if not any(kind == other and fnmatch(name, pattern) for other, pattern in patterns)
    }
    missing = {
        (kind, pattern)
        for kind, pattern in patterns
        if not any(kind == other and fnmatch(name, pattern) for other, name in left)
    }
    assert (unlisted, missing) == (set(), set())


def test_only_the_validation_record_is_left_in_the_zone(
    staging: Deployment, destroyed: Destroyed
) -> None:
    listed = [remain for remain in destroyed.listed if remain["kind"] == "DNS record"]
    found = dns_records(staging.emulator)
    assert (len(found), len(listed)) == (1, 1)
    assert found[0][1] == "CNAME"


@pytest.mark.usefixtures("destroyed")
def test_final_snapshot_holds_the_data(staging: Deployment) -> None:
    (snapshot,) = staging.emulator.pages(
        "rds", REGION, "describe_db_snapshots", "DBSnapshots", SnapshotType="manual"
    )
    assert snapshot["DBInstanceIdentifier"] == STAGING.platform
    assert snapshot["Encrypted"] is True


@pytest.mark.usefixtures("destroyed")
def test_keys_and_secrets_wait_for_their_deletion(staging: Deployment) -> None:
    secrets = staging.emulator.pages(
        "secretsmanager", REGION, "list_secrets", "SecretList", IncludePlannedDeletion=True
    )
    assert secrets
    assert all(secret.get("DeletedDate") for secret in secrets)
    client = staging.emulator.client("kms", REGION)
    states = {}
    for key in staging.emulator.pages("kms", REGION, "list_keys", "Keys"):
        found = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        states[found["Description"]] = found["KeyState"]
    assert states["Superset staging: metadata database, its snapshots and insights"] == (
        "PendingDeletion"
    )
    assert states["Superset staging: Terraform state"] == "Enabled"
