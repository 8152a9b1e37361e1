"""The kinds of data sources: what each needs to be told, and how it is addressed in Superset."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

#: An element of DATA_SOURCES.
Source = Mapping[str, Any]

#: User of a registered address; the source's name follows.
PLACEHOLDER = "source-"

#: It is part of the address and of the secret's name.
_NAME = re.compile(r"[A-Za-z0-9_-]+")

_LOGIN = {"username": "…", "password": "…"}

#: Seconds that lists of schemas and tables are kept: a warehouse takes long to make them.
_LISTS = {"schema_cache_timeout": 600, "table_cache_timeout": 600}


@dataclass(frozen=True)
class Kind:
    """One kind of database.

    :ivar address: SQLAlchemy address; {user} is the placeholder
    :ivar needs: keys that must be there
    :ivar query: further parameters of the address, by key of the source
    :ivar port: where it listens unless told otherwise
    :ivar secret: an example of the secret's value; None: no secret, the task's role is enough
    :ivar extra: Superset's settings of the database ("Other" in its form)
    """

    address: str
    needs: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    secret: Mapping[str, Any] | None = field(default_factory=lambda: _LOGIN)
    extra: Mapping[str, Any] = field(default_factory=dict)


KINDS = {
    "mysql": Kind("mysql+pymysql://{user}@{host}:{port}/{database}", ("host",), port=3306),
    "postgres": Kind(
        "postgresql+psycopg2://{user}@{host}:{port}/{database}",
        ("host", "database"),
        port=5432,
        extra={"cost_estimate_enabled": True},
    ),
    "redshift": Kind(
        "redshift+psycopg2://{user}@{host}:{port}/{database}",
        ("host", "database"),
        port=5439,
        # No cost estimate: Superset would ask for it in PostgreSQL's words.
        extra={"metadata_cache_timeout": _LISTS},
    ),
    "snowflake": Kind(
        "snowflake://{user}@{account}/{database}",
        ("account", "database"),
        {"role": "role", "warehouse": "warehouse"},
        extra={"metadata_cache_timeout": _LISTS},
    ),
    "athena": Kind(
        # Spelled as in ARNs, which policies compare by case; PyAthena would write it small.
        "awsathena+rest://athena.{region}.amazonaws.com/{database}?catalog_name=AwsDataCatalog",
        ("region", "database", "output"),
        {"s3_staging_dir": "output", "work_group": "workgroup"},
        secret=None,
        # A preview is a query like another: it scans, and is paid for.
        extra={"disable_data_preview": True, "metadata_cache_timeout": _LISTS},
    ),
    "bigquery": Kind(
        "bigquery://{user}@{database}",
        ("database",),
        secret={"credentials_info": {"type": "service_account", "…": "…"}},
        extra={
            "cost_estimate_enabled": True,
            "disable_data_preview": True,
            "metadata_cache_timeout": _LISTS,
        },
    ),
    "custom": Kind("", ("uri",)),
}


def address(source: Source, authorities: str) -> str:
    """The address that is registered: complete but for the credential.

    :param authorities: what {ca} means in the template of a custom kind
    """
    kind = KINDS[source["kind"]]
    # As they are: SQLAlchemy 1.4 takes the database literally.
    values = {key: str(value) for key, value in source.items()}
    values.setdefault("port", str(kind.port or ""))
    values.setdefault("database", "")
    values["user"] = placeholder(source)
    if source["kind"] == "custom":
        return str(source["uri"]).format(**{**values, "ca": quote_plus(authorities)})
    query = "&".join(
        f"{parameter}={quote_plus(str(source[key]))}"
        for parameter, key in sorted(kind.query.items())
        if source.get(key)
    )
    separator = "&" if "?" in kind.address else "?"
    return kind.address.format(**_account(values)) + (separator + query if query else "")


def placeholder(source: Source) -> str:
    """What stands for the user in the registered address."""
    return PLACEHOLDER + str(source["name"])


def example(source: Source) -> str:
    """What the secret of a source looks like."""
    return json.dumps(KINDS[source["kind"]].secret, ensure_ascii=False)


def problems(sources: Iterable[Source]) -> list[str]:
    """What is wrong with DATA_SOURCES, each with the source's name."""
    found: list[str] = []
    names: set[str] = set()
    for number, source in enumerate(sources):
        name = source.get("name") if isinstance(source, dict) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            found.append(f"element {number}: name {name!r}; letters, digits, - and _ are right")
            continue
        if name in names:
            found.append(f"{name} is there twice")
        names.add(name)
        found += [f"{name}: {problem}" for problem in _problems(source)]
    return found


def _problems(source: Source) -> list[str]:
    kind = KINDS.get(source.get("kind", ""))
    if kind is None:
        return [f"kind {source.get('kind')!r}; one of {', '.join(KINDS)} would be right"]
    given = _account({key: value for key, value in source.items() if value})
    found = [f"{key} is missing" for key in kind.needs if key not in given]
    if kind.secret is not None and not source.get("secret"):
        found.append("secret is missing: the ARN of superset/data-sources/NAME")
    if source.get("tls", "verify") not in ("verify", "off"):
        found.append(f"tls {source['tls']!r}; verify or off would be right")
    if set("?#/@") & set(source.get("database", "")) and source["kind"] != "snowflake":
        found.append(f"database {source['database']!r}: ?, #, / and @ cannot be in an address")
    if source.get("kind") == "custom" and "uri" in given:
        found += _template_problems(source)
    return found


def _template_problems(source: Source) -> list[str]:
    if "://{user}@" not in source["uri"]:
        return ["uri has no ://{user}@, where the credential belongs"]
    try:
        address(source, "")
    except (KeyError, IndexError, ValueError):
        return ["uri may name {user}, {host}, {port}, {database} and {ca}; those used must be set"]
    return []


def _account(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Snowflake's account, which its host names as well."""
    if "account" in values or "host" not in values:
        return values
    return {**values, "account": str(values["host"]).removesuffix(".snowflakecomputing.com")}
