"""Names of secret versions: `version-NNNNNNNN-HASH`.

Secrets Manager's VersionId is the ClientRequestToken of the put that made it (32 to 64
characters). Deriving it from the secret's name and the version number makes a put idempotent
and lets every region tell the number of what it has stored without reading the value.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"version-(\d{8})-[0-9a-f]{32}")


def version_id(name: str, number: int) -> str:
    """The id under which version `number` of the secret `name` is stored, in every region."""
    digest = hashlib.sha256(f"{name}\0{number}".encode()).hexdigest()
    return f"version-{number:08d}-{digest[:32]}"


def other_version_id(number: int) -> str:
    """A second id of the same number, for a container that has another value under the first.

    Happens where one region was destroyed and built anew while another kept its secrets, or
    where someone put a value by hand.
    """
    return f"version-{number:08d}-{secrets.token_hex(16)}"


def number_of(identifier: str | None) -> int | None:
    """The version number in an id; None for no id and for ids that are not of this function."""
    match = _SHAPE.fullmatch(identifier or "")
    return int(match[1]) if match else None
