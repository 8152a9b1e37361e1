"""Health check of processes that listen to nobody: ``python -m superset_aws.health worker|beat``.

Web answers /health itself. Imports nothing of Superset: it runs every thirty seconds.
"""

from __future__ import annotations

import sys

from superset_aws import pulse


def main() -> int:
    """0 while the process is alive."""
    if sys.argv[1:] not in (["worker"], ["beat"]):
        print("usage: health worker|beat", file=sys.stderr)
        return 2
    age = pulse.age()
    if age > pulse.STALE_SECONDS:
        print(f"superset-{sys.argv[1]} gave no sign of life for {age:.0f} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
