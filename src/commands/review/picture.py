"""Takes the picture of a review that is in the documentation: docs/images/review.png.

``make pictures``. The change is made up, of prod's snapshots: one more node of Redis, a
port that is opened, and an image repository that is gone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from commands import review, snapshots
from commands.environment import ROOT
from commands.review import page

PICTURE = ROOT / "docs" / "images" / "review.png"
CHROMIUM = "/usr/bin/chromium"
CHANGED = ("superset-bootstrap", "superset-us-east-1")


def changed(stacks: dict[str, str]) -> dict[str, str]:
    """What the picture is of."""
    bootstrap, region = (json.loads(stacks[name]) for name in CHANGED)
    bootstrap["resource"]["aws_ecr_repository"].popitem()
    [redis] = region["resource"]["aws_elasticache_replication_group"].values()
    redis["num_cache_clusters"] = 3
    for direction in ("ingress", "egress"):
        rules = region["resource"][f"aws_vpc_security_group_{direction}_rule"]
        next(rule for name, rule in rules.items() if "web-to-database-5" in name)["to_port"] = 5433
    return {**stacks, **dict(zip(CHANGED, map(json.dumps, (bootstrap, region)), strict=True))}


def main() -> int:
    """The command."""
    before = snapshots.own("prod", snapshots.committed())
    made = review.make(before, changed(before))
    with tempfile.TemporaryDirectory(prefix="review-") as folder, sync_playwright() as playwright:
        file = Path(folder, "review.html")
        page.write(made, "Review against main.tf.json-snapshots", file)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
        opened.goto(file.as_uri())
        opened.locator("details.one").first.locator("summary").click()
        opened.screenshot(path=str(PICTURE), full_page=True)
        browser.close()
    print(PICTURE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
