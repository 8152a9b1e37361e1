"""What the pages link to exists, and so does every command that they tell people to run."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jmespath
import pytest
import tree_sitter_bash
from awscli.clidriver import create_clidriver
from tree_sitter import Language, Node, Parser

from commands.environment import ROOT, tools
from pages import tokens

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MAKEFILE = (ROOT / "Makefile").read_text()

#: What else a person's shell has; a program that is not here is misspelt, or worth a thought.
PROGRAMS = {"cat", "cp", "curl", "date", "docker", "git", "grep", "jq", "make", "mktemp", "npx"}
PROGRAMS |= {"python", "rm", "sed", "terraform", "xargs"}
BUILTINS = {"echo", "read", "source"}


@dataclass(frozen=True)
class Command:
    """One command of a page, its words as they stand there."""

    page: Path
    line: int
    words: tuple[str, ...]

    @property
    def options(self) -> list[str]:
        """Names after `--`, without a value that follows `=`."""
        return [word.partition("=")[0] for word in self.words if re.match(r"--\w", word)]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {' '.join(self.words)[:60]}"


# --- Links ---


def links() -> Iterator[Any]:
    for page in PAGES:
        for token in tokens(page):
            for child in token.children or []:
                target = child.attrGet("href") or child.attrGet("src")
                if target and not urlsplit(str(target)).scheme:
                    line = (token.map or [0])[0] + 1
                    yield pytest.param(
                        page, str(target), id=f"{page.relative_to(ROOT)}:{line}: {target}"
                    )


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of the headings, as GitHub makes them, and those that are written as HTML."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for opening, content in zip(tokens(page), tokens(page)[1:], strict=False):
        if opening.type == "heading_open":
            text = "".join(
                child.content
                for child in content.children or []
                if child.type in ("text", "code_inline")
            )
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            found.append(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return frozenset([*found, *re.findall(r'<a id="([^"]+)">', page.read_text())])


@cache
def tracked() -> frozenset[Path]:
    """Files of the repository and their folders: what only this machine has is no target."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    files = [ROOT / name for name in listed]
    return frozenset([*files, *(folder for file in files for folder in file.parents)])


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    parts = urlsplit(target)
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    assert file in tracked(), f"{file.relative_to(ROOT)} is not in the repository"
    if parts.fragment:
        assert file.suffix == ".md", "an anchor in a file that is not Markdown moves with its lines"
        assert parts.fragment in anchors(file), f"{file.name} has: {', '.join(anchors(file))}"


def test_every_page_is_linked() -> None:
    linked = {
        (page.parent / unquote(urlsplit(target).path)).resolve()
        for page, target in (parameters.values for parameters in links())
    }
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert pages <= linked, "nobody finds these"


# --- Commands ---


# A sentence about an option of `aws` alone names no command.
COMMAND = re.compile(
    r"(\w+=\S+ )*(make|(\S+/)?aws( --\S+ \S+)*(?= \w)|npx|python -m commands\.\w+)( |$)"
)


def shell(page: Path) -> Iterator[tuple[int, str]]:
    """The blocks that are marked `sh`, and elsewhere what looks like a command of these."""
    for token in tokens(page):
        line = (token.map or [0])[0] + 1
        if token.type == "fence" and token.info == "sh":
            yield line + 1, token.content
        if token.type == "code_block":
            for number, text in enumerate(token.content.splitlines()):
                if COMMAND.match(text):
                    yield line + number, text
        for child in token.children or []:
            if child.type == "code_inline" and COMMAND.match(child.content):
                yield line, child.content


def words(node: Node) -> tuple[str, ...]:
    """Program and arguments, without redirections and variables that are set for it."""
    kept = [
        child
        for child in node.named_children
        if child.type not in ("variable_assignment", "file_redirect", "herestring_redirect")
    ]
    return tuple((child.text or b"").decode().strip("\"'") for child in kept)


def all_commands() -> Iterator[Command]:
    parser = Parser(Language(tree_sitter_bash.language()))
    for page in PAGES:
        for first, text in shell(page):
            root = parser.parse(text.encode()).root_node
            assert not root.has_error, f"{page.relative_to(ROOT)}:{first}: bash cannot read this"
            todo = [root]
            while todo:
                node = todo.pop()
                todo += node.named_children
                if node.type == "command":
                    yield Command(page, first + node.start_point.row, words(node))


