"""A report by mail: beat schedules it, a worker draws the dashboard in a browser and sends it."""

import email
import email.policy
import json
import os
import queue
import signal
import ssl
import struct
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from api import Client, alert
from world import DOMAIN, PASSWORD, World, connect

from browsers import SCREENSHOTS
from commands.waiting import until

SMTP_HOST = "email-smtp.us-east-1.amazonaws.com"
PORT = 587
CREDENTIAL = {"username": "AKIASMTP", "password": "a-Mail-Password-1"}
SENDER = "superset@example.com"
RECIPIENT = "board@example.com"


class Mailbox:
    """An SMTP server as SES is one: STARTTLS, then a login, then mail."""

    def __init__(self, world: World) -> None:
        place = _place(world, SMTP_HOST)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(place["certificate"], place["key"])
        self.mails: queue.Queue[EmailMessage] = queue.Queue()
        self.logins: list[tuple[str, str]] = []
        self._controller = Controller(
            self,
            hostname=place["address"],
            port=PORT,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._login,
        )
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def _login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given)
        return AuthResult(success=given == tuple(CREDENTIAL.values()))

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """aiosmtpd's hook."""
        assert session.ssl is not None
        assert envelope.content is not None
        mail = email.message_from_bytes(bytes(envelope.content), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.put(mail)
        return "250 OK"


def _place(world: World, name: str) -> dict[str, str]:
    """An address and a certificate for a name of the outside."""
    request = urllib.request.Request(
        f"{world.url}/_emulator/hosts", json.dumps({"name": name}).encode()
    )
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("reports"))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def mailbox(world: World) -> Iterator[Mailbox]:
    made = Mailbox(world)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def secret(world: World) -> str:
    """Made by Terraform, filled by an operator."""
    made = world.client("secretsmanager").create_secret(
        Name="superset/email", SecretString=json.dumps(CREDENTIAL)
    )
    return str(made["ARN"])


@pytest.fixture(scope="module")
def admin(world: World, mailbox: Mailbox, secret: str) -> Client:
    """Of a Superset that may send mail."""
    place = {"host": SMTP_HOST, "port": PORT, "from": SENDER}
    world.environment["EMAIL"] = json.dumps(place)
    world.environment["EMAIL_SECRET"] = secret
    ended = world.run("init")
    assert ended["containers"][0]["exitCode"] == 0, world.logs("init")[-20:]
    world.serve_web()
    world.serve("worker")
    world.serve("beat")
    return Client(world, "admin", PASSWORD)


def test_a_report_arrives_with_a_picture_of_the_dashboard(
    world: World, admin: Client, mailbox: Mailbox
) -> None:
    dashboard = admin.call("GET", "dashboard/examples-sales")["result"]["id"]
    target = {"type": "Email", "recipient_config_json": {"target": RECIPIENT}}
    admin.call(
        "POST",
        "report/",
        {
            "type": "Report",
            "name": "Sales of the month",
            "crontab": "* * * * *",
            "timezone": "Etc/UTC",
            "dashboard": dashboard,
            "report_format": "PNG",
            "recipients": [target],
            "active": True,
            "working_timeout": 300,
            "grace_period": 60,
            "creation_method": "alerts_reports",
        },
    )
    try:
        mail = mailbox.mails.get(timeout=240)
    except queue.Empty:
        pytest.fail("no mail; the worker said:\n" + "\n".join(world.logs("worker")[-40:]))
    assert mail["To"] == RECIPIENT, _text(mail) + "\n".join(world.logs("worker")[-60:])
    assert mail["From"] == SENDER
    assert "Sales of the month" in str(mail["Subject"])
    assert f"https://{DOMAIN}/superset/dashboard/" in _text(mail)
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    content = picture.get_payload(decode=True)
    assert isinstance(content, bytes)
    width, height = struct.unpack(">II", content[16:24])
    # All of it: a page that failed, or that shows only what is at the top, is smaller.
    assert width >= 1200
    assert height >= 900
    assert len(content) > 40_000
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / "report.png").write_bytes(content)
    assert set(mailbox.logins) == {tuple(CREDENTIAL.values())}


def _text(mail: EmailMessage) -> str:
    return "".join(
        str(part.get_content()) for part in mail.walk() if part.get_content_type() == "text/html"
    )


def test_a_beat_that_is_killed_and_replaced_neither_loses_nor_doubles_a_schedule(
    world: World, admin: Client
) -> None:
    rows = connect(world)
    rows.autocommit = True
    with rows.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE examples.looks")
        cursor.execute("GRANT USAGE ON examples.looks TO PUBLIC")
    looks = alert(
        admin,
        "Looks each minute, never finds anything",
        "SELECT nextval('examples.looks')",
        "<",
        RECIPIENT,
    )

    def looked() -> set[datetime]:
        """The minutes in which it did."""
        log = admin.call("GET", f"report/{looks}/log/?q=(page_size:100)")["result"]
        ended = [one for one in log if one["state"] == "Not triggered"]
        minutes = [datetime.fromisoformat(one["scheduled_dttm"]).replace(tzinfo=UTC, second=0,
                   microsecond=0) for one in ended]  # fmt: skip
        assert len(minutes) == len(set(minutes)), minutes
        return set(minutes)

    begun = datetime.now(UTC)
    first = min(until("it looks", looked, 600))
    assert first >= begun - timedelta(minutes=1), "it looked for another minute than it was"
    (beat,) = world.running("service:superset-beat")
    os.killpg(beat["pid"], signal.SIGKILL)
    killed = datetime.now(UTC)

    def replaced() -> bool:
        now = world.running("service:superset-beat")
        return len(now) == 1 and now[0]["task"] != beat["task"] and world.is_steady("beat")

    until("another beat runs", replaced)
    back = datetime.now(UTC)
    until("it looks twice more", lambda: sum(one > back for one in looked()) >= 2, 600)
    minutes = looked()
    whole = {
        min(minutes) + timedelta(minutes=passed)
        for passed in range(int((max(minutes) - min(minutes)).total_seconds()) // 60 + 1)
    }
    # Nobody makes up for a minute in which no beat ran.
    assert whole - minutes <= {one for one in whole if killed < one < back}
    with rows.cursor() as cursor:
        cursor.execute("SELECT last_value FROM examples.looks")
        assert cursor.fetchone() == (len(minutes),)
    rows.close()
