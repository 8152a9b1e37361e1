"""Everything that an account holds in a region, as (kind, name), except what AWS put there."""

from collections.abc import Callable, Iterator
from typing import Any

from emulators import Emulator

Found = tuple[str, str]

#: Kind, service, listing operation, key of the answer, and the name in an element.
LISTINGS = (
    ("NAT gateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("address", "ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("VPC", "ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("VPC endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("flow log", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("peering", "ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", "VpcId"),
    ("load balancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("web ACL", "wafv2", "list_web_acls", "WebACLs", "Name"),
    ("trail", "cloudtrail", "describe_trails", "trailList", "Name"),
    ("alarm", "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("composite alarm", "cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName"),
    ("event rule", "events", "list_rules", "Rules", "Name"),
    ("topic", "sns", "list_topics", "Topics", "TopicArn"),
    ("target group", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("database", "rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("database subnets", "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("database snapshot", "rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    (
        "automated database backups",
        "rds",
        "describe_db_instance_automated_backups",
        "DBInstanceAutomatedBackups",
        "DBInstanceIdentifier",
    ),
    (
        "cache",
        "elasticache",
        "describe_replication_groups",
        "ReplicationGroups",
        "ReplicationGroupId",
    ),
    ("cache users", "elasticache", "describe_user_groups", "UserGroups", "UserGroupId"),
    ("log group", "logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("saved query", "logs", "describe_query_definitions", "queryDefinitions", "name"),
    ("function", "lambda", "list_functions", "Functions", "FunctionName"),
    ("backup vault", "backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ("backup plan", "backup", "list_backup_plans", "BackupPlansList", "BackupPlanName"),
    ("schedule", "scheduler", "list_schedules", "Schedules", "Name"),
    ("parameter", "ssm", "describe_parameters", "Parameters", "Name"),
    ("dashboard", "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("certificate", "acm", "list_certificates", "CertificateSummaryList", "DomainName"),
    ("namespace", "servicediscovery", "list_namespaces", "Namespaces", "Name"),
    ("image repository", "ecr", "describe_repositories", "repositories", "repositoryName"),
    ("hosted zone", "route53", "list_hosted_zones", "HostedZones", "Name"),
    ("health check", "route53", "list_health_checks", "HealthChecks", "Id"),
    ("IAM role", "iam", "list_roles", "Roles", "RoleName"),
    ("bucket", "s3", "list_buckets", "Buckets", "Name"),
)

#: Kind and the further arguments of its listing.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "composite alarm": {"AlarmTypes": ["CompositeAlarm"]},
    "database snapshot": {"SnapshotType": "manual"},
    "web ACL": {"Scope": "REGIONAL"},
}


def everything(emulator: Emulator, region: str) -> set[Found]:
    """What exists, or is on its way out but still there."""
    found = {
        (kind, _name(thing, name))
        for kind, service, operation, key, name in LISTINGS
        for thing in emulator.pages(service, region, operation, key, **ARGUMENTS.get(kind, {}))
        if not _gone_or_default(thing)
    }
    for further in (_keys, _secrets, _clusters, _task_definitions, _parameter_groups, _budgets):
        found |= set(further(emulator, region))
    return found


def dns_records(emulator: Emulator) -> list[tuple[str, str]]:
    """Name and type of every record that is not of the zone itself."""
    found = []
    for zone in emulator.client("route53").list_hosted_zones()["HostedZones"]:
        if zone["Config"].get("PrivateZone"):
            continue
        found += [
            (record["Name"], record["Type"])
            for record in emulator.pages(
                "route53",
                "us-east-1",
                "list_resource_record_sets",
                "ResourceRecordSets",
                HostedZoneId=zone["Id"],
            )
            if record["Type"] not in ("NS", "SOA")
        ]
    return found


def _name(thing: Any, key: str) -> str:
    name = thing[key].rstrip(".")
    return name.rpartition(":")[2] if name.startswith("arn:") else name


def _gone_or_default(thing: Any) -> bool:
    """The default VPC with its subnets, what is deleted and still shown, AWS's own roles.

    Private zones belong to Cloud Map's namespaces, which are looked at themselves.
    """
    if not isinstance(thing, dict):
        return False
    default = thing.get("IsDefault") or thing.get("DefaultForAz")
    own_role = str(thing.get("Path", "")).startswith("/aws-service-role/")
    private_zone = isinstance(thing.get("Config"), dict) and thing["Config"].get("PrivateZone")
    return bool(default) or own_role or bool(private_zone) or thing.get("State") == "deleted"


def _keys(emulator: Emulator, region: str) -> Iterator[Found]:
    """A key goes by its alias, and by its Name tag once the alias is gone."""
    client = emulator.client("kms", region)
    aliases = {
        one["TargetKeyId"]: one["AliasName"]
        for one in emulator.pages("kms", region, "list_aliases", "Aliases")
        if one.get("TargetKeyId")
    }
    for key in emulator.pages("kms", region, "list_keys", "Keys"):
        identifier = key["KeyId"]
        if client.describe_key(KeyId=identifier)["KeyMetadata"]["KeyManager"] == "AWS":
            continue
        tags = client.list_resource_tags(KeyId=identifier)["Tags"]
        named = {tag["TagKey"]: tag["TagValue"] for tag in tags}
        name = aliases.get(identifier) or named.get("Name", identifier)
        if not name.startswith("alias/aws/"):
            yield "KMS key", name


def _secrets(emulator: Emulator, region: str) -> Iterator[Found]:
    for secret in emulator.pages(
        "secretsmanager", region, "list_secrets", "SecretList", IncludePlannedDeletion=True
    ):
        yield "secret", secret["Name"]


def _clusters(emulator: Emulator, region: str) -> Iterator[Found]:
    """A deleted cluster stays visible as inactive for a while."""
    client = emulator.client("ecs", region)
    arns = client.list_clusters()["clusterArns"]
    for cluster in client.describe_clusters(clusters=arns)["clusters"] if arns else []:
        if cluster["status"] != "INACTIVE":
            yield "cluster", cluster["clusterName"]


def _task_definitions(emulator: Emulator, region: str) -> Iterator[Found]:
    for status in ("ACTIVE", "INACTIVE"):
        for arn in emulator.pages(
            "ecs", region, "list_task_definitions", "taskDefinitionArns", status=status
        ):
            family = arn.rpartition("/")[2].rpartition(":")[0]
            yield f"{status.lower()} task definition", family


def _parameter_groups(emulator: Emulator, region: str) -> Iterator[Found]:
    """AWS's own begin with "default."."""
    listings: tuple[tuple[str, str, str, Callable[[Any], str]], ...] = (
        (
            "rds",
            "describe_db_parameter_groups",
            "DBParameterGroups",
            lambda one: one["DBParameterGroupName"],
        ),
        (
            "elasticache",
            "describe_cache_parameter_groups",
            "CacheParameterGroups",
            lambda one: one["CacheParameterGroupName"],
        ),
    )
    for service, operation, key, name in listings:
        for group in emulator.pages(service, region, operation, key):
            if not name(group).startswith("default."):
                yield f"{service} parameter group", name(group)


def _budgets(emulator: Emulator, region: str) -> Iterator[Found]:
    """An account has them, no region."""
    for budget in emulator.pages(
        "budgets", region, "describe_budgets", "Budgets", AccountId=emulator.account
    ):
        yield "budget", budget["BudgetName"]
