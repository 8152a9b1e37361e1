"""Pages of operations: the commands in them, and what a person does with these.

A block of ``sh`` is typed. A block of ``yaml FILE`` is written into that file of the configuration.
A block of ``text`` after commands is what they say, with ``…`` for what is different each time. The
table in docs/runbooks/README.md names the blocks that cannot be typed here.
"""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[3]
RUNBOOKS = "docs/runbooks"
INDEX = f"{RUNBOOKS}/README.md"
UNTRIED = "What no test types"
"""Title of the section with the table."""
EVERY = "every block"
"""In the table: all blocks of the page."""


@dataclass(frozen=True)
class Block:
    """What stands between fences.

    :param language: what stands behind the opening fence; of yaml the first word of it
    :param file: of yaml: the file that it is written into; empty: it is only shown
    """

    page: str
    line: int
    language: str
    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def begins(self) -> str:
        """The first line, by which the table names the block."""
        return self.text.partition("\n")[0]


@dataclass(frozen=True)
class Untried:
    """A row of the table.

    :param begins: how the block begins; EVERY: all of the page
    """

    page: str
    begins: str
    reason: str

    def names(self, block: Block) -> bool:
        """Whether it is about this block."""
        of = self.begins == EVERY or block.begins.startswith(self.begins)
        return block.page == self.page and of


@cache
def tokens(page: Path) -> list[Token]:
    """A page as Markdown, with GitHub's tables."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def pages() -> list[str]:
    """Every page whose commands are typed, as paths below the project."""
    runbooks = sorted(str(one.relative_to(ROOT)) for one in (ROOT / RUNBOOKS).glob("*.md"))
    return ["README.md", "docs/operations.md", *runbooks]


def blocks(page: str) -> list[Block]:
    """All of a page; of the README those of every day."""
    text = (ROOT / page).read_text()
    found = [_block(page, token) for token in tokens(ROOT / page) if token.type == "fence"]
    if page == "README.md":
        first = text[: text.index("\n## Every day\n")].count("\n") + 1
        return [one for one in found if one.line > first]
    return found


def _block(page: str, token: Token) -> Block:
    language, _, file = token.info.partition(" ")
    assert token.map is not None
    return Block(page, token.map[0] + 2, language, file.strip(), token.content)


def untried() -> list[Untried]:
    """The table."""
    parts = tokens(ROOT / INDEX)
    section = next(
        number
        for number, token in enumerate(parts)
        if token.type == "inline" and token.content == UNTRIED
    )
    return [
        Untried(f"{RUNBOOKS}/{page}", begins, reason)
        for page, begins, reason in _rows(parts[section:])
    ]


def _rows(parts: list[Token]) -> Iterator[list[str]]:
    """Cells of the body of the first table: targets of links, code, and the rest as it stands."""
    row: list[str] = []
    for before, token in pairwise(parts):
        if token.type == "table_close":
            return
        if before.type == "td_open":
            row.append(_cell(token))
        if token.type == "tr_close" and row:
            yield row
            row = []


def _cell(inline: Token) -> str:
    first, *more = inline.children or []
    if first.type == "link_open":
        return str(first.attrs["href"])
    return inline.content if more else first.content


def is_typed(block: Block, rows: list[Untried]) -> bool:
    """Whether the block is something to do that can be done here."""
    to_do = block.language == "sh" or bool(block.file)
    return to_do and not any(row.names(block) for row in rows)


def says(wanted: str, got: str) -> bool:
    """Whether a command's output has the lines of a block of text, in this order."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    lines = wanted.replace("…", "...").strip().splitlines()
    return doctest.OutputChecker().check_output("...".join(["", *lines, ""]), got, flags)


def write(file: Path, text: str) -> None:
    """Put keys into a file of the configuration; what is there and is a list gets longer."""
    document = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(_merged(document, yaml.safe_load(text)), sort_keys=False))


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *(one for one in new if one not in old)]
    return new


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.stdin.read())
