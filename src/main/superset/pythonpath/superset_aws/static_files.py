"""Static files beside Superset, not through it.

Superset sends a file through Flask, its session and its compression, each time anew: that is more
work than most requests of a page. Here WhiteNoise sends what was compressed when the image was
built: ``python -m superset_aws.static_files`` does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

PREFIX = "/static/assets/"

#: webpack puts a hash of the content into these names: another content has another name.
_HASHED = re.compile(r"[./]([0-9a-f]{8}|[0-9a-f]{20})\.")

#: Of the others, seconds: logos and flags, which a release may change.
_MAX_AGE = 86_400

Application = Callable[..., Iterable[bytes]]


def folder() -> Path:
    """Where Superset's package keeps them; the package is not imported."""
    spec = find_spec("superset")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("superset is not installed")
    return Path(spec.origin).parent / "static" / "assets"


def static_files(application: Application) -> Application:
    """WSGI middleware: answers for the files, leaves everything else to the application."""
    middleware: Application = WhiteNoise(
        application,
        root=folder(),
        prefix=PREFIX,
        max_age=_MAX_AGE,
        immutable_file_test=lambda path, url: bool(_HASHED.search(url)),
        allow_all_origins=False,
        add_headers_function=_never_guess,
    )
    return middleware


def _never_guess(headers: Headers, path: str, url: str) -> None:
    """As Talisman says it of everything else."""
    headers["X-Content-Type-Options"] = "nosniff"


def compress(files: Path) -> int:
    """Put `.gz` beside each file that becomes smaller; how many there are."""
    compressor: Any = Compressor(use_brotli=False, quiet=True)
    made = 0
    for path in sorted(one for one in files.rglob("*") if one.is_file()):
        if compressor.should_compress(path.name) and not path.with_name(f"{path.name}.gz").exists():
            made += len(list(compressor.compress(str(path))))
    return made


if __name__ == "__main__":
    print(f"{compress(folder())} files compressed")
