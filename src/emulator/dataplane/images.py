"""Container images: a folder with a Dockerfile, and the environment that its lock installs."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from dockerfile_parse import DockerfileParser

#: Stands for the collector of traces: its Dockerfile names the image.
COLLECTOR = Path(__file__).with_name("collector")

#: Where the Dockerfile copies our own modules.
_COPIED = "/app/pythonpath"


@dataclass(frozen=True)
class Image:
    """What a container starts from."""

    folder: Path
    programs: Path
    environment: dict[str, str]
    entrypoint: list[str]
    command: list[str]

    @classmethod
    def read(cls, folder: Path, programs: Path) -> Image:
        """From the Dockerfile in a folder.

        :param programs: stands for the image's own folder of programs
        :raises FileNotFoundError: there is no such image
        """
        if not (folder / "Dockerfile").is_file():
            raise FileNotFoundError(f"CannotPullContainerError: {folder} holds no image: not found")
        parser = DockerfileParser(path=str(folder / "Dockerfile"))
        words: dict[str, list[str]] = {"ENTRYPOINT": [], "CMD": []}
        for line in parser.structure:
            if line["instruction"] in words:
                words[line["instruction"]] = _words(line["value"])
        return cls(folder, programs, dict(parser.envs), words["ENTRYPOINT"], words["CMD"])

    def local(self, value: str) -> str:
        """A variable's value with our own modules where they are here."""
        return value.replace(_COPIED, str(self.folder / "pythonpath"))


def _words(value: str) -> list[str]:
    return list(json.loads(value)) if value.startswith("[") else shlex.split(value)


def digest(folder: Path) -> str:
    """Of the image that a Dockerfile begins with."""
    base = DockerfileParser(path=str(folder / "Dockerfile")).baseimage
    return str(base).rpartition("@")[2]


class Images:
    """Which image a digest is."""

    def __init__(self, default: Path, programs: Path) -> None:
        self._default = default
        self._programs = programs
        self._folders = {digest(COLLECTOR): COLLECTOR}

    def bind(self, digest: str, folder: Path) -> None:
        """Let a digest be the image of another folder."""
        self._folders[digest] = folder

    def image(self, reference: str) -> Image:
        """The image of a reference ``repository@digest``."""
        folder = self._folders.get(reference.rpartition("@")[2], self._default)
        return Image.read(folder, self._programs)
