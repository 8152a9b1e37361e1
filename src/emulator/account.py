"""The account that this process stands for."""

from __future__ import annotations

import os


def own_account() -> str:
    """Twelve digits; set by ``--account``, and read by moto from the same variable."""
    return os.environ["MOTO_ACCOUNT_ID"]
