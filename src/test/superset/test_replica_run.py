"""A region that reads from its replica and writes to a writer 80 ms away, as its users see it."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from far import FAR, Far, Person, Web
from world import DOMAIN, REGION, World, wait

FENCE_HOST = f"{REGION}.{DOMAIN}"
FENCES = json.dumps([{"region": REGION, "url": f"https://{FENCE_HOST}/fence/{FAR}"}])


class Fence:
    """A rule of the first region's load balancer."""

    def __init__(self, world: World) -> None:
        self._elb = world.client("elbv2")
        world.balance()
        (balancer,) = self._elb.describe_load_balancers()["LoadBalancers"]
        (listener,) = self._elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
            "Listeners"
        ]
        rule = self._elb.create_rule(
            ListenerArn=listener["ListenerArn"],
            Priority=1,
            Conditions=[
                {"Field": "host-header", "HostHeaderConfig": {"Values": [FENCE_HOST]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/fence/{FAR}"]}},
            ],
            Actions=_answer("404", "not fenced"),
        )["Rules"][0]
        self._rule = rule["RuleArn"]

    def up(self) -> None:
        self._elb.modify_rule(RuleArn=self._rule, Actions=_answer("200", "fenced"))

    def down(self) -> None:
        self._elb.modify_rule(RuleArn=self._rule, Actions=_answer("404", "not fenced"))


def _answer(status: str, text: str) -> list[dict[str, object]]:
    fixed = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
    return [{"Type": "fixed-response", "FixedResponseConfig": fixed}]


@pytest.fixture(scope="module")
def fence(initialized: World) -> Fence:
    return Fence(initialized)


@pytest.fixture(scope="module")
def far(initialized: World) -> Far:
    return Far(initialized)


@pytest.fixture(scope="module")
def web(far: Far, fence: Fence) -> Web:
    return far.web(FENCES=FENCES)


@pytest.fixture
def person(web: Web, far: Far) -> Iterator[Person]:
    """Who has just signed in, and what he wrote in doing so has arrived."""
    signed_in = Person(web)
    far.catch_up()
    wait("reads go to the replica", lambda: reads_locally(far, signed_in))
    yield signed_in


def dashboard(person: Person) -> int:
    found = person.get("dashboard/")["result"]
    return int(found[0]["id"])


def title(person: Person, number: int) -> str:
    return str(person.get(f"dashboard/{number}")["result"]["dashboard_title"])


def save(person: Person, number: int, text: str) -> int:
    return person.change("PUT", f"dashboard/{number}", {"dashboard_title": text}).status


def reads_locally(far: Far, person: Person) -> bool:
    """Whether nothing is asked of the writer for a read."""
    connection = far.superuser(far.replica_host)
    with closing(connection), connection.cursor() as cursor:
        counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"
        cursor.execute(counted, ("superset",))
        before = cursor.fetchone()[0]
        began = time.monotonic()
        person.get("dashboard/")
        return time.monotonic() - began < 1 and before >= 0


def test_smoke(web: Web, far: Far) -> None:
    someone = Person(web)
    far.catch_up()
    for _ in range(5):
        began = time.monotonic()
        number = dashboard(someone)
        print("list", time.monotonic() - began)
        time.sleep(1)
    began = time.monotonic()
    assert save(someone, number, "saved") == 200
    print("save", time.monotonic() - began)
    assert title(someone, number) == "saved"
    for line in web.lines("superset_aws"):
        print(line)
    print(web.lines("ERROR"))
