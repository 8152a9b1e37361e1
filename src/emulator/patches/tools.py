"""How a patch attaches itself to a class of moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException


class Fault(ServiceException):
    """An error of AWS: code and message. (Not of a module of moto: see errors._Raised.)"""


def add(owner: type, *functions: Callable[..., Any]) -> None:
    """Add methods that the class lacks; a moto that has learned one makes this fail."""
    for function in functions:
        if function.__name__ in owner.__dict__:
            raise TypeError(f"{owner.__name__} has {function.__name__} now: drop the patch")
        setattr(owner, function.__name__, function)


def around(owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: wrap a method; the wrapper gets the original as its first argument."""

    def attach(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(owner, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return wrapper(original, self, *args, **kwargs)

        method.__name__ = name
        setattr(owner, name, method)
        return wrapper

    return attach


def tags_as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in the shape most services use."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
