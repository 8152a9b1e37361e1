"""The account's trail and its alarms, as AWS says they are."""

from typing import Any

import pytest
from deployments import Deployment
from environments import PROD

TRAIL = f"{PROD.platform}-trail"
ALARMS = f"{PROD.platform}-audit"


@pytest.fixture
def trail(production: Deployment) -> dict[str, Any]:
    cloudtrail = production.emulator.client("cloudtrail", PROD.writer)
    (found,) = cloudtrail.describe_trails(trailNameList=[TRAIL])["trailList"]
    return dict(found)


def test_the_trail_is_written_in_every_region_and_validated(
    production: Deployment, trail: dict[str, Any]
) -> None:
    assert trail["IsMultiRegionTrail"]
    assert trail["IncludeGlobalServiceEvents"]
    assert trail["LogFileValidationEnabled"]
    cloudtrail = production.emulator.client("cloudtrail", PROD.writer)
    assert cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"]


def test_its_files_go_into_an_encrypted_bucket_of_their_own(
    production: Deployment, trail: dict[str, Any]
) -> None:
    bucket = PROD.bucket("trail", PROD.writer)
    assert trail["S3BucketName"] == bucket
    s3 = production.emulator.client("s3", PROD.writer)
    configuration = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    (rule,) = configuration["Rules"]
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert trail["KmsKeyId"] == key
    (alias,) = [
        one["AliasName"]
        for one in production.emulator.pages("kms", PROD.writer, "list_aliases", "Aliases")
        if one.get("TargetKeyId") == key.rpartition("/")[2]
    ]
    assert alias == f"alias/{PROD.platform}-audit"


def test_every_alarm_on_the_trail_mails_somebody(
    production: Deployment, trail: dict[str, Any]
) -> None:
    emulator = production.emulator
    group = trail["CloudWatchLogsLogGroupArn"].removesuffix(":*").rpartition(":")[2]
    filters = emulator.pages(
        "logs", PROD.writer, "describe_metric_filters", "metricFilters", logGroupName=group
    )
    metrics = {one["metricTransformations"][0]["metricName"] for one in filters}
    alarms = emulator.pages(
        "cloudwatch", PROD.writer, "describe_alarms", "MetricAlarms", AlarmNamePrefix=ALARMS
    )
    assert {one["MetricName"] for one in alarms} == metrics
    assert len(metrics) == 6
    (topic,) = {action for one in alarms for action in one["AlarmActions"]}
    sns = emulator.client("sns", PROD.writer)
    told = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {one["Protocol"] for one in told} == {"email"}
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]
