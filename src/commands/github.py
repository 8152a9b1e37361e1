"""What the workflows write on GitHub, by its command line `gh`: a pull request's comment, an issue.

``python3 -m commands.github comment NUMBER FILE…`` writes the files' Markdown as the one comment
of the pull request, over what it said before. ``… issue TITLE FILE…`` keeps one open issue of that
title: opens or rewrites it, and closes it where the files are empty. ``gh`` reads GH_TOKEN and
GH_REPO. Needs nothing but Python, so that a job that may write runs no setup.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

#: GitHub refuses a text of more than 65,536 characters.
LENGTH = 60_000


def gh(*arguments: str, body: str | None = None) -> str:
    """Runs ``gh``; ends this process with its status and words where it fails."""
    done = subprocess.run(["gh", *arguments], input=body, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def joined(texts: Sequence[str], run: str) -> str:
    """The texts in one, each cut to its share, with the address of the run; empty without any.

    :param run: address of the workflow's run, where the whole of it is
    """
    texts = [text.strip() for text in texts if text.strip()]
    if not texts:
        return ""
    share = LENGTH // len(texts)
    parts = [text if len(text) <= share else f"{_cut(text, share)}\n\n…" for text in texts]
    return "\n\n---\n\n".join([*parts, f"All of it, and the pages: {run}"]) + "\n"


def _cut(text: str, length: int) -> str:
    """The whole lines that fit."""
    return text[:length].rsplit("\n", 1)[0]


def comment(number: str, body: str) -> None:
    """Writes the comment; the token's own last one is the one to write over."""
    options = ["--edit-last", "--create-if-none", "--body-file", "-"]
    gh("pr", "comment", number, *options, body=body)


def issue(title: str, body: str) -> None:
    """Opens, rewrites or closes the issue."""
    listed = gh("issue", "list", "--state", "open", "--limit", "1000", "--json", "number,title")
    numbers = [str(one["number"]) for one in json.loads(listed) if one["title"] == title]
    if body and numbers:
        gh("issue", "edit", numbers[0], "--body-file", "-", body=body)
    elif body:
        gh("issue", "create", "--title", title, "--body-file", "-", body=body)
    for number in numbers if not body else ():
        gh("issue", "close", number, "--comment", "It is over.")


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="github", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("what", choices=("comment", "issue"))
    parser.add_argument("which", metavar="NUMBER|TITLE")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    missing = [str(file) for file in options.files if not file.is_file()]
    if missing:
        print(f"there is no file {', '.join(missing)}", file=sys.stderr)
        return 1
    body = joined([file.read_text() for file in options.files], _run())
    if options.what == "issue":
        issue(options.which, body)
    elif body:
        comment(options.which, body)
    return 0


def _run() -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, number = (os.environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{number}"


if __name__ == "__main__":
    sys.exit(main())
