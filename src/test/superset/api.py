"""Superset's API over the load balancer, for users and for guests."""

import json
import re
from typing import Any

import urllib3
from world import DOMAIN, World


class Client:
    """A backend that speaks to Superset's API as one of its users."""

    def __init__(self, world: World, username: str, password: str) -> None:
        self._connect(world)
        login = {"username": username, "password": password, "provider": "db"}
        token = self.call("POST", "security/login", login)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        self._headers["X-CSRFToken"] = self.call("GET", "security/csrf_token/")["result"]

    def _connect(self, world: World, **headers: str) -> None:
        plane = world.plane()
        self._pool = urllib3.HTTPSConnectionPool(
            plane["names"][DOMAIN],
            443,
            server_hostname=DOMAIN,
            assert_hostname=DOMAIN,
            ca_certs=plane["ca"],
        )
        self._headers = {
            "Host": DOMAIN,
            "Referer": f"https://{DOMAIN}/",
            "Content-Type": "application/json",
            **headers,
        }

    def call(self, method: str, path: str, document: object = None) -> dict[str, Any]:
        """What a call answers; it must succeed."""
        status, answer = self.ask(method, path, document)
        assert status in (200, 201), (path, status, answer)
        return answer

    def ask(self, method: str, path: str, document: object = None) -> tuple[int, dict[str, Any]]:
        """Status and document."""
        body = None if document is None else json.dumps(document)
        answer = self._pool.request(method, f"/api/v1/{path}", body=body, headers=self._headers)
        if cookie := answer.headers.get("Set-Cookie"):
            found = re.search("session=[^;]+", cookie)
            self._headers["Cookie"] = found[0] if found else ""
        return answer.status, answer.json()

    def cors(self, path: str, origin: str) -> str | None:
        """The origin that may read an answer."""
        headers = {**self._headers, "Origin": origin}
        answer = self._pool.request("GET", f"/api/v1/{path}", headers=headers)
        return answer.headers.get("Access-Control-Allow-Origin")


class Guest(Client):
    """Whoever has nothing but a guest token."""

    def __init__(self, world: World, token: str) -> None:
        self._connect(world, **{"X-GuestToken": token})


def alert(admin: Client, name: str, sql: str, compared: str, recipient: str) -> int:
    """Id of a new alert on the example dashboard's database that looks each minute.

    :param compared: "<" or ">": when what the query gives is worth a mail, compared with 0
    """
    named = "(filters:!((col:database_name,opr:eq,value:examples)))"
    (database,) = admin.call("GET", f"database/?q={named}")["result"]
    made = admin.call(
        "POST",
        "report/",
        {
            "type": "Alert",
            "name": name,
            "crontab": "* * * * *",
            "timezone": "Etc/UTC",
            "database": database["id"],
            "sql": sql,
            "validator_type": "operator",
            "validator_config_json": {"op": compared, "threshold": 0},
            "dashboard": admin.call("GET", "dashboard/examples-sales")["result"]["id"],
            "recipients": [{"type": "Email", "recipient_config_json": {"target": recipient}}],
            "active": True,
            "creation_method": "alerts_reports",
        },
    )
    return int(made["id"])
