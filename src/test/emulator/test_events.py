"""Gaps of moto's EventBridge: what lies in a list, and topics."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ACCOUNT, Aws
from telling import admitting, queue, received, rule, topic

Closes = Callable[[Callable[[Aws], None]], None]

REGION = "us-east-1"
DETAIL = {"containers": [{"name": "a", "exitCode": 0}, {"name": "b", "exitCode": 3}]}
EVENT = {"Source": "mine", "DetailType": "Stopped", "Detail": json.dumps(DETAIL)}


@pytest.mark.parametrize(
    ("codes", "matched"),
    [([3], True), ([{"anything-but": [0]}], True), ([4], False), ([{"exists": False}], False)],
)
def test_a_pattern_finds_what_lies_in_a_list(
    emulator: Aws, name: str, codes: Any, matched: bool
) -> None:
    url, arn = queue(emulator, name)
    pattern = {"source": ["mine"], "detail": {"containers": {"exitCode": codes}}}
    rule(emulator, name, pattern, Arn=arn)
    emulator.client("events").put_events(Entries=[EVENT])
    assert bool(received(emulator, url)) is matched


def test_plain_moto_finds_nothing_in_a_list(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        url, arn = queue(aws, name)
        pattern = {"source": ["mine"], "detail": {"containers": {"exitCode": [3]}}}
        rule(aws, name, pattern, Arn=arn)
        aws.client("events").put_events(Entries=[EVENT])
        assert received(aws, url)

    closes(check)


WORDS = {
    "InputPathsMap": {"kind": "$.detail-type", "time": "$.time"},
    "InputTemplate": '"It is <kind>, at <time>."',
}
ANY = {"source": ["mine"]}


def source(name: str) -> dict[str, Any]:
    """Condition that the rule of a name fulfils."""
    return {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"}}


def test_an_event_reaches_a_topic_in_the_words_of_its_rule(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        arn, url = topic(aws, name, **source(name))
        rule(aws, name, ANY, Arn=arn, InputTransformer=WORDS)
        aws.client("events").put_events(Entries=[{**EVENT, "Time": "2020-01-23T17:57:58Z"}])
        (message,) = received(aws, url)
        assert message == "It is Stopped, at 2020-01-23T17:57:58Z."

    closes(check)


def test_a_topic_takes_nothing_of_a_rule_that_its_policy_does_not_admit(
    emulator: Aws, name: str
) -> None:
    arn, url = topic(emulator, name, **source("another"))
    rule(emulator, name, ANY, Arn=arn)
    emulator.client("events").put_events(Entries=[EVENT])
    assert received(emulator, url) == []


@pytest.mark.parametrize("admitted", [True, False])
def test_an_encrypted_topic_takes_what_its_key_admits(
    emulator: Aws, name: str, admitted: bool
) -> None:
    arn, url = topic(emulator, name)
    of = arn if admitted else f"{arn}-another"
    context = {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": of}}
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.loads(admitting("*", **context))
    policy["Statement"].append(root)
    key = emulator.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    emulator.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    rule(emulator, name, ANY, Arn=arn)
    emulator.client("events").put_events(Entries=[EVENT])
    assert bool(received(emulator, url)) is admitted
