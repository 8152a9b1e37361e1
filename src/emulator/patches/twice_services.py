"""Cloud Map, ECS, Lambda, RDS and Route 53: moto makes twice what AWS makes once.

It also deletes what is in use: clusters with services, subnet groups with instances.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.policy import Policy
from moto.core.exceptions import JsonRESTError
from moto.ecs.models import Cluster, EC2ContainerServiceBackend
from moto.rds.models import RDSBackend
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import Route53Backend
from moto.servicediscovery.models import ServiceDiscoveryBackend

from emulator.patches.tools import Fault, around


def install() -> None:
    """Refuse, or answer with what exists, as AWS does."""
    around(ServiceDiscoveryBackend, "create_service")(_discovery_service)
    around(EC2ContainerServiceBackend, "create_cluster")(_cluster)
    around(EC2ContainerServiceBackend, "delete_cluster")(_delete_cluster)
    around(Policy, "add_statement")(_permission)
    around(RDSBackend, "create_subnet_group")(_subnet_group)
    around(RDSBackend, "delete_subnet_group")(_delete_subnet_group)
    around(Route53Backend, "create_hosted_zone")(_zone)


def _discovery_service(
    original: Any, self: ServiceDiscoveryBackend, name: str, namespace_id: str, **more: Any
) -> Any:
    for service in self.services.values():
        if (service.name, service.namespace_id) == (name, namespace_id):
            raise JsonRESTError("ServiceAlreadyExists", f"Service {name} already exists.")
    return original(self, name=name, namespace_id=namespace_id, **more)


def _cluster(
    original: Any, self: EC2ContainerServiceBackend, cluster_name: str, *args: Any, **kwargs: Any
) -> Cluster:
    existing = self.clusters.get(cluster_name)
    if existing is not None and existing.status == "ACTIVE":
        return existing
    created: Cluster = original(self, cluster_name, *args, **kwargs)
    return created


def _delete_cluster(original: Any, self: EC2ContainerServiceBackend, cluster_str: str) -> Cluster:
    cluster = self._get_cluster(cluster_str)
    active = [
        service
        for service in self.services.values()
        if service.cluster_name == cluster.name and service.status == "ACTIVE"
    ]
    if active:
        raise Fault(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    deleted: Cluster = original(self, cluster_str)
    return deleted


def _permission(original: Any, self: Policy, raw: str, qualifier: str | None = None) -> Any:
    statement = json.loads(raw)["StatementId"]
    if statement in [existing.get("Sid") for existing in self.statements]:
        text = f"The statement id ({statement}) provided already exists."
        raise Fault("ResourceConflictException", text)
    return original(self, raw, qualifier)


def _subnet_group(
    original: Any, self: RDSBackend, subnet_name: str, description: str, subnets: Any, tags: Any
) -> Any:
    if subnet_name.lower() in {name.lower() for name in self.subnet_groups}:
        text = f"The DB subnet group '{subnet_name}' already exists."
        raise Fault("DBSubnetGroupAlreadyExists", text)
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise Fault(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement: "
            "at least two zones.",
        )
    return original(self, subnet_name, description, subnets, tags)


def _delete_subnet_group(original: Any, self: RDSBackend, subnet_name: str) -> Any:
    for name, instance in self.databases.items():
        group = getattr(instance, "db_subnet_group", None)
        if group is not None and group.name == subnet_name:
            raise Fault(
                "InvalidDBSubnetGroupStateFault",
                f"Cannot delete the subnet group '{subnet_name}' because at least one database "
                f"instance: {name} is still using it.",
            )
    return original(self, subnet_name)


def _zone(original: Any, self: Route53Backend, name: str, *args: Any, **kwargs: Any) -> Any:
    reference = kwargs.get("caller_reference")
    if reference and reference in [zone.caller_reference for zone in self.zones.values()]:
        text = "A hosted zone has already been created with the specified caller reference."
        raise Route53ClientError("HostedZoneAlreadyExists", text)
    return original(self, name, *args, **kwargs)
