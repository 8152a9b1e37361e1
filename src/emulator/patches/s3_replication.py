"""S3 replication: moto keeps the rules, forgets most of what they say, and copies nothing.

Here an object is copied when it is written, where AWS takes seconds to minutes; so is its deletion,
where the rule says so (Amazon S3 User Guide, "What does Amazon S3 replicate?"). Rules with a prefix
or without a filter are followed, which is what this platform writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from emulator.patches.tools import Fault, around


def install() -> None:
    """Check, show and follow the rules."""
    around(S3Backend, "put_bucket_replication")(_put_rules)
    around(S3Response, "get_bucket_replication")(_get_rules)
    around(S3Backend, "put_object")(_put)
    around(S3Backend, "delete_object")(_delete)


def _put_rules(original: Any, self: S3Backend, bucket_name: str, replication: Any) -> None:
    original(self, bucket_name, replication)
    bucket = self.get_bucket(bucket_name)
    for rule in bucket.replication["Rule"]:  # type: ignore[attr-defined]
        destination = self.buckets.get(_name(rule))
        if destination is None or not destination.is_versioned:
            bucket.replication = None  # type: ignore[attr-defined]
            missing = "exist" if destination is None else "have versioning enabled"
            raise Fault("InvalidRequest", f"Destination bucket must {missing}.")


def _get_rules(original: Any, self: S3Response) -> Any:
    original(self)
    replication = self.backend.get_bucket_replication(self.bucket_name)
    assert replication is not None
    rules = [{**rule, "Priority": int(rule["Priority"])} for rule in replication["Rule"]]
    shown = {"Role": replication["Role"], "Rules": rules}
    return self.serialized(ActionResult({"ReplicationConfiguration": shown}))


def _put(
    original: Any, self: S3Backend, bucket_name: str, key_name: str, *more: Any, **given: Any
) -> Any:
    key = original(self, bucket_name, key_name, *more, **given)
    for rule in _rules(self.get_bucket(bucket_name), key_name):
        encryption = rule["Destination"].get("EncryptionConfiguration") or {}
        # Not through this wrapper: a copy is not copied again.
        original(
            self,
            _name(rule),
            key_name,
            key.value,
            etag=key.etag.strip('"'),
            encryption="aws:kms" if encryption else None,
            kms_key_id=encryption.get("ReplicaKmsKeyID"),
        )
    return key


def _delete(
    original: Any,
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    version_id: str | None = None,
    bypass: bool = False,
) -> Any:
    answer = original(self, bucket_name, key_name, version_id, bypass)
    # The deletion of a version stays where it is.
    if version_id is None:
        for rule in _rules(self.get_bucket(bucket_name), key_name):
            follows = (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"
            if follows:
                original(self, _name(rule), key_name)
    return answer


def _rules(bucket: FakeBucket, key: str) -> Iterator[dict[str, Any]]:
    for rule in (getattr(bucket, "replication", None) or {}).get("Rule", ()):
        prefix = (rule.get("Filter") or {}).get("Prefix") or ""
        if rule["Status"] == "Enabled" and key.startswith(prefix):
            yield rule


def _name(rule: dict[str, Any]) -> str:
    return str(rule["Destination"]["Bucket"]).split(":")[-1]
