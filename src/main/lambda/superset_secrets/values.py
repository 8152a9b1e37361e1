"""What each secret contains, and how a new value is made.

Every secret is a JSON object of strings. Passwords are letters and digits only: legal for RDS
(8 to 128 printable characters without / @ " and space) and in no URL in need of quoting.
"""

import json
import secrets
import string
from collections.abc import Mapping

DATABASE = "superset/db-credentials"
SECRET_KEY = "superset/secret-key"
ADMIN = "superset/admin"
CANARY = "superset/canary"

KINDS: Mapping[str, frozenset[str]] = {
    DATABASE: frozenset({"username", "password"}),
    SECRET_KEY: frozenset({"key", "previous"}),
    ADMIN: frozenset({"username", "password"}),
    CANARY: frozenset({"username", "password"}),
}
"""Secret name to the keys of its JSON object."""

CANARY_USERNAME = "superset-canary"
"""What nobody is called: the user is made anew with this password, whoever it was."""

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 48


def generate(name: str, username: str, current: str | None) -> str:
    """A new value of the secret `name`.

    `current` is the value being replaced, None for the first: a secret key keeps it as
    `previous` (empty at first), with which Superset re-encrypts what it has stored.
    """
    fresh = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    if name == SECRET_KEY:
        previous = parse(name, current)["key"] if current is not None else ""
        return json.dumps({"key": fresh, "previous": previous})
    return json.dumps({"username": username, "password": fresh})


def parse(name: str, value: str) -> dict[str, str]:
    """The fields of a stored value; the message of an error never repeats any of it."""
    try:
        fields = json.loads(value)
    except json.JSONDecodeError:
        fields = None
    keys = KINDS[name]
    if (
        not isinstance(fields, dict)
        or not keys <= fields.keys()
        or not all(isinstance(fields[key], str) for key in keys)
    ):
        expected = ", ".join(sorted(keys))
        raise RuntimeError(f"the value of {name} is not a JSON object of strings with {expected}")
    return fields
