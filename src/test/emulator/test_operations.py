"""Gaps of moto around operations: CloudTrail, CloudWatch, X-Ray, Chatbot, Backup, Budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, Aws

Closes = Callable[[Callable[[Aws], None]], None]


CHANNEL = {
    "SlackTeamId": "T0123ABCDEF",
    "SlackChannelId": "C0123ABCDEF",
    "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/chat",
    "SnsTopicArns": [f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"],
}


def test_a_slack_channel_is_configured_once_in_an_account(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        chatbot = aws.client("chatbot", "us-west-2")
        tags = [{"TagKey": "a", "TagValue": "1"}]
        arn = chatbot.create_slack_channel_configuration(
            **CHANNEL, ConfigurationName=name, Tags=tags
        )["ChannelConfiguration"]["ChatConfigurationArn"]
        with pytest.raises(ClientError) as caught:
            chatbot.create_slack_channel_configuration(**CHANNEL, ConfigurationName=f"{name}-2")
        assert caught.value.response["Error"]["Code"] == "InvalidRequestException"
        elsewhere = aws.client("chatbot", "eu-west-1")
        elsewhere.update_slack_channel_configuration(
            ChatConfigurationArn=arn, SlackChannelId="C0123ABCDEG", SnsTopicArns=[]
        )
        chatbot.untag_resource(ResourceARN=arn, TagKeys=["a"])
        chatbot.tag_resource(ResourceARN=arn, Tags=[{"TagKey": "b", "TagValue": "2"}])
        (found,) = chatbot.describe_slack_channel_configurations(ChatConfigurationArn=arn)[
            "SlackChannelConfigurations"
        ]
        assert (found["SlackChannelId"], found["SnsTopicArns"]) == ("C0123ABCDEG", [])
        assert found["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AdministratorAccess"]
        listed = chatbot.list_tags_for_resource(ResourceARN=arn)["Tags"]
        assert listed == [{"TagKey": "b", "TagValue": "2"}]
        chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn)
        assert chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"] == []
        with pytest.raises(chatbot.exceptions.ResourceNotFoundException):
            chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn)

    closes(check)


def trails(aws: Aws, name: str) -> list[str]:
    """Two trails' ARNs."""
    aws.client("s3").create_bucket(Bucket=name)
    trail = aws.client("cloudtrail")
    return [
        trail.create_trail(Name=f"{name}-{number}", S3BucketName=name)["TrailARN"]
        for number in range(2)
    ]


