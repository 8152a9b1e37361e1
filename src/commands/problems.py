"""What is wrong with an input, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable


class Mistakes(Exception):
    """Nothing was computed; the message has a line for each mistake."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(dict.fromkeys(lines))
        super().__init__("\n".join(self.lines))
