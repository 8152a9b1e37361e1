"""The SSM parameter /superset/writer, which says in each region where the writer is.

Terraform makes it with the placeholder {"region": "unset", ...}.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from superset_shared.errors import code

PARAMETER = "/superset/writer"


@dataclass(frozen=True)
class Writer:
    """The parameter's value."""

    region: str
    host: str
    port: int


@dataclass(frozen=True)
class Reading:
    """The parameter in one region: None for a placeholder, and when it was last changed."""

    writer: Writer | None
    modified: datetime


def read(ssm: Any, region: str) -> Reading | None:
    """The parameter in one region; None where the region has none."""
    try:
        parameter = ssm.get_parameter(Name=PARAMETER)["Parameter"]
    except ClientError as error:
        if code(error) == "ParameterNotFound":
            return None
        raise
    try:
        fields = json.loads(parameter["Value"])
        writer = Writer(str(fields["region"]), str(fields["host"]), int(fields["port"]))
    except (ValueError, KeyError, TypeError):
        raise RuntimeError(f"{PARAMETER} in {region} is not {{region, host, port}}") from None
    return Reading(None if writer.region == "unset" else writer, parameter["LastModifiedDate"])


def write(ssm: Any, writer: Writer) -> None:
    """Set it in one region."""
    ssm.put_parameter(
        Name=PARAMETER, Value=json.dumps(asdict(writer)), Type="String", Overwrite=True
    )
