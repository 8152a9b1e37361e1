"""Turns AWS's errors into the one-line messages that a deploy prints."""

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection


class RegionUnreachable(Exception):
    """A region does not answer: its endpoint refuses, closes, times out or reports 5xx."""


def unreachable(error: Exception) -> bool:
    """Whether the error says that the region is down, and not that it refused the request."""
    if isinstance(error, ClientError):
        return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500
    return isinstance(error, HTTPClientError | NoConnection)


def code(error: ClientError) -> str:
    """AWS's error code, for example ResourceNotFoundException."""
    return error.response.get("Error", {}).get("Code", "")


def sentence(error: ClientError | BotoCoreError) -> str:
    """One line about the error, without its parameters (which could contain a value)."""
    if isinstance(error, ClientError):
        message = " ".join(error.response.get("Error", {}).get("Message", "").split())
        return f"{error.operation_name}: {code(error)}: {message}"
    if unreachable(error):
        return " ".join(str(error).split())
    return type(error).__name__
