"""Gaps of moto's S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, Aws

Closes = Callable[[Callable[[Aws], None]], None]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/replication"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"


def buckets(aws: Aws, name: str) -> tuple[Any, str, str]:
    """Two versioned buckets in two regions."""
    s3 = aws.client("s3")
    there = aws.client("s3", "eu-west-1")
    source, destination = f"{name}-here", f"{name}-there"
    s3.create_bucket(Bucket=source)
    where = {"LocationConstraint": "eu-west-1"}
    there.create_bucket(Bucket=destination, CreateBucketConfiguration=where)
    for bucket in (source, destination):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return s3, source, destination


def rule(destination: str) -> dict[str, Any]:
    return {
        "ID": "state",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": "kept"},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{destination}",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY},
        },
    }


def replicate(s3: Any, source: str, destination: str) -> None:
    configuration = {"Role": ROLE, "Rules": [rule(destination)]}
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)


def test_a_rule_is_shown_as_it_was_made(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        s3, source, destination = buckets(aws, name)
        replicate(s3, source, destination)
        found = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
        assert found == {"Role": ROLE, "Rules": [rule(destination)]}

    closes(check)


def test_an_object_is_copied_and_encrypted_with_the_other_regions_key(
    closes: Closes, name: str
) -> None:
    def check(aws: Aws) -> None:
        s3, source, destination = buckets(aws, name)
        replicate(s3, source, destination)
        for text in (b"first", b"second"):
            s3.put_object(Bucket=source, Key="kept/state", Body=text)
        s3.put_object(Bucket=source, Key="other", Body=b"not copied")
        copy = s3.get_object(Bucket=destination, Key="kept/state")
        assert copy["Body"].read() == b"second"
        assert copy["SSEKMSKeyId"] == KEY
        versions = s3.list_object_versions(Bucket=destination)["Versions"]
        assert [one["Key"] for one in versions] == ["kept/state"] * 2

    closes(check)


def test_a_deletion_is_copied_and_leaves_the_versions(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        s3, source, destination = buckets(aws, name)
        replicate(s3, source, destination)
        s3.put_object(Bucket=source, Key="kept.tflock", Body=b"held")
        s3.delete_object(Bucket=source, Key="kept.tflock")
        found = s3.list_object_versions(Bucket=destination)
        assert [one["IsLatest"] for one in found["DeleteMarkers"]] == [True]
        assert [one["IsLatest"] for one in found["Versions"]] == [False]

    closes(check)


def test_copies_go_into_a_bucket_that_exists(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        s3, source, _ = buckets(aws, name)
        with pytest.raises(ClientError, match="Destination bucket must exist"):
            replicate(s3, source, f"{name}-nowhere")

    closes(check)
