"""Attributes of users in row-level security: ``region = '{{ user_attribute("region") }}'``.

A macro that gives no value raises: a text in its place would match something. Before it comes to
that, the security manager replaces a clause that asks for a missing attribute by one that nothing
matches (CLOSED).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import g
from jinja2 import Environment, TemplateRuntimeError, TemplateSyntaxError, nodes, pass_environment

#: No row matches it.
CLOSED = "1 = 0"

ONE, MANY = "user_attribute", "user_attribute_list"


class MissingAttribute(TemplateRuntimeError):
    """The user has no such attribute, or not exactly one value of it."""


def mine() -> Mapping[str, list[str]]:
    """Attributes of the user on whose behalf this runs; read once per request or task."""
    from superset_aws import sign_in_store

    user_id = getattr(getattr(g, "user", None), "id", None)
    if user_id is None:
        return {}
    known: dict[int, Mapping[str, list[str]]] = g.setdefault("_user_attributes", {})
    if user_id not in known:
        known[user_id] = sign_in_store.attributes(user_id)
    return known[user_id]


def asked(clause: str) -> dict[str, str]:
    """Attribute to macro of a clause; those whose name is computed are left to the macro."""
    return dict(_asked(clause))


@lru_cache(maxsize=1024)
def _asked(clause: str) -> tuple[tuple[str, str], ...]:
    if ONE not in clause:
        return ()
    try:
        calls = list(Environment().parse(clause).find_all(nodes.Call))
    except TemplateSyntaxError:
        return ()
    return tuple(
        (call.args[0].value, call.node.name)
        for call in calls
        if isinstance(call.node, nodes.Name)
        and call.node.name in (ONE, MANY)
        and call.args
        and isinstance(call.args[0], nodes.Const)
    )


def is_answerable(clause: str) -> bool:
    """Whether the user has every attribute that a clause asks for."""
    known = mine() if ONE in clause else {}
    return all(
        len(known.get(name, ())) == 1 if macro == ONE else name in known
        for name, macro in asked(clause).items()
    )


def quoted(value: str, dialect: str) -> str:
    """A value inside the quotes of an SQL literal. Values hold no backslash (sign_in.attributes),
    so that doubling the quote is enough wherever it is the standard's."""
    return value.replace("'", "\\'" if dialect == "bigquery" else "''")


@pass_environment
def user_attribute(environment: Environment, name: str) -> str:
    """The one value of an attribute, to be written between quotes."""
    found = mine().get(name, [])
    if len(found) != 1:
        raise MissingAttribute(f"{len(found)} values of the user's attribute {name!r}, 1 is needed")
    return quoted(found[0], _dialect(environment))


@pass_environment
def user_attribute_list(environment: Environment, name: str) -> str:
    """All values of an attribute, quoted and separated by commas: for ``IN (…)``."""
    found = mine().get(name, [])
    if not found:
        raise MissingAttribute(f"the user has no attribute {name!r}")
    dialect = _dialect(environment)
    return ", ".join(f"'{quoted(value, dialect)}'" for value in found)


def _dialect(environment: Environment) -> str:
    """Superset gives its processor of templates a filter that knows the dialect."""
    where_in: Any = environment.filters["where_in"]
    return str(where_in.dialect.name)


def macros() -> dict[str, Any]:
    """For JINJA_CONTEXT_ADDONS."""
    return {ONE: user_attribute, MANY: user_attribute_list}
