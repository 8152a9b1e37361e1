"""Turns errors into the messages that a deploy prints."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from superset_shared.log import log


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


@contextmanager
def reported(region: str = "") -> Iterator[None]:
    """Whatever goes wrong inside ends the invocation with a RuntimeError, and is logged.

    :param region: what the message begins with
    """
    try:
        yield
        return
    except (ClientError, BotoCoreError) as error:
        message = sentence(error)
    except RuntimeError as error:
        message = str(error)
    if region:
        message = f"{region}: {message}"
    log("failed", error=message)
    raise RuntimeError(message) from None
