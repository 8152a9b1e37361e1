"""``make review``: what a change does, as one HTML page in .build/review.html.

Without anything it compares what is synthesized now with main.tf.json-snapshots. ``--against
REVISION`` compares the snapshots with those of a git revision, ``--plans FOLDER`` reads the plans
that lie beside the stacks of a synthesis (cdktf.out after make diff). ``--comment`` also writes the
Markdown of a pull request's comment.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from commands import review, snapshots
from commands.checkov import CheckovFailed
from commands.cost.estimate import read
from commands.environment import BUILD, ROOT
from commands.plans import PlanUnreadable
from commands.problems import Mistakes
from commands.review import comment, page
from commands.snapshots import SynthesisFailed
from commands.terraform import TerraformFailed

PAGE = BUILD / "review.html"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="review", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--against", metavar="REVISION", help="git revision before the change")
    parser.add_argument("--plans", type=Path, metavar="FOLDER", help="a synthesis with plans")
    parser.add_argument("--write", type=Path, default=PAGE, metavar="FILE", help="the page")
    parser.add_argument("--comment", type=Path, metavar="FILE", help="Markdown of a comment")
    options = parser.parse_args(arguments)
    try:
        made = _made(options)
        title = f"Review against {options.against or snapshots.FOLDER.name}"
        page.write(made, title, options.write)
        if options.comment:
            options.comment.write_text(comment.markdown(made))
    except (Mistakes, SynthesisFailed, PlanUnreadable, TerraformFailed, CheckovFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    path = options.write.resolve()
    print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    return 0


def _made(options: argparse.Namespace) -> review.Review:
    before = review.committed_at(options.against) if options.against else snapshots.committed()
    if options.plans:
        after = read(options.plans)
        # Other environments are not in this synthesis: they are not gone.
        before = {name: text for name, text in before.items() if name in after}
    elif options.against:
        after = snapshots.committed()
    else:
        after = snapshots.synthesize_all()
    return review.make(before, after, options.plans)


if __name__ == "__main__":
    sys.exit(main())
