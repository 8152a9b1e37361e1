"""What the workflows write on GitHub, by its command line `gh`: comments, issues, pull requests.

``python3 -m commands.github comment NUMBER FILE…`` writes the files' Markdown as the one comment
of the pull request, over what it said before. ``… issue TITLE FILE…`` keeps one open issue of that
title: opens or rewrites it, and closes it where the files are empty. ``… propose TITLE FILE…
--from FOLDER --changed PATH…`` takes the paths over from a folder, commits what differs, and keeps
one open pull request with it.
``gh`` reads GH_TOKEN and GH_REPO. Needs nothing but Python, so that a job that may write runs no
setup.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

#: GitHub refuses a text of more than 65,536 characters.
LENGTH = 60_000


#: Whom GitHub shows as the author of what a workflow commits.
AUTHOR = {
    "user.name": "github-actions[bot]",
    "user.email": "41898282+github-actions[bot]@users.noreply.github.com",
}
#: git asks `gh` for the password, which is the token; what the machine has besides is left out.
PASSWORD = ("-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential")


def gh(*arguments: str, body: str | None = None) -> str:
    """Runs ``gh``; ends this process with its status and words where it fails."""
    return _run("gh", *arguments, body=body)


def git(*arguments: str) -> str:
    """As ``gh``."""
    return _run("git", *arguments)


def _run(*command: str, body: str | None = None) -> str:
    done = subprocess.run(command, input=body, stdout=subprocess.PIPE, text=True)
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


def propose(title: str, body: str, source: Path, paths: Sequence[str], base: str) -> None:
    """Opens or rewrites the pull request; its branch is named like its title.

    Without a difference nothing is done: what was proposed is merged, or was never needed.

    :param source: another job's files: only what is below the paths comes out of it
    :param base: the branch that it shall be merged into
    """
    for path in paths:
        shutil.copytree(source / path, path, dirs_exist_ok=True)
    if not git("status", "--porcelain", "--", *paths):
        print(f"nothing differs below {', '.join(paths)}")
        return
    branch = "-".join(title.lower().split())
    author = [word for key, value in AUTHOR.items() for word in ("-c", f"{key}={value}")]
    git("switch", "--quiet", "--force-create", branch)
    git("add", "--", *paths)
    git(*author, "commit", "--quiet", "--message", title)
    # Nobody else writes there: what it held before is of an older run.
    git(*PASSWORD, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
    listed = gh("pr", "list", "--head", branch, "--state", "open", "--json", "number")
    numbers = [str(one["number"]) for one in json.loads(listed)]
    words = ("--title", title, "--body-file", "-")
    if numbers:
        gh("pr", "edit", numbers[0], *words, body=body)
    else:
        gh("pr", "create", "--head", branch, "--base", base, *words, body=body)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="github", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("what", choices=("comment", "issue", "propose"))
    parser.add_argument("which", metavar="NUMBER|TITLE")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--from", dest="source", type=Path, default=Path(), metavar="FOLDER")
    parser.add_argument("--changed", nargs="+", default=[], metavar="PATH", help="folders")
    options = parser.parse_args(arguments)
    if (options.what == "propose") != bool(options.changed):
        parser.error("--changed says what to propose, and nothing else needs it")
    missing = [str(file) for file in options.files if not file.is_file()]
    missing += [str(path) for one in options.changed if not (path := options.source / one).is_dir()]
    if missing:
        print(f"there is no file {', '.join(missing)}", file=sys.stderr)
        return 1
    body = joined([file.read_text() for file in options.files], _address())
    if options.what == "issue":
        issue(options.which, body)
    elif options.what == "propose":
        base = os.environ["GITHUB_REF_NAME"]
        propose(options.which, body, options.source, options.changed, base)
    elif body:
        comment(options.which, body)
    return 0


def _address() -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, number = (os.environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{number}"


if __name__ == "__main__":
    sys.exit(main())
