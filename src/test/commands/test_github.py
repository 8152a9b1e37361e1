"""What workflows write on GitHub; its command line is a stand-in here."""

import json
import subprocess
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
if sys.argv[1:3] == ["pr", "list"]:
    print((folder / "pulls").read_text())
sys.exit(int(os.environ.get("STATUS", "0")))
"""


class Gh:
    """A ``gh`` that notes what it is asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "gh").write_text(GH)
        (folder / "gh").chmod(0o755)
        self.issues()
        (folder / "pulls").write_text("[]")
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


TITLE = "Pin the image"


class Clone:
    """A checkout with an origin, and what another job made."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.origin, self.made = folder / "origin.git", folder / "made"
        here = folder / "here"
        self.git("init", "--quiet", "--bare", str(self.origin))
        self.git("clone", "--quiet", str(self.origin), str(here))
        monkeypatch.chdir(here)
        monkeypatch.setenv("GITHUB_REF_NAME", "main")
        for file in ("regions/a.yaml", "src/b.py"):
            self.write(here / file, "before\n")
            self.write(self.made / file, "after\n")
        self.git("switch", "--quiet", "--orphan", "main")
        self.git("add", ".")
        self.git("-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "-m", "first")
        self.git("push", "--quiet", "origin", "main")

    @staticmethod
    def write(file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    @staticmethod
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def shown(self, what: str) -> str:
        return self.git("--git-dir", str(self.origin), "show", "--format=%s (%an)", what)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    (tmp_path / "work").mkdir()
    return Clone(tmp_path / "work", monkeypatch)


def propose(gh: Gh, clone: Clone) -> int:
    body = gh.file("pin.md", "what it pins")
    return github.main(["propose", TITLE, body, "--from", str(clone.made), "--changed", "regions"])


def test_what_another_job_made_becomes_a_pull_request(gh: Gh, clone: Clone) -> None:
    assert propose(gh, clone) == 0
    created = gh.calls()[-1]
    assert created[0] == [
        *("pr", "create", "--head", "pin-the-image", "--base", "main"),
        *("--title", TITLE, "--body-file", "-"),
    ]
    assert created[1].startswith("what it pins\n")
    assert clone.shown("pin-the-image:regions/a.yaml") == "after"
    assert clone.shown("pin-the-image").startswith(f"{TITLE} (github-actions[bot])")


def test_nothing_but_the_paths_is_taken_over(gh: Gh, clone: Clone) -> None:
    propose(gh, clone)
    assert clone.shown("pin-the-image:src/b.py") == "before"


def test_an_open_pull_request_is_written_over(gh: Gh, clone: Clone) -> None:
    propose(gh, clone)
    (gh.folder / "pulls").write_text('[{"number": 7}]')
    clone.git("switch", "--quiet", "main")
    clone.write(clone.made / "regions/a.yaml", "later\n")
    propose(gh, clone)
    assert gh.calls()[-1][0] == ["pr", "edit", "7", "--title", TITLE, "--body-file", "-"]
    assert clone.shown("pin-the-image:regions/a.yaml") == "later"
    # One commit on main, not one on top of the last.
    assert clone.git("rev-list", "--count", "main..origin/pin-the-image") == "1"


def test_without_a_difference_nothing_is_proposed(
    gh: Gh, clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.write(clone.made / "regions/a.yaml", "before\n")
    assert propose(gh, clone) == 0
    assert gh.calls() == []
    assert "nothing differs below regions" in capsys.readouterr().out
    assert clone.git("--git-dir", str(clone.origin), "branch", "--list").split() == ["main"]


def test_what_shall_be_proposed_must_be_there(
    gh: Gh, clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    body = gh.file("pin.md", "what it pins")
    assert github.main(["propose", TITLE, body, "--changed", "regions", "none"]) == 1
    assert "there is no file none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        github.main(["propose", TITLE, body])
    assert gh.calls() == []
