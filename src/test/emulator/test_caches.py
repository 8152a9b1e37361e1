"""ElastiCache is running Redis: who may log in, and what a failover keeps."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from running import REGION, Plane

from commands.waiting import until

NAME = "cache"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    made = Plane(tmp_path_factory.mktemp("caches"))
    cache = made.aws.client("elasticache")
    for user, name, access in (("nobody", "default", "off -@all"), (NAME, NAME, "on ~* +@all")):
        kind = {"Type": "iam" if user == NAME else "no-password-required"}
        cache.create_user(
            UserId=user,
            UserName=name,
            Engine="redis",
            AccessString=access,
            AuthenticationMode=kind,
        )
    cache.create_user_group(UserGroupId=NAME, Engine="redis", UserIds=["nobody", NAME])
    cache.create_replication_group(
        ReplicationGroupId=NAME,
        ReplicationGroupDescription="d",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        UserGroupIds=[NAME],
    )
    yield made
    made.stop()


def described(plane: Plane) -> dict[str, Any]:
    groups = plane.aws.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)
    return dict(groups["ReplicationGroups"][0]["NodeGroups"][0])


def primary(plane: Plane) -> str:
    members = described(plane)["NodeGroupMembers"]
    (found,) = (one["CacheClusterId"] for one in members if one["CurrentRole"] == "primary")
    return str(found)


def connect(plane: Plane, user: str = NAME) -> redis.Redis:
    """With a token of IAM."""
    given = plane.aws.client("sts").assume_role(RoleArn=plane.role, RoleSessionName="tests")
    keys = given["Credentials"]
    request = AWSRequest("GET", f"http://{NAME}/?Action=connect&User={user}")
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    SigV4QueryAuth(credentials, "elasticache", REGION, 900).add_auth(request)
    dataplane = plane.aws.control("GET", "dataplane")
    return redis.Redis(
        host=dataplane["names"][described(plane)["PrimaryEndpoint"]["Address"]],
        ssl=True,
        ssl_ca_certs=dataplane["ca"],
        ssl_check_hostname=False,
        username=user,
        password=str(request.url).removeprefix("http://"),
    )


def answer(plane: Plane, ask: Callable[[redis.Redis], Any]) -> Any:
    """Of whoever is the primary; None while nobody is."""
    try:
        with connect(plane) as client:
            return ask(client)
    except (redis.RedisError, OSError, KeyError):
        return None


def replicas(client: redis.Redis) -> int:
    return int(client.info("replication")["connected_slaves"])


def process(client: redis.Redis) -> str:
    return str(client.info("server")["run_id"])


def keep(plane: Plane, value: bytes) -> str:
    """A value that the replica has too; the process that took it."""
    until("there is a replica", lambda: answer(plane, replicas) == 1)
    with connect(plane) as client:
        client.set("key", value)
        assert client.wait(1, 10_000) == 1
        return process(client)


def kept(plane: Plane, before: str) -> Any:
    """The value when another process answers."""
    until("another answers", lambda: answer(plane, process) not in (None, before))
    return answer(plane, lambda client: client.get("key"))


def test_a_failover_keeps_what_was_written(plane: Plane) -> None:
    before, old = keep(plane, b"first"), primary(plane)
    plane.aws.client("elasticache").test_failover(ReplicationGroupId=NAME, NodeGroupId="0001")
    assert kept(plane, before) == b"first"
    assert primary(plane) != old
    # The old one is its replica now.
    keep(plane, b"second")


def test_a_primary_that_is_killed_is_replaced_by_its_replica(plane: Plane) -> None:
    before, old = keep(plane, b"third"), primary(plane)
    with connect(plane) as client:
        os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
    assert kept(plane, before) == b"third"
    assert primary(plane) != old


def test_an_unknown_user_is_refused(plane: Plane) -> None:
    until("it answers", lambda: answer(plane, lambda client: client.ping()))
    with pytest.raises(redis.AuthenticationError), connect(plane, "other") as client:
        client.ping()


def test_a_group_of_one_cannot_fail_over(plane: Plane) -> None:
    cache = plane.aws.client("elasticache")
    cache.create_replication_group(
        ReplicationGroupId="one", ReplicationGroupDescription="d", CacheNodeType="cache.t4g.small"
    )
    with pytest.raises(ClientError, match="not enabled"):
        cache.test_failover(ReplicationGroupId="one", NodeGroupId="0001")
    with pytest.raises(ClientError, match="NodeGroupNotFoundFault"):
        cache.test_failover(ReplicationGroupId=NAME, NodeGroupId="0009")
