"""What ECS injects into a container: values of secrets, resolved when the task starts."""

from __future__ import annotations

import json

from moto.secretsmanager.models import secretsmanager_backends


class Unresolvable(Exception):
    """The task cannot start; worded as ECS words it."""


def value(account: str, reference: str) -> str:
    """Of ``ARN:json-key:version-stage:version-id``, the last three optional."""
    parts = reference.split(":")
    arn = ":".join(parts[:7])
    key, stage, version = ([*parts[7:], "", "", ""])[:3]
    region = parts[3]
    backend = secretsmanager_backends[account][region]
    try:
        answer = backend.get_secret_value(
            secret_id=arn, version_id=version or None, version_stage=stage or "AWSCURRENT"
        )
        text = answer["SecretString"]
    except Exception as problem:
        raise Unresolvable(
            "ResourceInitializationError: unable to pull secrets or registry auth: unable to"
            f" retrieve secret from asm: {arn}: {problem}"
        ) from problem
    if not key:
        return str(text)
    document = json.loads(text)
    if key not in document:
        raise Unresolvable(
            "ResourceInitializationError: unable to pull secrets or registry auth: retrieved secret"
            f" from Secrets Manager did not contain json key {key}"
        )
    return str(document[key])
