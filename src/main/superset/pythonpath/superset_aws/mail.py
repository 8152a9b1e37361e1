"""Mail: SMTP with verified STARTTLS and a credential that is read when a mail is sent.

Superset's own function (superset/utils/core.py, send_mime_email) takes the credential from its
settings, which are made once, and waits without limit for a server that does not answer.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email import encoders, policy
from email.mime.multipart import MIMEMultipart
from typing import Any

from superset_aws.secret import Secret, Value
from superset_aws.settings import Email, Settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30

#: Octets of a line without its end (RFC 5321, 4.5.3.1.6): servers refuse mails with longer ones.
LONGEST_LINE = 998


def install(settings: Settings) -> None:
    """Let Superset's mails go this way."""
    from superset.utils import core

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
            server.sendmail(e_from, e_to, wire_format(mime_msg))
        logger.info("mail sent", extra={"recipients": len(e_to)})

    return send


def wire_format(mail: MIMEMultipart) -> bytes:
    """A mail as it is sent, with no line that is too long.

    Superset's text parts are one line however long: a table, an error with its stack trace.
    """
    for part in mail.walk():
        content = part.get_payload()
        if isinstance(content, str) and max(map(len, content.splitlines()), default=0) > (
            LONGEST_LINE
        ):
            del part["Content-Transfer-Encoding"]
            encoders.encode_quopri(part)
    return mail.as_bytes(policy=policy.SMTP)


def _is_refusal(problem: Exception) -> bool:
    return isinstance(problem, smtplib.SMTPAuthenticationError)
