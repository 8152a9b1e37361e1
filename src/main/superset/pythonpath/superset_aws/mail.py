"""Mail: SMTP with verified STARTTLS and a credential that is read when a mail is sent.

Superset's own function (superset/utils/core.py, send_mime_email) takes the credential from its
settings, which are made once, and waits without limit for a server that does not answer.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.mime.multipart import MIMEMultipart
from typing import Any

from superset.utils import core

from superset_aws.secret import Secret, Value
from superset_aws.settings import Email, Settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30


def install(settings: Settings) -> None:
    """Let Superset's mails go this way."""
    assert settings.email is not None
    core.send_mime_email = sender(settings.email, Secret(settings.email.secret, settings.region))


def sender(email: Email, secret: Secret) -> Callable[..., None]:
    """What takes the place of Superset's function, with its parameters."""

    def send(
        e_from: str,
        e_to: list[str],
        mime_msg: MIMEMultipart,
        config: Mapping[str, Any],
        dryrun: bool = False,
    ) -> None:
        if dryrun:
            return

        def login(value: Value) -> smtplib.SMTP:
            server = smtplib.SMTP(email.host, email.port, timeout=TIMEOUT_SECONDS)
            try:
                server.starttls(context=ssl.create_default_context())
                server.login(value["username"], value["password"])
            except BaseException:
                server.close()
                raise
            return server

        with secret.connect(login, _is_refusal) as server:
            server.sendmail(e_from, e_to, mime_msg.as_string())
        logger.info("mail sent", extra={"recipients": len(e_to)})

    return send


def _is_refusal(problem: Exception) -> bool:
    return isinstance(problem, smtplib.SMTPAuthenticationError)
