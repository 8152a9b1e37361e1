"""Keys that follow from the one secret key."""

from __future__ import annotations

import hashlib
import hmac

from superset_aws.settings import Settings


def derived_key(settings: Settings, purpose: str) -> str:
    """A key of its own for a purpose: whoever learns one learns no other."""
    key = settings.secret_key.encode()
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()
