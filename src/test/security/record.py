"""Writes requests.json: what a browser sends to the running Superset when people work with it.

    PYTHONPATH=src:src/test/tools:src/test/superset .venv/bin/python src/test/security/record.py

Run it again for another version of Superset. Everything that is recorded but the upload of a file
has been answered well by the real Superset; only cookies and tokens are replaced.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request
from world import DOMAIN, PASSWORD, World

from browsers import EXAMPLE, chromium, context, drawn, log_in

FILE = Path(__file__).with_name("requests.json")

#: Headers whose values are a session's; what is left of them is their form and length.
SECRET = {"cookie", "x-csrftoken"}

#: What people do that this version's own pages are too slow to do in a recording: the calls that
#: the pages make, made from within a page. Name, method, path, and the document as JavaScript.
SQL = (
    "SELECT region, sum(amount) AS total FROM examples.sales WHERE region <> 'x' OR 1=1 -- all\\n"
    "UNION ALL SELECT table_name, 1 FROM information_schema.tables WHERE table_name LIKE '%user%'"
)
MARKUP = (
    "<style>.header { background: url(../../static/logo.png) }</style>"
    "<h1 onclick='void 0'>Sales</h1><img src='http://192.0.2.10/logo.png?x=1' onerror='void 0'>"
)
CSS = ".dashboard > div { color: red; } /* <script>none</script> */ "


def act(page: Page) -> None:
    """Everything that WAF's managed rules could take for an attack."""
    call = _Calls(page)
    database = call("GET", "/api/v1/database/")["result"][0]["id"]
    dashboard = call("GET", "/api/v1/dashboard/examples-sales")["result"]
    position = json.loads(dashboard["position_json"])
    position["MARKDOWN-1"] = {
        "type": "MARKDOWN",
        "id": "MARKDOWN-1",
        "children": [],
        "meta": {"code": MARKUP * 200, "width": 4, "height": 50},
    }
    call(
        "PUT",
        f"/api/v1/dashboard/{dashboard['id']}",
        {"css": CSS * 200, "position_json": json.dumps(position)},
    )
    chart = call("GET", "/api/v1/chart/")["result"][0]["id"]
    saved = call("GET", f"/api/v1/chart/{chart}")["result"]
    call("PUT", f"/api/v1/chart/{chart}", {"description": MARKUP, "params": saved["params"]})
    dataset = call("GET", "/api/v1/dataset/")["result"][0]["id"]
    call(
        "PUT",
        f"/api/v1/dataset/{dataset}",
        {"description": SQL, "fetch_values_predicate": "region = 'x' OR 1=1"},
    )
    call(
        "POST",
        "/api/v1/sqllab/execute/",
        {
            "database_id": database,
            "sql": SQL.replace("\\n", "\n"),
            "schema": "examples",
            "runAsync": True,
            "client_id": "recording1",
            "queryLimit": 100,
        },
    )
    call("POST", "/api/v1/sqllab/format_sql/", {"sql": SQL})
    call(
        "POST",
        "/api/v1/saved_query/",
        {"db_id": database, "schema": "examples", "label": "All", "sql": SQL},
    )
    call(
        "GET",
        "/api/v1/saved_query/?q=(filters:!((col:label,opr:all_text,value:'x%20or%201=1%20--')))",
    )
    call("POST", "/api/v1/css_template/", {"template_name": "Red", "css": CSS * 200})
    call(
        "POST",
        "/api/v1/rowlevelsecurity/",
        {
            "name": "Own region",
            "filter_type": "Regular",
            "tables": [dataset],
            "roles": [],
            "clause": "region = '{{ current_username() }}' OR 1=1",
        },
    )
    page.evaluate(_ALLOW, [database])
    uploaded = page.evaluate(_UPLOAD, [database])
    print("the upload was answered", uploaded["status"])


class _Calls:
    """The API, as the pages call it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __call__(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        answer = self._page.evaluate(_CALL, [method, path, document])
        if not 200 <= answer["status"] < 300:
            print(f"not recorded: {method} {path}: {answer}", file=sys.stderr)
        return dict(answer["body"])


_CALL = """async ([method, path, document]) => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const sent = document === null ? {method} : {method, headers, body: JSON.stringify(document)};
  const answer = await fetch(path, sent);
  return {status: answer.status, body: await answer.json()};
}"""

_ALLOW = """async ([database]) => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  await fetch(`/api/v1/database/${database}`,
    {method: 'PUT', headers, body: JSON.stringify({allow_file_upload: true})});
}"""

_UPLOAD = """async ([database]) => {
  const token = (await (await fetch('/api/v1/security/csrf_token/')).json()).result;
  const form = new FormData();
  const line = "1;'Robert'); DROP TABLE students;--';<b>bold</b>;../../etc/notes\\n";
  form.append('file', new Blob(['id;name;note;path\\n' + line.repeat(400)], {type: 'text/csv'}),
    'students.csv');
  form.append('type', 'csv');
  form.append('table_name', 'students');
  form.append('delimiter', ';');
  const answer = await fetch(`/api/v1/database/${database}/upload/`,
    {method: 'POST', headers: {'X-CSRFToken': token}, body: form});
  return {status: answer.status};
}"""


def visit(page: Page) -> None:
    """The pages that everybody opens."""
    page.goto(EXAMPLE)
    drawn(page)
    for path in ("/dashboard/list/", "/chart/list/", "/sqllab/", "/tablemodelview/list/"):
        page.goto(path)
        page.wait_for_timeout(4000)
    chart = page.evaluate("fetch('/api/v1/chart/').then(a => a.json()).then(a => a.result[0].id)")
    page.goto(f"/explore/?slice_id={chart}")
    page.wait_for_timeout(15000)


def recorded(request: Request) -> dict[str, Any]:
    """A request as the load balancer sees it."""
    parts = urlsplit(request.url)
    headers = {
        name: "x" * len(value) if name in SECRET else value
        for name, value in request.all_headers().items()
        if not name.startswith(":")
    }
    headers["host"] = DOMAIN
    body = request.post_data_buffer or b""
    return {
        "method": request.method,
        "path": parts.path,
        "query": parts.query,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
    }


def _good(request: Request) -> bool:
    """Answered well; what is uploaded counts whatever the examples' database makes of it."""
    if request.url.endswith("/upload/"):
        return True
    answer = request.response()
    return urlsplit(request.url).netloc == DOMAIN and answer is not None and answer.status < 400


def main() -> None:
    """Record into the file beside this one."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            ended = world.run("init")
            if ended["containers"][0]["exitCode"] != 0:
                sys.exit("\n".join(world.logs("init")[-20:]))
            world.serve_web()
            world.serve("worker")
            seen: list[Request] = []
            with chromium(world.plane(), DOMAIN) as browser:
                page = context(browser, f"https://{DOMAIN}").new_page()
                page.on("requestfinished", lambda one: seen.append(one))
                log_in(page, "admin", PASSWORD)
                visit(page)
                act(page)
                found = [recorded(one) for one in seen if _good(one)]
        finally:
            world.stop()
    unique: dict[str, dict[str, Any]] = {}
    for one in found:
        if not one["path"].startswith("/static/"):
            unique.setdefault(
                json.dumps([one["method"], one["path"], one["query"], one["body"]]), one
            )
    FILE.write_text(json.dumps(list(unique.values()), indent=1) + "\n")
    print(len(unique), "requests")


if __name__ == "__main__":
    main()
