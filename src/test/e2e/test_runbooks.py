"""Every command of the pages of operations is typed as it stands there, page by page.

A page's blocks run in one shell, with what `source .build/demo.env` sets. What a page writes into
the configuration is taken back when it is over, so that pages need no order, and deployed with the
next page's changes: to go back is to deploy, and the last test does.
"""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from deployments import Deployment
from environments import PROD
from workspaces import PARALLELISM, Workspace

import pages
from commands import demo

SECONDS = 1500
MARK = "\x1e"
#: Files that a page says a person has.
FILES = {
    "sales.json": '{"username": "superset", "password": "of the warehouse"}',
    "shop.json": '{"username": "superset", "password": "of the shop"}',
}
#: Numbers of secrets are raised and never lowered.
STAYS = "docs/runbooks/rotate-a-secret.md"
#: What a person answers: cdktf's and make's questions. Set-up is what the session began with.
PRELUDE = f"""
set -euo pipefail
export TF_IN_AUTOMATION=1 TF_CLI_ARGS_apply=-parallelism={PARALLELISM}
npx() {{
  case $2 in
    deploy | destroy) command npx "$@" --auto-approve ;;
    *) command npx "$@" ;;
  esac
}}
make() {{
  local word name=
  local -A given=([OPTIONS]=)
  for word in "${{@:2}}"; do given[${{word%%=*}}]=${{word#*=}}; done
  case $1 in
    promote | rebuild) name=${{given[REGION]}} ;;
    unlock) name=${{given[STACK]}} ;;
    unprotect) name=prod ;;
  esac
  [[ -z $name ]] || set -- "$@" "OPTIONS=${{given[OPTIONS]}} --yes $name"
  command make --no-print-directory -o setup "$@"
}}
"""


def typed_pages() -> list[str]:
    """Those with something to type."""
    rows = pages.untried()
    return [
        page
        for page in pages.pages()
        if any(pages.is_typed(block, rows) for block in pages.blocks(page))
    ]


@pytest.fixture(scope="module")
def workspace(production: Deployment) -> Workspace:
    """The copy of the project, as a repository whose configuration is committed."""
    made = production.workspace
    for file, text in FILES.items():
        (made.root / file).write_text(text)
    git(made, "init", "--quiet", "--initial-branch=main")
    git(made, "config", "user.name", "operator")
    git(made, "config", "user.email", "operator@example.com")
    keep(made)
    return made


def git(workspace: Workspace, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=workspace.root, check=True)


def keep(workspace: Workspace) -> None:
    """Have the configuration stay as it is now."""
    git(workspace, "add", "regions")
    git(workspace, "commit", "--quiet", "--allow-empty", "--message", "what is deployed")
    git(workspace, "tag", "--force", "deployed")


def take_back(workspace: Workspace) -> None:
    """Have the configuration be what it was before a page."""
    git(workspace, "reset", "--quiet", "--hard", "deployed")
    git(workspace, "clean", "--quiet", "--force", "regions")


def type_in(workspace: Workspace, page: str) -> dict[pages.Block, str]:
    """Each block that is typed, and what came of it; the first that fails is an error."""
    rows = pages.untried()
    typed = [block for block in pages.blocks(page) if pages.is_typed(block, rows)]
    emulator = workspace.emulator
    lines = demo.shell_lines(demo.Running(emulator.url, 0, emulator.account))
    script = [lines, PRELUDE]
    for block in typed:
        script += [f"printf '\\n{MARK}\\n'", _command(block)]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=workspace.root,
        env={name: os.environ[name] for name in ("HOME", "PATH")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    outputs = done.stdout.split(f"\n{MARK}\n")[1:]
    assert done.returncode == 0, f"{typed[max(len(outputs), 1) - 1]}\n{done.stdout[-4000:]}"
    return dict(zip(typed, outputs, strict=True))


def _command(block: pages.Block) -> str:
    if block.language == "sh":
        return block.text
    python, module = demo.ROOT / ".venv/bin/python", Path(pages.__file__)
    return f"{python} {module} {block.file} <<'YAML'\n{block.text}YAML"


@pytest.mark.parametrize("page", typed_pages())
def test_what_a_page_says_happens(workspace: Workspace, page: str) -> None:
    try:
        outputs = type_in(workspace, page)
    finally:
        leave = keep if page == STAYS else take_back
        leave(workspace)
    answered = [
        (block, after)
        for block, after in pairwise(pages.blocks(page))
        if after.language == "text" and block in outputs
    ]
    for block, after in answered:
        assert pages.says(after.text, outputs[block]), f"{block} said\n{outputs[block][-4000:]}"


def test_every_stack_is_as_it_was(workspace: Workspace) -> None:
    workspace.synthesize()
    for region in PROD.regions:
        workspace.apply(PROD.stack(region)).ok()
    with ThreadPoolExecutor() as beside:
        changes = beside.map(lambda stack: workspace.plan(stack).changes(), PROD.stacks)
        plans = dict(zip(PROD.stacks, changes, strict=True))
    assert plans == {stack: {} for stack in PROD.stacks}
