"""Whether an IAM token of ElastiCache is right: signed by credentials that were given out here."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.sts.models import sts_backends

#: AWS: a token is valid for 15 minutes.
LONGEST = timedelta(minutes=15)


def is_valid(account: str, user: str, token: str, group: str) -> bool:
    """Whether the token logs this user in to this replication group now."""
    host, _, query = token.partition("/?")
    given = {name: values[0] for name, values in parse_qs(query).items()}
    if host != group or given.get("User") != user or given.get("Action") != "connect":
        return False
    try:
        key, _, region, service, _ = given["X-Amz-Credential"].split("/")
        made = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lifetime = timedelta(seconds=int(given["X-Amz-Expires"]))
    except (KeyError, ValueError):
        return False
    now = datetime.now(UTC)
    if service != "elasticache" or not made - LONGEST < now < made + min(lifetime, LONGEST):
        return False
    secret = _secret(account, key)
    if secret is None:
        return False
    credentials = Credentials(key, secret, given.get("X-Amz-Security-Token"))
    expected = _signature(credentials, region, group, user, given)
    return hmac.compare_digest(expected, given.get("X-Amz-Signature", ""))


def _secret(account: str, key: str) -> str | None:
    for backend in sts_backends[account].values():
        role = backend.get_assumed_role_from_access_key(key)
        if role is not None:
            return str(role.secret_access_key)
    return None


def _signature(
    credentials: Credentials, region: str, group: str, user: str, given: dict[str, str]
) -> str:
    query = urlencode({"Action": "connect", "User": user})
    request = AWSRequest("GET", f"http://{group}/?{query}")
    signer = SigV4QueryAuth(credentials, "elasticache", region, int(given["X-Amz-Expires"]))
    request.context["timestamp"] = given["X-Amz-Date"]
    signer._modify_request_before_signing(request)
    # The moment of the token, not of this check.
    request.params["X-Amz-Date"] = given["X-Amz-Date"]
    signed = {**request.params, **_query_of(str(request.url)), "X-Amz-Date": given["X-Amz-Date"]}
    request = AWSRequest("GET", f"http://{group}/", params=signed)
    request.context["timestamp"] = given["X-Amz-Date"]
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


def _query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(url.partition("?")[2]).items()}
