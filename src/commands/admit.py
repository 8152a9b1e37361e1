"""Lets a region that was fenced come back: `python -m commands.admit REGION LOST`

Invokes superset-admit in REGION, which lowers its fence against LOST, or says why it does not.
"""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from commands.functions import FunctionFailed, invoke


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="admit", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("region", metavar="REGION", help="the region that holds the fence")
    parser.add_argument("lost", metavar="LOST", help="the region that comes back")
    options = parser.parse_args(arguments)
    try:
        invoke("superset-admit", options.region, {"region": options.lost})
    except (FunctionFailed, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.lost} is admitted: DNS sends users there after a minute or two.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