COMMANDS = sorted(all_commands(), key=str)


def of(*programs: str) -> Any:
    chosen = [one for one in COMMANDS if one.words[0].rpartition("/")[2] in programs]
    return pytest.mark.parametrize("command", chosen, ids=map(str, chosen))


@cache
def defined(page: Path) -> set[str]:
    """Functions that a page's blocks define."""
    return set(re.findall(r"^\s*(\w+)\(\) *\{", page.read_text(), re.MULTILINE))


def test_every_program_is_known() -> None:
    own = {"aws", "cdktf"}
    unknown = [
        str(command)
        for command in COMMANDS
        if command.words[0].rpartition("/")[2]
        not in PROGRAMS | BUILTINS | own | defined(command.page)
    ]
    assert not unknown


@of("make")
def test_a_target_of_make_exists(command: Command) -> None:
    for word in command.words[1:]:
        name, assigned, value = word.partition("=")
        if not assigned:
            assert re.search(rf"^{word}:", MAKEFILE, re.MULTILINE), f"make knows no {word}"
            continue
        recipe = re.search(rf"^{command.words[1]}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
        assert recipe, command.words[1]
        assert f"$({name}" in recipe[0], f"{command.words[1]} takes no {name}"
        if name == "OPTIONS":
            module = re.findall(r"commands\.\w+(?:\.\w+)?", recipe[0])[-1]
            for option in re.split(r"[| ]", value.strip("\"'")):
                assert option in usage(module), f"{module} knows no {option}"


@cache
def usage(module: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", module, "--help"],
        env=tools() | {"PYTHONPATH": str(ROOT / "src")},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@of("python", "python3")
def test_a_module_exists(command: Command) -> None:
    if command.words[1:2] != ("-m",):
        pytest.fail("a page runs modules")
    path = command.words[2].replace(".", "/")
    roots = [ROOT / "src", ROOT / "src/main/superset/pythonpath"]
    assert any(
        (root / f"{path}.py").is_file() or (root / path / "__main__.py").is_file() for root in roots
    )


@cache
def cdktf(*arguments: str) -> str:
    return subprocess.run(
        [ROOT / "node_modules/.bin/cdktf", *arguments, "--help"],
        env=tools(),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@of("npx")
def test_a_command_of_cdktf_exists(command: Command) -> None:
    assert command.words[1] == "cdktf"
    name = command.words[2]
    assert re.search(rf"^  cdktf {name}\b", cdktf(), re.MULTILINE), f"cdktf knows no {name}"
    for option in command.options:
        assert re.search(rf"^ .*{option}\b", cdktf(name), re.MULTILINE), f"{name}: {option}"


@cache
def terraform() -> set[str]:
    said = subprocess.run(
        ["terraform", "-help"], env=tools(), capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^  (\w+)  ", said.stdout, re.MULTILINE))


@of("terraform")
def test_a_command_of_terraform_exists(command: Command) -> None:
    name = next(word for word in command.words[1:] if not word.startswith("-"))
    assert name in terraform()


@cache
def driver() -> Any:
    return create_clidriver()


@cache
def operation(*path: str) -> dict[str, Any]:
    """The arguments of a command of the AWS CLI."""
    table = driver()._get_command_table()
    for name in path:
        assert name in table, f"aws {' '.join(path)}: no {name}"
        found = table[name]
        if hasattr(found, "_get_command_table"):
            table = found._get_command_table()
        else:
            table = getattr(found, "subcommand_table", {})
    return found.arg_table


@of("aws")
def test_a_command_of_aws_exists_with_its_options(command: Command) -> None:
    plain = command.words[1:]
    # An option of the CLI itself may stand before the service.
    while plain[0].startswith("--"):
        plain = plain[2:]
    depth = 3 if len(plain) > 1 and plain[1] == "wait" else 2
    arguments = operation(*plain[:depth])
    known = {f"--{name}" for name in (*arguments, *driver()._get_argument_table())}
    assert not set(command.options) - known, "options that it does not know"
    if command.options and "…" not in command.words:
        required = {one.cli_name for one in arguments.values() if one.required}
        missing = {name for name in required if name.startswith("--")} - set(command.options)
        assert not missing, "options that it needs"
    if "--query" in command.words:
        query = command.words[command.words.index("--query") + 1]
        if "$" not in query:
            jmespath.compile(query)
