"""EventBridge: moto sends no event to a topic.

A topic takes it where its policy, and that of its key, admit EventBridge for the rule.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule
from moto.events.utils import EventTemplateParser
from moto.kms.models import kms_backends
from moto.sns.models import Topic, sns_backends

from emulator.dataplane.permissions import Asked, admits
from emulator.patches.tools import around

log = logging.getLogger("emulator")

SERVICE = "events.amazonaws.com"


def install() -> None:
    """Send it."""
    around(Rule, "send_to_targets")(_send)


def _send(original: Any, self: Rule, event: Any, transform_input: bool = True) -> None:
    targets = self.targets
    topics = [one for one in targets if one["Arn"].split(":")[2] == "sns"]
    if topics and self.state == "ENABLED" and self.event_pattern.matches_event(event):
        for target in topics:
            _publish(self, target, event)
    self.targets = [one for one in targets if one not in topics]
    try:
        original(self, event, transform_input)
    finally:
        self.targets = targets


def _publish(rule: Rule, target: dict[str, Any], event: Any) -> None:
    topic = sns_backends[rule.account_id][target["Arn"].split(":")[3]].topics.get(target["Arn"])
    if topic is None or not _is_admitted(rule, topic):
        log.warning("%s may not send to %s", rule.arn, target["Arn"])
        return
    topic.publish(_message(target.get("InputTransformer"), event))


def _message(words: dict[str, Any] | None, event: Any) -> str:
    """The event, or what its rule says of it."""
    told = {**event, "time": _time(event["time"])}
    if words is None:
        del told["ingestion-time"]
        return json.dumps(told)
    message = EventTemplateParser.parse(
        words["InputTemplate"],
        words.get("InputPathsMap", {}),
        told,  # type: ignore[arg-type]
    )
    return message if isinstance(message, str) else json.dumps(message)


def _time(at: str | float) -> str:
    if isinstance(at, str):
        return at
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_admitted(rule: Rule, topic: Topic) -> bool:
    source = {
        "aws:SourceAccount": rule.account_id,
        "aws:SourceArn": rule.arn,
        "aws:SecureTransport": "true",
    }
    if not admits(topic.policy, SERVICE, Asked("sns:Publish", topic.arn, source)):
        return False
    if not topic.kms_master_key_id:
        return True
    keys = kms_backends[rule.account_id][topic.arn.split(":")[3]].keys
    key = keys.get(topic.kms_master_key_id.split("/")[-1])
    # EventBridge names no source to the key, Amazon SNS its topic (its Developer Guide, "Key
    # management").
    context = {"kms:EncryptionContext:aws:sns:topicArn": topic.arn}
    return key is not None and all(
        admits(key.policy, SERVICE, Asked(action, key.arn, context))
        for action in ("kms:Decrypt", "kms:GenerateDataKey")
    )
