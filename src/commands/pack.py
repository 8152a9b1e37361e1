"""Packs what ``app.sh`` starts: one jar of our classes and of what jsii reads from its libraries.

usage: pack.py CLASSES NEW FINAL

Reads the class path of the libraries from ``NEW/libraries`` and writes into ``NEW``:

- ``app.jar``: the classes (class data sharing archives nothing from a folder), and in front of
  the libraries' own copies the files jsii reads at every start, not compressed.
- ``kernel/``: the jsii kernel out of the jsii-runtime jar, for ``jsii-runtime.js``.
- ``classpath``: ``FINAL/app.jar`` and the libraries.

Of a provider's library only the packages that our classes name are packed: the AWS provider has
1,790 of them, and listing their 28,600 types and copying their 30 MB costs half a second at every
start. The libraries themselves stay on the class path, whole.

The interpreter is whatever ``python3`` is: nothing but the standard library.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

KERNEL = "software/amazon/jsii/lib/"
BUNDLE = ".jsii.tgz"
TYPES = "/$Module.txt"
#: Every entry carries the earliest time a zip file can: the same sources make the same jar.
TIME = (1980, 1, 1, 0, 0, 0)

_PROVIDER = re.compile(rb"com/hashicorp/cdktf/providers/\w+/(\w+)/")
_EXPORT = re.compile(r'^exports\.(\w+) = require\("\./([\w./-]+)"\);$', re.M)


class UnknownShape(Exception):
    """A library is not built as the ones we know: it is packed whole."""


def used_packages(classes: Path) -> set[str]:
    """Java packages of providers that the classes name, by the last part of their name."""
    found: set[str] = set()
    for path in classes.rglob("*.class"):
        found |= {match.decode() for match in _PROVIDER.findall(path.read_bytes())}
    return found


def narrow_types(types: str, used: set[str]) -> tuple[str, set[str]]:
    """The lines of a type list that belong to the used packages, and their jsii submodules."""
    lines, submodules = [], set()
    for line in types.splitlines():
        name, java = line.split("=")
        if java.rsplit(".", 2)[1] in used:
            lines.append(line)
            submodules.add(name.split(".")[1])
    return "".join(f"{line}\n" for line in lines), submodules


def narrow_bundle(bundle: bytes, submodules: set[str]) -> bytes:
    """A jsii bundle with no other submodules than these."""
    with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:gz") as source:
        files = {
            member.name: source.extractfile(member).read()  # type: ignore[union-attr]
            for member in source.getmembers()
            if member.isfile() and not member.name.endswith(".d.ts")
        }
    try:
        assembly = json.loads(files["package/.jsii"])
        prefixes = tuple(f"{assembly['name']}.{name}" for name in submodules)
        for part in ("types", "submodules"):
            assembly[part] = {
                name: value
                for name, value in assembly[part].items()
                if ".".join(name.split(".")[:2]) in prefixes
            }
        index = files["package/lib/index.js"].decode()
        description = files["package/package.json"]
    except (KeyError, ValueError) as error:
        raise UnknownShape(str(error)) from error
    folders = {folder: name for name, folder in _EXPORT.findall(index) if name in submodules}
    if set(folders.values()) != submodules:
        raise UnknownShape("the index does not export every submodule")
    exports = [f'exports.{name} = require("./{folder}");\n' for folder, name in folders.items()]
    kept = {
        "package/package.json": description,
        "package/.jsii": json.dumps(assembly).encode(),
        "package/lib/index.js": (
            '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n'
            + "".join(exports)
        ).encode(),
    }
    for name, content in files.items():
        parts = name.split("/")
        if parts[:2] == ["package", "lib"] and parts[2] in folders and name.endswith(".js"):
            # Without the source map, which is half of it.
            kept[name] = content.split(b"\n//# sourceMappingURL=")[0] + b"\n"
    packed = io.BytesIO()
    # No times: the digest is the key of jsii's cache.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as target,
    ):
        for name, content in sorted(kept.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            target.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def jsii_files(library: Path, used: set[str], cache: Path) -> dict[str, bytes]:
    """What jsii reads of one library."""
    with zipfile.ZipFile(library) as source:
        names = [name for name in source.namelist() if name.endswith((BUNDLE, TYPES))]
        if "provider" not in library.name:
            return {name: source.read(name) for name in names}
        listed = next(name for name in names if name.endswith(TYPES))
        bundled = next(name for name in names if name.endswith(BUNDLE))
        types, submodules = narrow_types(source.read(listed).decode(), used)
        key = hashlib.sha256(f"{library.name} {sorted(submodules)}".encode()).hexdigest()[:16]
        narrowed = cache / f"{key}{BUNDLE}"
        try:
            if not narrowed.exists():
                # Seconds, so it is kept until another package is used.
                cache.mkdir(exist_ok=True)
                new = narrowed.with_suffix(".new")
                new.write_bytes(narrow_bundle(source.read(bundled), submodules))
                new.replace(narrowed)
        except UnknownShape as error:
            print(f"{library.name} is packed whole: {error}", file=sys.stderr)
            return {name: source.read(name) for name in names}
        return {listed: types.encode(), bundled: narrowed.read_bytes()}


def pack(classes: Path, new: Path, final: str) -> None:
    """Does what the module says."""
    libraries = (new / "libraries").read_text().strip().split(":")
    used = used_packages(classes)
    with zipfile.ZipFile(new / "app.jar", "w", zipfile.ZIP_STORED) as jar:
        for path in sorted(classes.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(classes).as_posix(), TIME)
                jar.writestr(entry, path.read_bytes())
        for library in libraries:
            for name, content in jsii_files(Path(library), used, new.parent / "bundles").items():
                jar.writestr(zipfile.ZipInfo(name, TIME), content)
            with zipfile.ZipFile(library) as source:
                for name in source.namelist():
                    if name.startswith(KERNEL) and name.endswith(".js"):
                        target = new / "kernel" / "lib" / Path(name).name
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(source.read(name))
    (new / "classpath").write_text(":".join([f"{final}/app.jar", *libraries]))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
