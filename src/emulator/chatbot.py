"""Amazon Q Developer in chat applications, which moto lacks: its configurations of Slack channels.

Its API is still named AWS Chatbot. The service is one for all regions of an account. What a channel
would show is not shown; the workspace counts as one that admitted the service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from emulator.errors import Answer, Refusal, render
from emulator.wire import Call

#: What a configuration has unless it is told otherwise.
DEFAULTS = {
    "LoggingLevel": "NONE",
    "GuardrailPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    "UserAuthorizationRequired": False,
    "SnsTopicArns": [],
}
FIXED = ("ChatConfigurationArn", "SlackTeamId", "ConfigurationName", "Tags")


class Refused(Exception):
    """An error answer."""


class Chatbot:
    """The configurations of an account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._channels: dict[str, dict[str, Any]] = {}
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "CreateSlackChannelConfiguration": self._create,
            "DescribeSlackChannelConfigurations": self._describe,
            "UpdateSlackChannelConfiguration": self._update,
            "DeleteSlackChannelConfiguration": self._delete,
            "ListTagsForResource": self._tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def knows(self, call: Call) -> bool:
        """Whether a call is answered here."""
        return call.service == "chatbot" and call.operation in self._operations

    def answer(self, call: Call) -> Answer:
        """Carry the request out."""
        assert call.model is not None
        try:
            document = self._operations[call.operation](call.parameters)
        except Refused as problem:
            code, message, status = problem.args
            return render(call, Refusal(code, message, status))
        headers = (("Content-Type", "application/json"),)
        return Answer(int(call.model.http["responseCode"]), headers, json.dumps(document).encode())

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["ConfigurationName"]
        arn = f"arn:aws:chatbot::{self._account}:chat-configuration/slack-channel/{name}"
        if arn in self._channels:
            raise Refused(
                "ConflictException",
                f"The chat configuration with the name {name} already exists.",
                HTTPStatus.CONFLICT,
            )
        team, channel = given["SlackTeamId"], given["SlackChannelId"]
        if any(one["SlackChannelId"] == channel for one in self._channels.values()):
            raise Refused(
                "InvalidRequestException",
                f"Slack channel with ID {channel} in Slack team {team} has already been configured"
                f" for AWS account {self._account}",
                HTTPStatus.BAD_REQUEST,
            )
        made = {
            **DEFAULTS,
            "Tags": [],
            "SlackTeamName": team,
            "SlackChannelName": channel,
            **given,
            "ChatConfigurationArn": arn,
            "State": "ENABLED",
        }
        self._channels[arn] = made
        return {"ChannelConfiguration": made}

    def _describe(self, given: Mapping[str, Any]) -> dict[str, Any]:
        wanted = given.get("ChatConfigurationArn")
        found = [one for arn, one in self._channels.items() if wanted in (None, arn)]
        return {"SlackChannelConfigurations": found}

    def _update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self._found(given["ChatConfigurationArn"])
        found.update({key: value for key, value in given.items() if key not in FIXED})
        return {"ChannelConfiguration": found}

    def _delete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._found(given["ChatConfigurationArn"])
        del self._channels[given["ChatConfigurationArn"]]
        return {}

    def _tags(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {"Tags": self._found(given["ResourceARN"])["Tags"]}

    def _tag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        new = {tag["TagKey"] for tag in given["Tags"]}
        found = self._found(given["ResourceARN"])
        found["Tags"] = [t for t in found["Tags"] if t["TagKey"] not in new] + given["Tags"]
        return {}

    def _untag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self._found(given["ResourceARN"])
        found["Tags"] = [t for t in found["Tags"] if t["TagKey"] not in given["TagKeys"]]
        return {}

    def _found(self, arn: str) -> dict[str, Any]:
        if arn not in self._channels:
            raise Refused(
                "ResourceNotFoundException", f"{arn} does not exist.", HTTPStatus.NOT_FOUND
            )
        return self._channels[arn]
