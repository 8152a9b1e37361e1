"""Checkov itself, over every stack of every environment."""

import json

from commands import checkov, snapshots


def test_every_finding_is_excepted_and_every_exception_is_needed() -> None:
    stacks = snapshots.committed()
    passed, found = checkov.scan(stacks)
    verdict = checkov.judge(passed, found, checkov.exemptions())
    assert passed > 100 * len(stacks)
    assert verdict.findings == []
    assert verdict.unused == []


def test_a_protection_that_is_taken_away_is_found() -> None:
    """The database's encryption and the public access block of a bucket."""
    stack = json.loads(snapshots.committed()["superset-us-east-1"])
    for database in stack["resource"]["aws_db_instance"].values():
        database["storage_encrypted"] = False
    for bucket in stack["resource"]["aws_s3_bucket_public_access_block"].values():
        bucket["block_public_acls"] = False
    _, found = checkov.scan({"superset-us-east-1": json.dumps(stack)})
    checks = {one.check for one in checkov.judge(0, found, checkov.exemptions()).findings}
    assert {"CKV_AWS_16", "CKV_AWS_53"} <= checks
