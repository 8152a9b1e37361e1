"""What somebody may do is asked of the database with each request, though with fewer queries."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import urllib3
from api import Client
from world import DOMAIN, PASSWORD, World, connect

CHARTS, DASHBOARDS = ("can_read", "Chart"), ("can_read", "Dashboard")
#: To ask for a token of the API at all.
TOKEN = ("can_read", "SecurityRestApi")


@pytest.fixture(scope="module")
def admin(superset: World) -> Client:
    return Client(superset, "admin", PASSWORD)


@pytest.fixture(scope="module")
def role(admin: Client) -> int:
    """A role that may read charts."""
    return role_of(admin, "Readers", CHARTS)


@pytest.fixture(scope="module")
def reader(superset: World, admin: Client, role: int) -> Client:
    person("reader", admin, roles=[role])
    return Client(superset, "reader", PASSWORD)


def person(name: str, admin: Client, **more: list[int]) -> int:
    names = {"username": name, "first_name": name, "last_name": name}
    document = {**names, "email": f"{name}@example.com", "password": PASSWORD, **more}
    return int(admin.call("POST", "security/users/", document)["id"])


def role_of(admin: Client, name: str, *permissions: tuple[str, str]) -> int:
    made = int(admin.call("POST", "security/roles/", {"name": name})["id"])
    allow(admin, made, TOKEN, *permissions)
    return made


def allow(admin: Client, role: int, *permissions: tuple[str, str]) -> None:
    """Give a role these permissions and no others."""
    known = everything(admin)
    wanted = {"permission_view_menu_ids": [known[one] for one in permissions]}
    admin.call("POST", f"security/roles/{role}/permissions", wanted)


def everything(admin: Client) -> dict[tuple[str, str], int]:
    """All permissions that there are, with their ids."""
    found: dict[tuple[str, str], int] = {}
    page = 0
    while True:
        order = "order_column:id,order_direction:asc"
        path = f"security/permissions-resources/?q=(page:{page},page_size:100,{order})"
        rows = admin.call("GET", path)["result"]
        if not rows:
            return found
        found |= {(one["permission"]["name"], one["view_menu"]["name"]): one["id"] for one in rows}
        page += 1


def status(who: Client, what: str) -> int:
    return who.ask("GET", f"{what}/")[0]


def test_a_permission_holds_from_the_next_request_on_and_no_longer(
    admin: Client, role: int, reader: Client
) -> None:
    assert (status(reader, "chart"), status(reader, "dashboard")) == (200, 403)
    for _ in range(3):
        allow(admin, role, TOKEN, CHARTS, DASHBOARDS)
        assert (status(reader, "chart"), status(reader, "dashboard")) == (200, 200)
        allow(admin, role, TOKEN, DASHBOARDS)
        assert (status(reader, "chart"), status(reader, "dashboard")) == (403, 200)
        allow(admin, role, TOKEN, CHARTS)
        assert (status(reader, "chart"), status(reader, "dashboard")) == (200, 403)


def test_what_is_written_past_superset_holds_from_the_next_request_on(
    superset: World, role: int, reader: Client
) -> None:
    assert status(reader, "chart") == 200
    with metadata(superset) as rows:
        rows.execute("DELETE FROM ab_permission_view_role WHERE role_id = %s RETURNING *", [role])
        kept = rows.fetchall()
    assert kept
    assert status(reader, "chart") == 403
    with metadata(superset) as rows:
        for row in kept:
            rows.execute("INSERT INTO ab_permission_view_role VALUES (%s, %s, %s)", row)
    assert status(reader, "chart") == 200


def test_whoever_loses_a_role_loses_it_with_the_next_request(
    superset: World, admin: Client, role: int
) -> None:
    other = role_of(admin, "Nothing")
    user = person("leaver", admin, roles=[role])
    leaver = Client(superset, "leaver", PASSWORD)
    assert status(leaver, "chart") == 200
    admin.call("PUT", f"security/users/{user}", {"roles": [other]})
    assert status(leaver, "chart") == 403
    admin.call("PUT", f"security/users/{user}", {"roles": [role]})
    assert status(leaver, "chart") == 200


def test_a_group_gives_its_roles(superset: World, admin: Client, role: int) -> None:
    empty = role_of(admin, "Members")
    user = person("member", admin, roles=[empty])
    member = Client(superset, "member", PASSWORD)
    assert status(member, "chart") == 403
    document = {"name": "club", "label": "Club", "description": "", "roles": [role]}
    group = int(admin.call("POST", "security/groups/", {**document, "users": [user]})["id"])
    assert status(member, "chart") == 200
    admin.call("PUT", f"security/groups/{group}", {**document, "users": []})
    assert status(member, "chart") == 403


def test_somebody_who_is_not_signed_in_has_what_the_public_role_has(
    superset: World, admin: Client
) -> None:
    found = admin.call("GET", "security/roles/?q=(filters:!((col:name,opr:eq,value:Public)))")
    (public,) = [one["id"] for one in found["result"]]
    assert anonymous(superset) == 401
    allow(admin, public, CHARTS)
    assert anonymous(superset) == 200
    allow(admin, public)
    assert anonymous(superset) == 401


def test_the_browser_is_told_the_same_permissions(admin: Client, role: int, reader: Client) -> None:
    wanted = [TOKEN, CHARTS, DASHBOARDS, ("can_read", "CurrentUserRestApi")]
    allow(admin, role, *wanted)
    told = reader.call("GET", "me/roles/")["result"]["roles"]
    assert sorted(map(tuple, told["Readers"])) == sorted(wanted)
    held = admin.call("GET", "me/roles/")["result"]["roles"]["Admin"]
    known = everything(admin).keys()
    assert set(map(tuple, held)) <= known
    assert len(held) > 0.8 * len(known)


def anonymous(world: World) -> int:
    """What somebody is answered who has not signed in."""
    plane = world.plane()
    with urllib3.HTTPSConnectionPool(
        plane["names"][DOMAIN],
        443,
        server_hostname=DOMAIN,
        assert_hostname=DOMAIN,
        ca_certs=plane["ca"],
    ) as pool:
        return int(pool.request("GET", "/api/v1/chart/", headers={"Host": DOMAIN}).status)


@contextmanager
def metadata(world: World) -> Iterator[Any]:
    """The metadata database, past Superset; committed at the end."""
    with closing(connect(world)) as connection, connection, connection.cursor() as cursor:
        yield cursor
