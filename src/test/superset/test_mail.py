"""Mails as they go to an SMTP server."""

import email
import email.policy
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from superset_aws import mail


@pytest.mark.parametrize("text", ["<td>1</td>" * 5000, "<td>é</td>" * 5000, "short"])
def test_no_line_is_longer_than_servers_take_and_the_text_arrives(text: str) -> None:
    made = MIMEMultipart()
    made["Subject"] = "Sales of the month " * 100
    made["To"] = "board@example.com"
    made.attach(MIMEText(text, "html"))
    sent = mail.wire_format(made)
    assert max(map(len, sent.split(b"\r\n"))) <= mail.LONGEST_LINE
    assert sent.count(b"\n") == sent.count(b"\r\n")
    arrived = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(arrived, EmailMessage)
    (part,) = arrived.iter_parts()
    assert isinstance(part, EmailMessage)
    assert part.get_content().rstrip() == text
    assert arrived["Subject"].split() == ("Sales of the month " * 100).split()
