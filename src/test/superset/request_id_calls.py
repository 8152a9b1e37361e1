"""Run by the image's Python: where Celery carries the id of a request, and how Superset reads
statements that begin with it.

Standard input: {trace, statements: [{sql, engine}]}. Standard output: {jobs, parsed}.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import before_task_publish, task_postrun, task_prerun
from superset.sql.parse import SQLScript

from superset_aws import request_ids
from superset_aws.json_lines import request_id

SECONDS = 30


def main() -> None:
    told = json.load(sys.stdin)
    parsed = [_parsed(one["sql"], one["engine"]) for one in told["statements"]]
    print(json.dumps({"jobs": _jobs(told["trace"]), "parsed": parsed}))


def _jobs(trace: str) -> dict[str, Any]:
    """The id in a job that a request began, in one that none began, and after each of them."""
    before_task_publish.connect(request_ids.send)
    task_prerun.connect(request_ids.take)
    task_postrun.connect(request_ids.leave)
    app = Celery("request_ids", broker="memory://")
    seen: list[str | None] = []
    left: list[str | None] = []
    task_postrun.connect(lambda **_: left.append(request_id.get()), weak=False)

    @app.task(name="job")
    def job() -> None:
        seen.append(request_id.get())

    token = request_id.set(trace)
    job.delay()
    request_id.reset(token)
    identifier = job.delay().id
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        end = time.monotonic() + SECONDS
        while len(left) < 2 and time.monotonic() < end:
            time.sleep(0.02)
    return {"seen": seen, "left": left, "second": str(identifier)}


def _parsed(sql: str, engine: str) -> dict[str, Any]:
    """Tables of each statement, and the statements as Superset writes them anew."""
    statements = SQLScript(sql, engine=engine).statements
    return {
        "tables": [sorted(table.table for table in one.tables) for one in statements],
        "formatted": [one.format() for one in statements],
    }


if __name__ == "__main__":
    main()
