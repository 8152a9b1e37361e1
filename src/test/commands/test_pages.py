"""The pages of operations are what src/test/e2e/test_runbooks.py can type, or say why not."""

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

import pages

PAGES = pages.pages()
BLOCKS = [block for page in PAGES for block in pages.blocks(page)]
ROWS = pages.untried()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.page}: {row.begins}")
def test_a_row_of_what_is_not_typed_names_a_block_and_says_why(row: pages.Untried) -> None:
    named = [block for block in BLOCKS if row.names(block) and block.language == "sh"]
    assert named, "there is no such block any more"
    assert len(named) == 1 or row.begins == pages.EVERY, "it is not clear which block"
    assert row.reason


def test_a_test_that_is_named_instead_exists() -> None:
    names = {name for row in ROWS for name in re.findall(r"`(test_\w+\.py)`", row.reason)}
    assert names
    tests = Path(pages.ROOT, "src", "test")
    assert [name for name in sorted(names) if not list(tests.rglob(name))] == []


def test_every_runbook_is_in_the_index() -> None:
    index = (pages.ROOT / pages.INDEX).read_text().partition(f"## {pages.UNTRIED}")[0]
    assert [
        page
        for page in PAGES
        if page.startswith(pages.RUNBOOKS)
        and page != pages.INDEX
        and f"({Path(page).name})" not in index
    ] == []


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_is_of_a_kind_that_is_typed_written_or_compared(block: pages.Block) -> None:
    assert block.language in ("sh", "yaml", "text")
    if block.language == "sh":
        checked = subprocess.run(["bash", "-n"], input=block.text, text=True, check=False)
        assert checked.returncode == 0
    if block.language == "yaml":
        assert isinstance(yaml.safe_load(block.text), dict)
    if block.file:
        assert (pages.ROOT / block.file).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_what_is_compared_stands_after_what_is_typed(page: str) -> None:
    blocks = pages.blocks(page)
    for before, after in pairwise([pages.Block(page, 0, "", "", ""), *blocks]):
        if after.language == "text":
            assert before.language == "sh" and pages.is_typed(before, ROWS), str(after)


def test_what_a_command_says_has_the_lines_of_the_page_in_their_order() -> None:
    said = "before\nsuperset-web\tCOMPLETED\t3\nbetween\nsuperset-beat\tCOMPLETED\t1\n"
    assert pages.says("superset-web …3\nsuperset-beat COMPLETED 1\n", said)
    assert not pages.says("superset-beat …\nsuperset-web …\n", said)
    assert not pages.says("superset-web FAILED\n", said)


def test_keys_are_put_into_a_file_beside_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "region.yaml"
    file.write_text("web: {cpu: 1024, tasks: {min: 3}}\ndata_sources: [{name: sales}]\n")
    pages.write(file, "web: {tasks: {min: 4}}\ndata_sources: [{name: shop}]\n")
    assert yaml.safe_load(file.read_text()) == {
        "web": {"cpu": 1024, "tasks": {"min": 4}},
        "data_sources": [{"name": "sales"}, {"name": "shop"}],
    }
