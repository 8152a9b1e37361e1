"""A function's environment variables, written by the Java side."""

import os


def read(*names: str) -> list[str]:
    """The values in the order of the names; an error names all that are missing at once."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise RuntimeError(f"environment variables are not set: {', '.join(missing)}")
    return [os.environ[name].strip() for name in names]


def parts(value: str) -> tuple[str, ...]:
    """What a value lists, comma separated."""
    return tuple(part.strip() for part in value.split(",") if part.strip())
