"""The buckets of exports: a folder for each export, the content in it written last."""

from __future__ import annotations

import json
from typing import Any

from superset_aws import aws
from superset_aws.settings import Settings

CONTENT = "assets.zip"
ACCESS = "access.json"


class Store:
    """The region's own bucket and the one of another region."""

    def __init__(self, settings: Settings) -> None:
        self._places = settings.exports
        if not self._places:
            raise RuntimeError("EXPORTS is not set: a disposable environment exports nothing")

    def put(self, name: str, archive: bytes, document: dict[str, Any]) -> list[str]:
        """Write into every bucket; an error when one of them did not take it."""
        written, problems = [], []
        access = json.dumps(document, indent=1, sort_keys=True).encode()
        for place in self._places:
            s3, bucket = aws.client("s3", place["region"]), place["bucket"]
            try:
                s3.put_object(Bucket=bucket, Key=f"{name}/{ACCESS}", Body=access)
                s3.put_object(Bucket=bucket, Key=f"{name}/{CONTENT}", Body=archive)
                written.append(f"s3://{bucket}/{name}/")
            except Exception as problem:
                problems.append(f"{bucket}: {problem}")
        if problems:
            done = ", ".join(written) or "nothing"
            raise RuntimeError(f"{'; '.join(problems)} (written: {done})")
        return written

    def get(self, wanted: str | None) -> tuple[str, bytes, dict[str, Any]]:
        """The export of a name, or the newest: from the first bucket that has it."""
        problems = []
        for place in self._places:
            s3, bucket = aws.client("s3", place["region"]), place["bucket"]
            try:
                name = wanted or _newest(s3, bucket)
                archive = s3.get_object(Bucket=bucket, Key=f"{name}/{CONTENT}")["Body"].read()
                access = s3.get_object(Bucket=bucket, Key=f"{name}/{ACCESS}")["Body"].read()
            except Exception as problem:
                problems.append(f"{bucket}: {problem}")
                continue
            return f"s3://{bucket}/{name}/", archive, json.loads(access)
        raise RuntimeError("; ".join(problems))


def _newest(s3: Any, bucket: str) -> str:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
    names = [key.removesuffix(f"/{CONTENT}") for key in keys if key.endswith(f"/{CONTENT}")]
    if not names:
        raise RuntimeError("there is no export")
    return str(max(names))
