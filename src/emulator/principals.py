"""Who sends a request: the role behind an access key, where the emulator gave the key out, and the
region that it was given out in."""

from __future__ import annotations

from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

#: Region by access key of everything that runs here: tasks and functions.
_origins: dict[str, str] = {}


def role_credentials(account: str, region: str, role_arn: str, session: str) -> dict[str, str]:
    """Credentials of a role, as the environment of a process that acts as it."""
    backend = sts_backends[account][get_partition(region)]
    assumed = backend.assume_role(
        region_name=region,
        role_session_name=session,
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    _origins[assumed.access_key_id] = region
    return {
        "AWS_ACCESS_KEY_ID": assumed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
        "AWS_SESSION_TOKEN": assumed.session_token,
    }


def principal(account: str, access_key: str) -> str:
    """The ARN of the assumed role behind a key, or the key itself."""
    for backend in sts_backends[account].values():
        assumed = backend.get_assumed_role_from_access_key(access_key)
        if assumed is not None:
            return str(assumed.arn)
    return access_key


def origin(access_key: str) -> str | None:
    """Region of the task or the function that a key was given to; None of everybody else."""
    return _origins.get(access_key)
