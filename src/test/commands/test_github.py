"""What workflows write on GitHub; its command line is a stand-in here."""

import json
from pathlib import Path
from typing import Any

import pytest

from commands import github

GH = """#!/usr/bin/env python3
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
body = sys.stdin.read() if "--body-file" in sys.argv else ""
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([sys.argv[1:], body]) + "\\n")
if sys.argv[1:3] == ["issue", "list"]:
    print((folder / "issues").read_text())
sys.exit(int(os.environ.get("STATUS", "0")))
"""


class Gh:
    """A ``gh`` that notes what it is asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "gh").write_text(GH)
        (folder / "gh").chmod(0o755)
        self.issues()
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example.com")
        monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
        monkeypatch.setenv("GITHUB_RUN_ID", "17")

    def issues(self, *titles: str) -> None:
        """Open issues, numbered from 1."""
        listed = [{"number": n, "title": title} for n, title in enumerate(titles, 1)]
        (self.folder / "issues").write_text(json.dumps(listed))

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def calls(self) -> list[Any]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def changes(self) -> list[list[str]]:
        return [words for words, _ in self.calls() if words[:2] != ["issue", "list"]]


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    return Gh(tmp_path, monkeypatch)


def test_a_comment_is_written_over_the_last_one(gh: Gh) -> None:
    files = [gh.file("a.md", "of prod\n"), gh.file("b.md", "of staging\n")]
    assert github.main(["comment", "12", *files]) == 0
    [(words, body)] = gh.calls()
    assert words == ["pr", "comment", "12", "--edit-last", "--create-if-none", "--body-file", "-"]
    assert body == (
        "of prod\n\n---\n\nof staging\n\n---\n\n"
        "All of it, and the pages: https://github.example.com/owner/name/actions/runs/17\n"
    )


def test_a_text_is_never_longer_than_github_takes(gh: Gh) -> None:
    long = "".join(f"- line {number}\n" for number in range(9000))
    files = [gh.file(f"{number}.md", long) for number in range(3)]
    github.main(["comment", "12", *files])
    [(_, body)] = gh.calls()
    assert len(body) < 65_536
    # Each has its share, in whole lines.
    assert body.count("- line 0\n") == 3
    assert all(line[:6] in ("- line", "", "…", "---", "All of") for line in body.split("\n"))


def test_an_issue_is_opened_rewritten_and_closed(gh: Gh) -> None:
    found, nothing = gh.file("found.md", "it differs"), gh.file("nothing.md", "")
    github.main(["issue", "Drift in prod", found])
    gh.issues("Drift in staging", "Drift in prod")
    github.main(["issue", "Drift in prod", found])
    github.main(["issue", "Drift in prod", nothing])
    created, edited, closed = gh.changes()
    assert created[:4] == ["issue", "create", "--title", "Drift in prod"]
    assert edited[:3] == ["issue", "edit", "2"]
    assert closed[:3] == ["issue", "close", "2"]
    assert [body[:10] for _, body in gh.calls() if body] == ["it differs"] * 2


def test_without_anything_to_tell_no_issue_is_opened(gh: Gh) -> None:
    gh.issues("Drift in staging")
    assert github.main(["issue", "Drift in prod", gh.file("nothing.md", "")]) == 0
    assert gh.changes() == []


def test_a_refusal_of_github_ends_the_job(gh: Gh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "4")
    with pytest.raises(SystemExit) as ended:
        github.main(["comment", "12", gh.file("a.md", "text")])
    assert ended.value.code == 4


def test_a_report_that_is_missing_closes_nothing(
    gh: Gh, capsys: pytest.CaptureFixture[str]
) -> None:
    gh.issues("Drift in prod")
    assert github.main(["issue", "Drift in prod", str(gh.folder / "none.md")]) == 1
    assert gh.calls() == []
    assert "there is no file" in capsys.readouterr().err
