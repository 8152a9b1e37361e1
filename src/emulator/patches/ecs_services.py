"""ECS services: moto drops half of what a service is made of, and never finishes a deployment.

Without a data plane a service runs what is desired the moment it is created or changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse

from emulator import dataplane
from emulator.dataplane.deployments import begin, new_identifier, primary
from emulator.patches.tools import Fault, around

#: Parameters of CreateService and UpdateService that a description repeats.
KEPT = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "platformVersion",
    "serviceConnectConfiguration",
    "volumeConfigurations",
)

#: AWS's defaults of a deployment (Amazon ECS API Reference, DeploymentConfiguration).
DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


def install() -> None:
    """Keep what is asked for, and finish deployments."""
    around(EC2ContainerServiceResponse, "create_service")(_create)
    around(EC2ContainerServiceResponse, "update_service")(_update)
    around(EC2ContainerServiceBackend, "list_services")(_list)


def _create(original: Any, self: EC2ContainerServiceResponse) -> ActionResult:
    backend = self.ecs_backend
    cluster = self._get_param("cluster", "default").split("/")[-1]
    existing = backend.services.get(f"{cluster}:{self._get_param('serviceName')}")
    if existing is not None and existing.status == "ACTIVE":
        raise Fault("InvalidParameterException", "Creation of service was not idempotent.")
    _check_targets(self)
    result: ActionResult = original(self)
    service: Service = result.result["service"]  # type: ignore[index]
    given = self._get_params()
    service.__dict__["enable_execute_command"] = False
    service.__dict__["enable_ecs_managed_tags"] = False
    service.__dict__["availability_zone_rebalancing"] = "DISABLED"
    service.__dict__["deployment_configuration"] = DEPLOYMENT
    service.__dict__["created_at"] = datetime.now(UTC)
    _keep(service, given)
    if given.get("capacityProviderStrategy"):
        service.launch_type = None
    if dataplane.current() is None:
        _deploy(service)
    else:
        service.deployments = []
        begin(service)
    return result


def _check_targets(self: EC2ContainerServiceResponse) -> None:
    """AWS refuses a target group without a load balancer, and an unknown one."""
    from moto.elbv2.models import elbv2_backends

    groups = elbv2_backends[self.current_account][self.region].target_groups
    for balancer in self._get_param("loadBalancers") or []:
        arn = balancer.get("targetGroupArn")
        if arn and arn not in groups:
            raise Fault("InvalidParameterException", f"The target group {arn} does not exist.")
        if arn and not groups[arn].load_balancer_arns:
            text = f"The target group with targetGroupArn {arn} does not have an associated"
            raise Fault("InvalidParameterException", f"{text} load balancer.")


def _update(original: Any, self: EC2ContainerServiceResponse) -> ActionResult:
    given = dict(self._get_params())
    backend = self.ecs_backend
    before = backend._get_service(given.get("cluster") or "default", given["service"])
    deployments, counts = list(before.deployments), (before.running_count, before.pending_count)
    result: ActionResult = original(self)
    service: Service = result.result["service"]  # type: ignore[index]
    if given.get("taskDefinition"):
        service.task_definition = backend.describe_task_definition(given["taskDefinition"]).arn
    _keep(service, given)
    if given.get("capacityProviderStrategy"):
        service.launch_type = None
    if dataplane.current() is None:
        _deploy(service)
        return result
    service.deployments = deployments
    service.running_count, service.pending_count = counts
    changed = deployments[0]["taskDefinition"] != service.task_definition
    if changed or given.get("forceNewDeployment"):
        begin(service)
    return result


def _keep(service: Service, given: dict[str, Any]) -> None:
    for name in KEPT:
        if given.get(name) is not None:
            service.__dict__[camelcase_to_underscores(name)] = given[name]
    # What a request leaves out of the deployment's configuration stays as it was.
    before = service.__dict__.get("kept_deployment_configuration", DEPLOYMENT)
    configuration = {**before, **service.__dict__["deployment_configuration"]}
    service.__dict__["deployment_configuration"] = configuration
    service.__dict__["kept_deployment_configuration"] = configuration
    for settings in (getattr(service, "network_configuration", None) or {}).values():
        settings.setdefault("assignPublicIp", "DISABLED")


def _deploy(service: Service) -> None:
    """One deployment, completed."""
    service.running_count = service.desired_count
    service.pending_count = 0
    first = service.deployments[0] if service.deployments else {}
    changed = first.get("taskDefinition") != service.task_definition
    same = {} if changed else {k: first[k] for k in ("id", "createdAt") if first.get(k)}
    made = {**primary(service, new_identifier()), **same}
    service.deployments = [
        {
            **made,
            "runningCount": service.desired_count,
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {made['id']} completed.",
        }
    ]


def _list(
    original: Any,
    self: EC2ContainerServiceBackend,
    cluster_str: str,
    scheduling_strategy: str | None = None,
    launch_type: str | None = None,
) -> list[str]:
    """AWS lists no inactive services."""
    arns: list[str] = original(self, cluster_str, scheduling_strategy, launch_type)
    active = {service.arn for service in self.services.values() if service.status == "ACTIVE"}
    return [arn for arn in arns if arn in active]
