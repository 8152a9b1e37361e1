"""The value of a secret where no version is asked for: AWS gives the one that is labelled
AWSCURRENT, moto the one that was stored under that label last, whatever was moved since.

API reference: GetSecretValue, VersionStage.
"""

from __future__ import annotations

from typing import Any

from moto.secretsmanager.models import SecretsManagerBackend

from emulator.patches.tools import around

CURRENT = "AWSCURRENT"


def install() -> None:
    """Look for the label."""
    around(SecretsManagerBackend, "get_secret_value")(_value)


def _value(
    original: Any,
    self: SecretsManagerBackend,
    secret_id: str,
    version_id: str | None,
    version_stage: str | None,
) -> dict[str, Any]:
    if not version_id and not version_stage and self._is_valid_identifier(secret_id):
        versions = self.secrets[secret_id].versions.values()
        # A secret without a value is refused in AWS' words by the original.
        if any(CURRENT in version["version_stages"] for version in versions):
            version_stage = CURRENT
    answer: dict[str, Any] = original(self, secret_id, version_id, version_stage)
    return answer
