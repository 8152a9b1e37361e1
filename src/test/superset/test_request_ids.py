"""The id of a request goes on into jobs and into SQL."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commands.environment import ROOT
from superset_aws import request_ids
from superset_aws.json_lines import request_id

TRACE = "Root=1-67891233-abcdef012345678912345678;Self=1-67891234-12456789abcdef0123456789"
SELECT = "SELECT a FROM t WHERE a = 'x -- y' AND b LIKE '%s'"
COMMENT = (
    "/* request_id Root=1-67891233-abcdef012345678912345678"
    " Self=1-67891234-12456789abcdef0123456789 */"
)

#: What a browser may send as its id.
SENT = [
    "*/ DROP TABLE u; /*",
    "*\n/ DROP TABLE u; --",
    "! SELECT 1 */ DELETE FROM u",
    "+ MAX_EXECUTION_TIME(1)",
    "/* /* */ x */",
    "%(a)s %s :a ? {a} {{a}} $1",
    "\x00é'\"`\\",
    "x" * 10_000,
    "*" * 10_000,
]
ENGINES = ["postgresql", "mysql"]


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    token = request_id.set(TRACE)
    yield
    request_id.reset(token)


def database(engine: str) -> Any:
    return SimpleNamespace(db_engine_spec=SimpleNamespace(engine=engine))


def commented(sql: str = SELECT, engine: str = "postgresql") -> str:
    return request_ids.commented(sql, database(engine), {"postgres", "mysql"})


def as_sent(sent: str, engine: str) -> str:
    """The statement of a request with an id of the browser's."""
    token = request_id.set(request_ids.identifier(sent))
    try:
        return commented(engine=engine)
    finally:
        request_id.reset(token)


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    """What the real Celery carries, and how the real Superset reads what is commented."""
    statements = [{"sql": f"{COMMENT}\n{SELECT}", "engine": "postgresql"}]
    statements += [
        {"sql": as_sent(sent, engine), "engine": engine} for sent in SENT for engine in ENGINES
    ]
    ran = subprocess.run(
        [ROOT / ".build/superset/bin/python", Path(__file__).with_name("request_id_calls.py")],
        env={"PYTHONPATH": str(ROOT / "src/main/superset/pythonpath"), "PATH": "/usr/bin:/bin"},
        input=json.dumps({"trace": TRACE, "statements": statements}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_statement_begins_with_the_id() -> None:
    assert commented() == f"{COMMENT}\n{SELECT}"


@pytest.mark.parametrize("engine", ["redshift", "awsathena", "snowflake", "bigquery", "sqlite"])
def test_other_kinds_get_the_statement_as_it_is(engine: str) -> None:
    assert commented(engine=engine) == SELECT


def test_athena_has_another_name_in_superset() -> None:
    assert request_ids.commented("S", database("awsathena"), {"athena"}) == f"{COMMENT}\nS"


def test_without_a_request_there_is_no_comment() -> None:
    request_id.set(None)
    assert commented() == SELECT


@pytest.mark.parametrize("sent", SENT)
def test_nothing_that_a_browser_sends_ends_the_comment(sent: str) -> None:
    comment, _, rest = as_sent(sent, "postgresql").partition("\n")
    assert rest == SELECT
    assert re.fullmatch(r"/\* request_id [A-Za-z0-9=._ -]{1,200} \*/", comment)


def test_superset_reads_the_statement_and_no_other(real: dict[str, Any]) -> None:
    assert [one["tables"] for one in real["parsed"]] == [[["t"]]] * (1 + len(SENT) * len(ENGINES))


def test_it_is_still_there_when_superset_has_written_a_statement_anew(real: dict[str, Any]) -> None:
    assert real["parsed"][0]["formatted"][0].startswith(COMMENT)


def test_what_is_refused_is_refused_before_it_is_commented() -> None:
    def refuse(sql: str, *_: Any, **__: Any) -> str:
        raise PermissionError(sql)

    with pytest.raises(PermissionError, match="^SELECT 1$"):
        request_ids.mutator(refuse, {"postgres"})("SELECT 1", database("postgresql"))


def test_an_id_of_a_browser_is_cut() -> None:
    assert request_ids.identifier("y" * 300) == "y" * 200
    assert request_ids.identifier("").startswith("Self=")


def test_a_job_has_the_id_of_the_request_that_began_it(real: dict[str, Any]) -> None:
    assert real["jobs"]["seen"][0] == TRACE


def test_a_job_that_nobody_asked_for_has_an_id_of_its_own(real: dict[str, Any]) -> None:
    assert real["jobs"]["seen"][1] == f"Task={real['jobs']['second']}"


def test_nothing_of_a_job_is_left_after_it(real: dict[str, Any]) -> None:
    assert real["jobs"]["left"] == [None, None]
