"""JSON lines on standard output, which Lambda sends to CloudWatch Logs. Never pass a value."""

import json


def log(message: str, **fields: object) -> None:
    """Write one line; `fields` are names, versions, regions and statuses only."""
    print(json.dumps({"message": message, **fields}, sort_keys=True), flush=True)
