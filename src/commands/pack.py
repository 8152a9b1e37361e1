"""Packs what ``app.sh`` starts: one jar of our classes and of what jsii reads from its libraries.

usage: pack.py CLASSES NEW FINAL

Reads the class path of the libraries from ``NEW/libraries`` and writes into ``NEW``:

- ``app.jar``: the classes (class data sharing archives nothing from a folder), and in front of
  the libraries' own copies the files jsii reads at every start, not compressed. Inflating the
  provider's 30 MB bundle alone takes a quarter of a second.
- ``kernel/``: the jsii kernel out of the jsii-runtime jar, for ``jsii-runtime.js``.
- ``classpath``: ``FINAL/app.jar`` and the libraries.

The interpreter is whatever ``python3`` is: nothing but the standard library.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

KERNEL = "software/amazon/jsii/lib/"
#: Every entry carries the earliest time a zip file can: the same sources make the same jar.
TIME = (1980, 1, 1, 0, 0, 0)


def pack(classes: Path, new: Path, final: str) -> None:
    """Does what the module says."""
    libraries = (new / "libraries").read_text().strip().split(":")
    with zipfile.ZipFile(new / "app.jar", "w", zipfile.ZIP_STORED) as jar:
        for path in sorted(classes.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(classes).as_posix(), TIME)
                jar.writestr(entry, path.read_bytes())
        for library in libraries:
            with zipfile.ZipFile(library) as source:
                for name in source.namelist():
                    if name.endswith((".jsii.tgz", "/$Module.txt")):
                        jar.writestr(zipfile.ZipInfo(name, TIME), source.read(name))
                    elif name.startswith(KERNEL) and name.endswith(".js"):
                        target = new / "kernel" / "lib" / Path(name).name
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(source.read(name))
    (new / "classpath").write_text(":".join([f"{final}/app.jar", *libraries]))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
