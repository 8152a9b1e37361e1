"""Rules of EventBridge, and who hears of what they match."""

from __future__ import annotations

import json
from typing import Any

from conftest import Aws


def queue(aws: Aws, name: str) -> tuple[str, str]:
    """Its address and its ARN."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, answer["Attributes"]["QueueArn"]


def received(aws: Aws, url: str) -> list[str]:
    """Messages that wait in a queue."""
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [one["Body"] for one in answer.get("Messages", [])]


def rule(aws: Aws, name: str, pattern: dict[str, Any], **target: Any) -> None:
    """A rule with one target."""
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "one", **target}])


def admitting(resource: str, **conditions: Any) -> str:
    """A policy of a topic or a key that admits EventBridge."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": resource,
        "Condition": conditions,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def topic(aws: Aws, name: str, **conditions: Any) -> tuple[str, str]:
    """A topic that admits EventBridge; its ARN, and the address of a queue that hears it."""
    sns = aws.client("sns")
    arn = sns.create_topic(Name=name)["TopicArn"]
    policy = admitting(arn, **conditions)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    url, hears = queue(aws, name)
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=hears)["SubscriptionArn"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    return arn, url
