"""ECS clusters: moto cannot change their settings by the action made for it."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from emulator.patches.tools import add


def install() -> None:
    """Add the action."""
    add(EC2ContainerServiceResponse, update_cluster_settings)


def update_cluster_settings(self: EC2ContainerServiceResponse) -> ActionResult:
    cluster = self.ecs_backend._get_cluster(self._get_param("cluster"))
    settings = {item["name"]: item["value"] for item in cluster.settings}
    settings |= {item["name"]: item["value"] for item in self._get_param("settings")}
    cluster.settings = [{"name": name, "value": value} for name, value in settings.items()]
    return ActionResult({"cluster": cluster})
