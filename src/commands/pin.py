"""Writes an image into the configuration: ``python -m commands.pin DIGEST [ENVIRONMENT…]``.

Sets ``superset.image_digest`` in platform.yaml of the environments, by default those with roles of
CI, and ``superset.version`` to the release that the image is made from. Only these two values
change: comments, order and layout stay. What was written is read again before any file is touched.
Says what it did in .build/pin.md, the text of a pull request.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from commands import image, matrix
from commands.environment import BUILD, ROOT
from commands.problems import Mistakes
from commands.snapshots import FOLDER, environments

TEXT = BUILD / "pin.md"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def written(text: str, values: Mapping[str, str], file: str) -> str:
    """The same YAML with other values under ``superset``.

    Raises Mistakes where it has no such keys, or would read otherwise than meant.
    """
    root = yaml.compose(text)
    block = dict(_children(root)).get("superset")
    nodes = dict(_children(block))
    lacking = [key for key in values if not isinstance(nodes.get(key), yaml.ScalarNode)]
    if lacking:
        line = block.start_mark.line + 1 if block else 1
        raise Mistakes(f"{file}:{line}: superset.{key}: is missing" for key in lacking)
    changed = text
    # From the end, so that what comes before keeps its place.
    for key in sorted(values, key=lambda one: -nodes[one].start_mark.index):
        start, end = nodes[key].start_mark.index, nodes[key].end_mark.index
        quote = nodes[key].style or ""
        changed = f"{changed[:start]}{quote}{values[key]}{quote}{changed[end:]}"
    meant = yaml.safe_load(text)
    meant["superset"].update(values)
    try:
        as_meant = yaml.safe_load(changed) == meant
    except yaml.YAMLError:
        as_meant = False
    if not as_meant:
        # An alias, for one: its value stands elsewhere.
        told = ", ".join(f"{key}: {value}" for key, value in values.items())
        raise Mistakes([f"{file}: superset: cannot be written in place; write by hand {told}"])
    return changed


def _children(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value


def pin(digest: str, names: Sequence[str], root: Path = ROOT) -> list[str]:
    """Writes it; returns the environments whose configuration changed."""
    known = environments(root)
    wrong = [f"{name}: there is no such environment" for name in names if name not in known]
    if not _DIGEST.fullmatch(digest):
        wrong.append(f"{digest}: is no digest; write sha256: and 64 hexadecimal digits")
    if wrong:
        raise Mistakes(wrong)
    names = names or [one for one in known if matrix.environment(one, root / FOLDER.name)]
    values = {
        "version": image.release((root / image.CONTEXT / "Dockerfile").read_text()),
        "image_digest": digest,
    }
    files: dict[Path, str] = {}
    for name in names:
        file = root / "regions" / name / "platform.yaml"
        text = file.read_text()
        try:
            new = written(text, values, str(file.relative_to(root)))
        except Mistakes as mistakes:
            wrong += mistakes.lines
            continue
        if new != text:
            files[file] = new
    if wrong:
        raise Mistakes(wrong)
    for file, text in files.items():
        file.write_text(text)
    return [file.parent.name for file in files]


def story(digest: str, names: Sequence[str]) -> str:
    """The text of the pull request; empty where nothing changed."""
    if not names:
        return ""
    return (
        f"The image `{digest}` is in the repositories of every region of {', '.join(names)}; "
        "ECR's scan found nothing grave that is not excepted.\n\n"
        "Merged, the next deploy runs `superset-init` of it, then replaces the tasks "
        "(docs/runbooks/update-superset.md).\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="pin", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("digest", metavar="DIGEST", help="sha256:… of the image's index")
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT")
    options = parser.parse_args(arguments)
    try:
        changed = pin(options.digest, options.environments)
    except (image.ImageFailed, Mistakes) as error:
        print(error, file=sys.stderr)
        return 1
    TEXT.parent.mkdir(exist_ok=True)
    TEXT.write_text(story(options.digest, changed))
    print(f"{options.digest} is in: {', '.join(changed) or 'no configuration that lacked it'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
