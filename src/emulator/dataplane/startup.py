"""What Fargate does before a container starts: assume the roles, read secrets, reach registry and
log. What fails, fails the task in AWS's words.

Amazon ECS Developer Guide, "Amazon ECS task execution IAM role" and "Resolve Amazon ECS
ResourceInitializationError errors". The session name that AWS words contain is the task's id.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from moto.ecr.models import ecr_backends
from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends

from emulator.dataplane import permissions
from emulator.dataplane.permissions import Asked

_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^@:]+)(?:[@:].*)?")
_INITIALIZATION = "ResourceInitializationError: unable to pull secrets or registry auth"
_SECRET = f"{_INITIALIZATION}: execution resource retrieval failed: unable to retrieve secret"


class CannotStart(Exception):
    """The task cannot start; the message is its stoppedReason."""


@dataclass(frozen=True)
class Startup:
    """Of one task."""

    account: str
    region: str
    task: str
    cluster: str
    task_role: str | None
    execution_role: str | None

    def check(self, containers: list[dict[str, Any]]) -> None:
        """Roles, secrets, registry and logs. Raises CannotStart."""
        for role in (self.execution_role, self.task_role):
            if role:
                self._assume(role)
        for container in containers:
            self._pull(container["image"])
            self._log((container.get("logConfiguration") or {}).get("options") or {})
            for item in container.get("secrets") or []:
                self.secret(item["valueFrom"])

    def secret(self, reference: str) -> str:
        """The value of ``ARN:json-key:version-stage:version-id``, the last three optional.

        Raises CannotStart.
        """
        parts = reference.split(":")
        if len(parts) < 7 or parts[2] != "secretsmanager":
            raise CannotStart(f"{_SECRET}: {reference} is no secret of Secrets Manager")
        arn = ":".join(parts[:7])
        key, stage, version = ([*parts[7:], "", "", ""])[:3]
        self._may_read(arn, parts[3])
        backend = secretsmanager_backends[self.account][parts[3]]
        try:
            answer = backend.get_secret_value(
                secret_id=arn, version_id=version or None, version_stage=stage or "AWSCURRENT"
            )
            text = str(answer["SecretString"])
        except Exception as problem:
            raise CannotStart(
                f"{_SECRET} from asm: service call has been retried 1 time(s): failed to fetch"
                f" secret {arn} from secrets manager: ResourceNotFoundException: {problem}"
            ) from problem
        if not key:
            return text
        document = json.loads(text)
        if key not in document:
            raise CannotStart(
                f"{_SECRET} from asm: retrieved secret from Secrets Manager did not contain json"
                f" key {key}"
            )
        return str(document[key])

    def _may_read(self, arn: str, region: str) -> None:
        failed = (
            f"{_SECRET} from asm: service call has been retried 1 time(s): failed to fetch secret"
            f" {arn} from secrets manager: AccessDeniedException:"
        )
        denied = self._denied("secretsmanager:GetSecretValue", arn)
        if denied:
            raise CannotStart(f"{failed} {denied}")
        stored = secretsmanager_backends[self.account][region].secrets.get(arn)
        key = getattr(stored, "kms_key_id", None)
        # The key aws/secretsmanager admits everybody who may read the secret.
        if not key or key.startswith("alias/aws/") or not self.execution_role:
            return
        if not key.startswith("arn:"):
            key = f"arn:aws:kms:{region}:{self.account}:key/{key}"
        context = {
            "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
            "kms:CallerAccount": self.account,
            "kms:EncryptionContext:SecretARN": arn,
        }
        asked = Asked("kms:Decrypt", key, context)
        if not permissions.allows_key(self.account, self.execution_role, key, asked):
            raise CannotStart(f"{failed} Access to KMS is not allowed")

    def _assume(self, role: str) -> None:
        task = f"arn:aws:ecs:{self.region}:{self.account}:task/{self.cluster}/{self.task}"
        context = {"aws:SourceAccount": self.account, "aws:SourceArn": task}
        if not permissions.trusts(self.account, role, "ecs-tasks.amazonaws.com", context):
            raise CannotStart(
                f"ECS was unable to assume the role '{role}' that was provided for this task."
                " Please verify that the role being passed has the proper trust relationship and"
                " permissions and that your IAM user has permissions to pass this role."
            )

    def _pull(self, image: str) -> None:
        found = _ECR.fullmatch(image)
        if found is None:
            return
        account, region, name = found.groups()
        repository = f"arn:aws:ecr:{region}:{account}:repository/{name}"
        denied = self._denied("ecr:GetAuthorizationToken", "*")
        if denied:
            raise CannotStart(
                f"{_INITIALIZATION}: execution resource retrieval failed: unable to retrieve ecr"
                " registry auth: service call has been retried 1 time(s): AccessDeniedException:"
                f" {denied}"
            )
        failed = "CannotPullContainerError: pull image manifest has been retried 1 time(s):"
        for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            denied = self._denied(action, repository)
            if denied:
                raise CannotStart(f"{failed} failed to resolve ref {image}: denied: {denied}")
        if name not in ecr_backends[self.account][region].repositories:
            raise CannotStart(f"{failed} failed to resolve ref {image}: {image}: not found")

    def _log(self, options: dict[str, str]) -> None:
        if not options:
            return
        group, region = options["awslogs-group"], options["awslogs-region"]
        failed = (
            "ResourceInitializationError: failed to validate logger args: create stream has been"
            " retried 1 times: failed to create Cloudwatch log stream:"
        )
        arn = f"arn:aws:logs:{region}:{self.account}:log-group:{group}:log-stream:{self.task}"
        denied = self._denied("logs:CreateLogStream", arn)
        if denied:
            raise CannotStart(f"{failed} AccessDeniedException: {denied} : exit status 1")
        if group not in logs_backends[self.account][region].groups:
            raise CannotStart(
                f"{failed} ResourceNotFoundException: The specified log group does not exist."
                " : exit status 1"
            )

    def _denied(self, action: str, resource: str) -> str:
        """AWS's words where the execution role may not; without a role nobody asks."""
        role = self.execution_role
        if role and permissions.allows(self.account, role, Asked(action, resource)):
            return ""
        name = (role or "none").split("/")[-1]
        return (
            f"User: arn:aws:sts::{self.account}:assumed-role/{name}/{self.task} is not authorized"
            f" to perform: {action} on resource: {resource} because no identity-based policy"
            f" allows the {action} action"
        )
