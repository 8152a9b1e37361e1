"""Fences: rules on a region's load balancer that say of a region that it must not write.

GET https://REGION.DOMAIN/fence/OTHER answers 200 while REGION has fenced OTHER, and 404 otherwise.
Route 53's health checks and the tasks of OTHER look at it; nobody needs any region's API for that.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any

from superset_shared.log import log

_SECONDS = 3


class Fences:
    """The rules of this region's load balancer."""

    def __init__(self, elb: Any, rules: Mapping[str, str]) -> None:
        self._elb = elb
        self._rules = rules

    def raise_(self, regions: Iterable[str]) -> None:
        """From now on the regions must not write."""
        self._answer(regions, "200", "fenced")

    def lower(self, regions: Iterable[str]) -> None:
        """They may again."""
        self._answer(regions, "404", "not fenced")

    def _answer(self, regions: Iterable[str], status: str, text: str) -> None:
        for region in regions:
            answer = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
            self._elb.modify_rule(
                RuleArn=self._rules[region],
                Actions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
            )
            log(text, region=region)


def is_raised(domain: str, by: str, against: str) -> bool:
    """Whether a region has fenced another, as that other sees it; no answer is no."""
    try:
        url = f"https://{by}.{domain}/fence/{against}"
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False