def test_only_the_named_trail_is_described(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        _, second = trails(aws, name)
        trail = aws.client("cloudtrail")
        for wanted in (second, f"{name}-1"):
            found = trail.describe_trails(trailNameList=[wanted])["trailList"]
            assert [item["TrailARN"] for item in found] == [second]

    closes(check)


def test_a_trail_is_deleted_by_its_arn(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        first, _ = trails(aws, name)
        trail = aws.client("cloudtrail")
        trail.delete_trail(Name=first)
        listed = [item["TrailARN"] for item in trail.describe_trails()["trailList"]]
        assert first not in listed

    closes(check)


def test_a_trail_is_made_once(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        trails(aws, name)
        with pytest.raises(ClientError) as caught:
            aws.client("cloudtrail").create_trail(Name=f"{name}-0", S3BucketName=name)
        assert caught.value.response["Error"]["Code"] == "TrailAlreadyExistsException"

    closes(check)


def alarm(aws: Aws, name: str) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


SUPPRESSED = {"ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 900}


def test_a_composite_alarm_is_described(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        alarm(aws, name)
        watch = aws.client("cloudwatch")
        rule = f'ALARM("{name}")'
        watch.put_composite_alarm(
            AlarmName=f"{name}-composite",
            AlarmRule=rule,
            AlarmActions=[f"arn:aws:sns:us-east-1:{ACCOUNT}:t"],
            **SUPPRESSED,
            ActionsSuppressor=name,
            Tags=[{"Key": "owner", "Value": "data"}],
        )
        (found,) = watch.describe_alarms(
            AlarmNames=[f"{name}-composite"], AlarmTypes=["CompositeAlarm"]
        )["CompositeAlarms"]
        assert found["AlarmRule"] == rule
        assert found["ActionsSuppressor"] == name
        assert found.items() >= SUPPRESSED.items()
        tags = watch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        assert tags == [{"Key": "owner", "Value": "data"}]

    closes(check)


def test_a_composite_alarm_names_alarms_that_exist(emulator: Aws, name: str) -> None:
    with pytest.raises(ClientError, match="do not exist"):
        emulator.client("cloudwatch").put_composite_alarm(
            AlarmName=name, AlarmRule=f"ALARM({name}-missing)"
        )


def test_a_sampling_rule_lives(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        xray = aws.client("xray")
        rule = {
            "RuleName": name,
            "ResourceARN": "*",
            "Priority": 100,
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            "ServiceName": "*",
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": "*",
            "URLPath": "*",
            "Version": 1,
        }
        tag = {"Key": "owner", "Value": "data"}
        created = xray.create_sampling_rule(SamplingRule=rule, Tags=[tag])
        arn = created["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleARN": arn, "FixedRate": 0.1})
        rates = {
            record["SamplingRule"]["RuleName"]: record["SamplingRule"]["FixedRate"]
            for record in xray.get_sampling_rules()["SamplingRuleRecords"]
        }
        assert rates[name] == 0.1
        assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [tag]
        xray.delete_sampling_rule(RuleARN=arn)
        left = xray.get_sampling_rules()["SamplingRuleRecords"]
        assert name not in [record["SamplingRule"]["RuleName"] for record in left]

    closes(check)


def plan(aws: Aws, name: str) -> str:
    backup = aws.client("backup")
    vault = f"{name}-vault"
    backup.create_backup_vault(BackupVaultName=vault, BackupVaultTags={"owner": "data"})
    rule = {"RuleName": "daily", "TargetBackupVaultName": vault}
    created = backup.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]})
    return str(created["BackupPlanId"])


def test_a_plan_has_selections(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        backup, owner = aws.client("backup"), plan(aws, name)
        selection: dict[str, Any] = {
            "SelectionName": name,
            "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/backup",
            "Resources": [f"arn:aws:rds:us-east-1:{ACCOUNT}:db:superset-production"],
        }
        made = backup.create_backup_selection(BackupPlanId=owner, BackupSelection=selection)
        identity = {"BackupPlanId": owner, "SelectionId": made["SelectionId"]}
        found = backup.get_backup_selection(**identity)["BackupSelection"]
        assert found == selection
        with pytest.raises(ClientError):
            backup.delete_backup_plan(BackupPlanId=owner)
        backup.delete_backup_selection(**identity)
        backup.delete_backup_plan(BackupPlanId=owner)

    closes(check)


def test_a_plan_is_changed(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        backup, owner = aws.client("backup"), plan(aws, name)
        before = backup.get_backup_plan(BackupPlanId=owner)["VersionId"]
        rule = {
            "RuleName": "daily",
            "TargetBackupVaultName": f"{name}-vault",
            "Lifecycle": {"DeleteAfterDays": 90},
        }
        changed = backup.update_backup_plan(
            BackupPlanId=owner, BackupPlan={"BackupPlanName": name, "Rules": [rule]}
        )
        assert changed["VersionId"] != before
        found = backup.get_backup_plan(BackupPlanId=owner)
        assert found["VersionId"] == changed["VersionId"]
        assert found["BackupPlan"]["Rules"][0]["Lifecycle"] == {"DeleteAfterDays": 90}

    closes(check)


def test_a_budget_says_whom_it_tells_and_can_be_changed(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        budgets = aws.client("budgets")
        notification = {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": 80.0,
            "ThresholdType": "PERCENTAGE",
        }
        mail = {"SubscriptionType": "EMAIL", "Address": "ops-team@example.com"}
        budget = {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        }
        budgets.create_budget(
            AccountId=ACCOUNT,
            Budget=budget,
            NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": [mail]}],
        )
        found = budgets.describe_subscribers_for_notification(
            AccountId=ACCOUNT, BudgetName=name, Notification=notification
        )
        assert found["Subscribers"] == [mail]
        limit = {"Amount": "20", "Unit": "USD"}
        budgets.update_budget(AccountId=ACCOUNT, NewBudget={**budget, "BudgetLimit": limit})
        changed = budgets.describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]
        assert changed["BudgetLimit"] == limit

    closes(check)


def test_a_budget_has_tags(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        budgets = aws.client("budgets")
        budget = {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        }
        tag = {"Key": "owner", "Value": "data"}
        budgets.create_budget(AccountId=ACCOUNT, Budget=budget, ResourceTags=[tag])
        arn = f"arn:aws:budgets::{ACCOUNT}:budget/{name}"
        assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [tag]
        budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["owner"])
        assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == []

    closes(check)


def test_a_secret_is_the_version_that_was_made_current(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        secrets = aws.client("secretsmanager")
        before = secrets.create_secret(Name=name, SecretString="before")["VersionId"]
        after = secrets.put_secret_value(
            SecretId=name, SecretString="after", VersionStages=["AWSPENDING"]
        )["VersionId"]
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "before"
        secrets.update_secret_version_stage(
            SecretId=name,
            VersionStage="AWSCURRENT",
            MoveToVersionId=after,
            RemoveFromVersionId=before,
        )
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "after"

    closes(check)
