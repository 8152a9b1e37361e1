"""ECR: moto takes an empty scanning configuration for no configuration.

AWS's default of ``scanOnPush`` is false, and clients leave a false value out:
that switches it off.
"""

from __future__ import annotations

from typing import Any

from moto.ecr.models import ECRBackend

from emulator.patches.tools import around


def install() -> None:
    """Fill the default in."""
    around(ECRBackend, "put_image_scanning_configuration")(_put)


def _put(
    original: Any,
    self: ECRBackend,
    registry_id: str,
    repository_name: str,
    image_scan_config: dict[str, Any],
) -> Any:
    whole = {"scanOnPush": False, **(image_scan_config or {})}
    return original(self, registry_id, repository_name, whole)
