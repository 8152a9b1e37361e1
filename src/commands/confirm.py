"""Asks for a name to be typed before something that cannot be taken back."""

import sys


class NotConfirmed(Exception):
    """The name was not given, or another one."""


def confirm(name: str, given: str | None, purpose: str) -> None:
    """Return only if `given` (an option), or else what is typed, is exactly `name`."""
    if given is None:
        if not sys.stdin.isatty():
            raise NotConfirmed(f"not a terminal: confirm with --yes {name}")
        given = input(f"Type {name} to {purpose}: ").strip()
    if given != name:
        raise NotConfirmed(f"{given!r} is not {name!r}: nothing was done")
