"""EC2: moto makes twice what AWS refuses to make twice.

Without these refusals a deploy that was killed and run again would quietly own two of a thing.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from emulator.patches.tools import Fault, around


def install() -> None:
    """Refuse second route table associations, endpoints and peerings."""
    around(EC2Backend, "associate_route_table")(_associate)
    around(EC2Backend, "create_vpc_endpoint")(_endpoint)
    around(EC2Backend, "create_vpc_peering_connection")(_peering)


def _associate(
    original: Any,
    self: EC2Backend,
    route_table_id: str,
    gateway_id: str | None = None,
    subnet_id: str | None = None,
) -> str:
    for table in self.route_tables.values():
        if subnet_id and subnet_id in table._associations.values() and table.id != route_table_id:
            raise Fault(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {route_table_id} conflicts with an "
                "existing association",
            )
    return str(original(self, route_table_id, gateway_id, subnet_id))


def _endpoint(
    original: Any,
    self: EC2Backend,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None,
    policy_document: str | None,
    route_table_ids: list[str],
    **more: Any,
) -> Any:
    siblings = [
        endpoint
        for endpoint in self.vpc_end_points.values()
        if (endpoint.vpc_id, endpoint.service_name) == (vpc_id, service_name)
        and endpoint.state != "deleted"
    ]
    if more.get("private_dns_enabled") and (endpoint_type or "").lower() == "interface":
        _check_dns(self, vpc_id, service_name, siblings)
    for endpoint in siblings:
        for table in set(route_table_ids or []) & set(endpoint.route_table_ids or []):
            text = f"route table {table} already has a route with destination-prefix-list-id"
            raise Fault("RouteAlreadyExists", text)
    return original(
        self, vpc_id, service_name, endpoint_type, policy_document, route_table_ids, **more
    )


def _check_dns(backend: EC2Backend, vpc_id: str, service: str, siblings: list[Any]) -> None:
    vpc = backend.get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise Fault(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc_id}",
        )
    if any(endpoint.private_dns_enabled for endpoint in siblings):
        raise Fault(
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain "
            f"for {service} in the VPC {vpc_id}",
        )


def _peering(original: Any, self: EC2Backend, vpc: Any, peer_vpc: Any, tags: Any = None) -> Any:
    """A pending request is answered with itself, an active connection with a refusal."""
    pair = {vpc.id, peer_vpc.id}
    for existing in self.vpc_pcxs.values():
        if {existing.vpc.id, existing.peer_vpc.id} != pair:
            continue
        if existing._status.code == "pending-acceptance":
            return existing
        if existing._status.code == "active":
            text = f"A VPC peering connection between {vpc.id} and {peer_vpc.id} exists."
            raise Fault("VpcPeeringConnectionAlreadyExists", text)
    return original(self, vpc, peer_vpc, tags)
