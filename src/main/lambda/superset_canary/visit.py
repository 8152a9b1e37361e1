"""One visit, over HTTPS with verified certificates and without a browser."""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any

SECONDS = 15.0
"""That each answer is waited for: slow answers have alarms of their own."""

LONGEST = 5_000_000
"""Bytes of an answer that are read."""

DASHBOARD = "canary"
"""Slug of the dashboard that init makes for the canary (superset_aws/init/canary.py)."""

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
"""In Superset's pages (superset/templates/superset/spa.html)."""


class Failed(Exception):
    """The visit did not go as it should; the message has nothing secret."""


@dataclass(frozen=True)
class Answer:
    """One answer, redirects not followed."""

    status: int
    location: str
    body: str


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No redirect is followed: where it leads says whether somebody is signed in."""


class Visit:
    """A browser's worth of cookies."""

    def __init__(self, url: str) -> None:
        """
        :param url: of Superset, without a path
        """
        self._url = url
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(_Stay, cookies)

    def run(self, credential: dict[str, str] | None) -> None:
        """Sign in and open a dashboard; without a credential, be sent to the sign-in page.

        :raises Failed: something was not as it should be
        """
        self._get("/health")
        page = self._get("/login/")
        if credential is None:
            self._is_sent_to_sign_in()
            return
        found = _TOKEN.search(page.body)
        if found is None:
            raise Failed("/login/ has no form: there is no token in it")
        self._sign_in({**credential, "csrf_token": found[1]})
        self._get(f"/superset/dashboard/{DASHBOARD}/")
        document = self._get(f"/api/v1/dashboard/{DASHBOARD}")
        if _slug(document.body) != DASHBOARD:
            raise Failed(f"/api/v1/dashboard/{DASHBOARD} is not the dashboard")

    def _sign_in(self, form: dict[str, str]) -> None:
        answer = self._ask("/login/", form)
        if answer.status != 302:
            raise Failed(f"signing in answered {answer.status} instead of 302")
        if urllib.parse.urlsplit(answer.location).path.startswith("/login"):
            raise Failed("signing in was refused: name or password")

    def _is_sent_to_sign_in(self) -> None:
        answer = self._ask("/superset/welcome/")
        if answer.status != 302 or "/login" not in answer.location:
            raise Failed(
                f"/superset/welcome/ answered {answer.status} to nobody instead of a redirect to"
                " /login"
            )

    def _get(self, path: str) -> Answer:
        answer = self._ask(path)
        if answer.status != 200:
            raise Failed(f"{path} answered {answer.status} instead of 200")
        return answer

    def _ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        # Superset takes a form over HTTPS only from its own pages.
        request = urllib.request.Request(self._url + path, data, {"Referer": self._url + path})
        try:
            try:
                answer = self._opener.open(request, timeout=SECONDS)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                body = answer.read(LONGEST).decode(errors="replace")
                return Answer(answer.status, answer.headers.get("Location", ""), body)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Failed(f"{path}: {type(reason).__name__}: {reason}") from None


def _slug(body: str) -> object:
    try:
        return json.loads(body)["result"]["slug"]
    except (ValueError, TypeError, KeyError):
        return None
