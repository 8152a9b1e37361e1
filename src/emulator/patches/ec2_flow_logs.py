"""VPC flow logs: moto takes no folder of a bucket as destination and forgets the file options."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.responses.flow_logs import FlowLogs as FlowLogsResponse

from emulator.patches.tools import around


def install() -> None:
    """Look for the bucket that the folder is in; answer with the options of the request."""
    around(FlowLogsBackend, "create_flow_logs")(_create)
    around(FlowLogsResponse, "create_flow_logs")(_remember_options)


def _create(original: Any, self: FlowLogsBackend, *args: Any, **kwargs: Any) -> Any:
    destination = kwargs.get("log_destination")
    if kwargs.get("log_destination_type") != "s3" or not destination:
        return original(self, *args, **kwargs)
    created, unsuccessful = original(
        self, *args, **{**kwargs, "log_destination": destination.split("/", 1)[0]}
    )
    for flow_log in created:
        flow_log.log_destination = destination
    return created, unsuccessful


def _remember_options(original: Any, self: FlowLogsResponse) -> Any:
    answer = original(self)
    options = self._get_param("DestinationOptions")
    for flow_log_id in answer.result["FlowLogIds"]:
        self.ec2_backend.flow_logs[flow_log_id].destination_options = options
    return answer
