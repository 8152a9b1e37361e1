"""What superset-canary takes for a failure, against a small server with TLS."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
import trustme
from moto import mock_aws

import emf
from superset_canary import handler, visit

Stored = Callable[..., None]

LOGIN = {"username": "superset-canary", "password": "very-secret"}
FORM = '<input name="csrf_token" id="csrf_token" value="a-token">'
DASHBOARD = json.dumps({"result": {"slug": "canary"}})


@dataclass
class Superset:
    """Answers as Superset does, unless a test says otherwise."""

    url: str = ""
    #: Path to status and body.
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    #: Nothing is answered before it is set.
    answering: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    """Of `Superset`."""

    superset: Superset

    def do_GET(self) -> None:
        self.superset.answering.wait()
        known = {
            "/health": "OK",
            "/login/": FORM,
            "/superset/dashboard/canary/": "<html>",
            "/api/v1/dashboard/canary": DASHBOARD,
        }
        private = self.path not in ("/health", "/login/")
        if self.path in self.superset.answers:
            self.answer(*self.superset.answers[self.path])
        elif private and "session=signed-in" not in self.headers.get("Cookie", ""):
            self.answer(302, Location=f"{self.superset.url}/login/?next=/")
        else:
            self.answer(200, known[self.path])

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.superset.forms.append(form)
        if form.pop("csrf_token") != ["a-token"] or not self.headers["Referer"]:
            self.answer(400)
        elif form != {name: [value] for name, value in LOGIN.items()}:
            self.answer(302, Location="/login/")
        else:
            self.answer(302, Location="/", **{"Set-Cookie": "session=signed-in; Secure; Path=/"})

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def superset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Superset]:
    made = Superset()
    made.answering.set()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("localhost", 0), type("Handler", (Handler,), {"superset": made}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.url = f"https://localhost:{server.server_address[1]}"
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SUPERSET_URL", made.url)
    monkeypatch.delenv("SUPERSET_CANARY_SECRET", raising=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.answering.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def credential(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    """In the secret; called with it, stores another one."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        secrets = boto3.client("secretsmanager", region_name="us-east-1")
        arn = secrets.create_secret(Name="superset/canary")["ARN"]
        monkeypatch.setenv("SUPERSET_CANARY_SECRET", arn)

        def store(**changes: str) -> None:
            value = json.dumps({**LOGIN, **changes})
            secrets.put_secret_value(SecretId=arn, SecretString=value)

        store()
        yield store


def visited(**event: str) -> dict[str, Any]:
    return handler.handle(event, None)


def failure() -> str:
    result = visited()
    assert result["success"] is False
    return str(result["failure"])


def test_signs_in_and_opens_the_dashboard(superset: Superset, credential: Stored) -> None:
    assert visited() == {
        "success": True,
        "milliseconds": pytest.approx(0, abs=60_000),
        "failure": None,
    }
    assert len(superset.forms) == 1


def test_a_password_that_is_refused_is_a_failure_that_does_not_tell_it(
    superset: Superset, credential: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    credential(password="another-secret")
    assert failure() == "signing in was refused: name or password"
    assert "another-secret" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "status"),
    [("/health", 503), ("/login/", 500), ("/superset/dashboard/canary/", 404)],
)
def test_an_answer_that_is_not_200_is_a_failure(
    superset: Superset, credential: Stored, path: str, status: int
) -> None:
    superset.answers[path] = (status, "")
    assert failure() == f"{path} answered {status} instead of 200"


def test_a_sign_in_page_without_a_form_is_a_failure(superset: Superset, credential: Stored) -> None:
    superset.answers["/login/"] = (200, "<html>maintenance")
    assert failure() == "/login/ has no form: there is no token in it"


@pytest.mark.parametrize("body", ["<html>", "{}", '{"result": {"slug": "other"}}'])
def test_a_page_in_the_dashboards_place_is_a_failure(
    superset: Superset, credential: Stored, body: str
) -> None:
    superset.answers["/api/v1/dashboard/canary"] = (200, body)
    assert failure() == "/api/v1/dashboard/canary is not the dashboard"


def test_no_answer_in_time_is_a_failure(
    superset: Superset, credential: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "SECONDS", 0.2)
    superset.answering.clear()
    assert failure().startswith("/health: TimeoutError: ")


def test_a_certificate_of_nobody_is_a_failure(
    superset: Superset, credential: Stored, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    assert failure().startswith("/health: SSLCertVerificationError: ")


def test_a_server_that_is_gone_is_a_failure(
    superset: Superset, credential: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERSET_URL", "https://localhost:1")
    assert failure().startswith("/health: ConnectionRefusedError: ")


def test_without_a_credential_it_looks_whether_nobody_is_sent_to_the_sign_in_page(
    superset: Superset,
) -> None:
    assert visited()["success"] is True
    assert superset.forms == []
    superset.answers["/superset/welcome/"] = (200, "what only people who are signed in see")
    assert failure().startswith("/superset/welcome/ answered 200 to nobody")


def test_success_and_failure_are_metrics_of_the_time_that_was_scheduled(
    superset: Superset, credential: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    for status, success in ((200, 1), (500, 0)):
        superset.answers["/health"] = (status, "")
        visited(at="2026-01-31T12:00:00Z")
        (line,) = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
        emf.check(line)
        assert line["_aws"]["Timestamp"] == 1769860800000
        assert line["CanarySuccess"] == success
        assert line["CanaryDuration"] >= 0


def test_what_the_function_lacks_is_an_error_and_no_visit(
    superset: Superset, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="the event's at is no time"):
        visited(at="noon")
    monkeypatch.delenv("SUPERSET_URL")
    with pytest.raises(RuntimeError, match="SUPERSET_URL"):
        visited()
