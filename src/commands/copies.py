"""Copies of the project, in which a command may change what it will."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from commands.environment import ROOT

_MADE_BY_PYTHON = shutil.ignore_patterns("__pycache__", ".ruff_cache", ".pytest_cache")


def make(root: Path, copied: Iterable[str], shared: Iterable[str]) -> Path:
    """
    :param root: folder of the copy; what is there already is overwritten
    :param copied: files and folders, below the project
    :param shared: folders that are large and only read: links
    :return: ``root``
    """
    for name in copied:
        source, target = ROOT / name, root / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=_MADE_BY_PYTHON, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for name in shared:
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if not (root / name).exists():
            (root / name).symlink_to(ROOT / name)
    return root
