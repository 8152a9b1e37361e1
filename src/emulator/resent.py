"""Requests that a client sends again because it never saw the answer.

About one answer in a thousand is lost to the Go SDK (why is not known; that Werkzeug closes the
connection after every answer is a suspicion). It then sends the request again, and a resource that
was just made "already exists". AWS SDKs say so themselves (headers amz-sdk-invocation-id, the same
in every attempt of a call, and amz-sdk-request with the attempt's number), so that a further
attempt can be given the first answer.
Answers that a fault of the control API withheld are not kept: those losses are meant.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from emulator.errors import Answer

KEPT = 500
_ATTEMPT = re.compile(r"\battempt=(\d+)")


class Resent:
    """The newest successful answers by call."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def first_answer(self, environ: Mapping[str, Any]) -> Answer | None:
        """What an earlier attempt of the same call was answered, if this is a further one."""
        attempt = _ATTEMPT.search(environ.get("HTTP_AMZ_SDK_REQUEST", ""))
        if attempt is None or int(attempt[1]) < 2:
            return None
        with self._guard:
            return self._answers.get(environ.get("HTTP_AMZ_SDK_INVOCATION_ID", ""))

    def keep(self, environ: Mapping[str, Any], answer: Answer) -> None:
        """Remember a success."""
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        if not call or answer.status >= HTTPStatus.BAD_REQUEST:
            return
        with self._guard:
            self._answers[call] = answer
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
