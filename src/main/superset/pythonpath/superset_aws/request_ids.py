"""The id of a request goes on into what it causes: jobs, and the SQL that data sources get."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection
from typing import Any

from superset_aws.json_lines import request_id

#: Header of a message: the id of the request that began the job.
HEADER = "request_id"

#: Characters of an id; browsers may send one of their own, and it goes into every line of the log.
LONGEST = 200

#: Kind of data source by Superset's name of its engine, where they differ.
_KINDS = {"postgresql": "postgres", "awsathena": "athena"}

#: What may stand in a comment: nothing that ends it, begins another, or is a parameter's mark.
_UNSAFE = re.compile(r"[^A-Za-z0-9=._-]+")


def identifier(given: str | None) -> str:
    """Of a request, by what its header says."""
    return given[:LONGEST] if given else f"Self={uuid.uuid4()}"


def send(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Of Celery's signal before_task_publish."""
    if headers is not None and (known := request_id.get()):
        headers[HEADER] = known


def take(task: Any = None, **_: Any) -> None:
    """Of Celery's signal task_prerun; a job that no request began has an id of its own."""
    request_id.set(getattr(task.request, HEADER, None) or f"Task={task.request.id}")


def leave(**_: Any) -> None:
    """Of Celery's signal task_postrun."""
    request_id.set(None)


def commented(sql: str, database: Any, kinds: Collection[str]) -> str:
    """A statement that begins with the id, where the data source is of one of the kinds.

    At the beginning: lists of running statements show no more of long ones.
    """
    known = request_id.get()
    engine = str(database.db_engine_spec.engine)
    if known is None or _KINDS.get(engine, engine) not in kinds:
        return sql
    return f"/* request_id {_UNSAFE.sub(' ', known)[:LONGEST]} */\n{sql}"


def mutator(first: Callable[..., str], kinds: Collection[str]) -> Callable[..., str]:
    """Superset's SQL_QUERY_MUTATOR: the statement as another one leaves it, and the id."""

    def mutate(sql: str, database: Any, **context: Any) -> str:
        return commented(first(sql, database, **context), database, kinds)

    return mutate
