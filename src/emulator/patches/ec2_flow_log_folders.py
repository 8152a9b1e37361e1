"""EC2: flow logs may be delivered to a folder of a bucket; moto takes it for the bucket's name."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.flow_logs import FlowLogsBackend

from emulator.patches.tools import around


def install() -> None:
    """Look for the bucket alone, and remember the folder."""
    around(FlowLogsBackend, "create_flow_logs")(_create)


def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    destination = kwargs.get("log_destination") or ""
    bucket, slash, _ = destination.partition("/")
    if not (destination.startswith("arn:aws:s3:::") and slash):
        return original(self, *args, **kwargs)
    made, unsuccessful = original(self, *args, **{**kwargs, "log_destination": bucket})
    for flow_log in made:
        flow_log.log_destination = destination
    return made, unsuccessful
