"""Finds in AWS what a resource block stands for: one row per resource type.

A row is a function from a question (the block, its values, AWS clients of its region) to the
matches. Things with a name that is unique in their region are looked up by it, the rest by all of
their tags, of which `Name` is unique in the stack. Nothing is changed here.

Import ids are those of the provider's documentation, section "Import" of each resource.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from commands.synthesized import Resource, Values


@dataclass(frozen=True)
class Match:
    """Something that exists."""

    import_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What other blocks may refer to, as far as it follows from the lookup."""
    corrections: Mapping[str, str | None] = field(default_factory=dict)
    """Attributes that the provider records at a create, but not at an import."""


class Aws:
    """Clients by service and region, and complete listings, each fetched once."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        self._listings: dict[tuple[Any, ...], list[dict[str, Any]]] = {}

    def client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = boto3.client(service, region_name=region)
        return self._clients[key]

    def listing(
        self, service: str, region: str, operation: str, key: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        """All elements of a listing operation, page by page."""
        cached = (service, region, operation, *sorted(arguments.items()))
        if cached not in self._listings:
            client = self.client(service, region)
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate(**arguments)
            else:
                pages = [getattr(client, operation)(**arguments)]
            self._listings[cached] = [item for page in pages for item in page.get(key) or []]
        return self._listings[cached]


class Question:
    """One resource block, with everything needed to look for it."""

    def __init__(self, resource: Resource, values: Values, aws: Aws, account: str) -> None:
        self.resource = resource
        self.account = account
        self._values = values
        self._aws = aws

    def value(self, attribute: str) -> str:
        """An attribute; Unknown where it refers to something that is not known to exist."""
        found = self._values.of(self.resource, attribute)
        if found is None:
            raise Unknown(attribute)
        return found

    def optional(self, attribute: str) -> str | None:
        """An attribute, None where the block does not have it."""
        return self.value(attribute) if self.resource.attributes.get(attribute) else None

    def resolve(self, expression: str) -> str | None:
        """Any expression of the stack."""
        return self._values.resolve(expression)

    def client(self, service: str) -> Any:
        return self._aws.client(service, self.resource.region)

    def listing(
        self, service: str, operation: str, key: str, region: str = "", **arguments: Any
    ) -> list[dict[str, Any]]:
        where = region or self.resource.region
        return self._aws.listing(service, where, operation, key, **arguments)

    def has_all_tags(self, tags: Iterable[Mapping[str, str]] | Mapping[str, str] | None) -> bool:
        """Whether tags of AWS (a map, or a list of Key and Value) contain the block's own."""
        wanted = self.resource.tags
        if not isinstance(tags, Mapping):
            tags = {_either(tag, "Key"): _either(tag, "Value") for tag in tags or []}
        return "Name" in wanted and wanted.items() <= tags.items()


class Unknown(Exception):
    """An attribute is not known, so the resource cannot have been created."""


Finder = Callable[[Question], list[Match]]
FINDERS: dict[str, Finder] = {}

REPEATABLE: dict[str, str] = {
    "aws_acm_certificate_validation": "only waits",
    "aws_appautoscaling_policy": "PutScalingPolicy",
    "aws_appautoscaling_scheduled_action": "PutScheduledAction",
    "aws_appautoscaling_target": "RegisterScalableTarget",
    "aws_cloudwatch_dashboard": "PutDashboard",
    "aws_cloudwatch_event_rule": "PutRule",
    "aws_cloudwatch_event_target": "PutTargets",
    "aws_cloudwatch_metric_alarm": "PutMetricAlarm",
    "aws_cloudwatch_composite_alarm": "PutCompositeAlarm",
    "aws_cloudwatch_log_metric_filter": "PutMetricFilter",
    "aws_cloudwatch_log_resource_policy": "PutResourcePolicy",
    "aws_backup_vault_lock_configuration": "PutBackupVaultLockConfiguration",
    "aws_default_network_acl": "takes over what the VPC came with",
    "aws_default_route_table": "takes over what the VPC came with",
    "aws_default_security_group": "takes over what the VPC came with",
    "aws_ecr_lifecycle_policy": "PutLifecyclePolicy",
    "aws_ecr_registry_scanning_configuration": "PutRegistryScanningConfiguration",
    "aws_ecr_replication_configuration": "PutReplicationConfiguration",
    "aws_ecr_repository_policy": "SetRepositoryPolicy",
    "aws_ecs_cluster_capacity_providers": "PutClusterCapacityProviders",
    "aws_iam_role_policy": "PutRolePolicy",
    "aws_iam_role_policy_attachment": "AttachRolePolicy",
    "aws_kms_key_policy": "PutKeyPolicy",
    "aws_lambda_invocation": "the functions are made to be run again",
    "aws_s3_bucket_lifecycle_configuration": "PutBucketLifecycleConfiguration",
    "aws_s3_bucket_ownership_controls": "PutBucketOwnershipControls",
    "aws_s3_bucket_policy": "PutBucketPolicy",
    "aws_s3_bucket_public_access_block": "PutPublicAccessBlock",
    "aws_s3_bucket_replication_configuration": "PutBucketReplication",
    "aws_s3_bucket_server_side_encryption_configuration": "PutBucketEncryption",
    "aws_s3_bucket_versioning": "PutBucketVersioning",
    "aws_secretsmanager_secret_policy": "PutResourcePolicy",
    "aws_sns_topic_policy": "SetTopicAttributes",
    "aws_sns_topic_subscription": "Subscribe",
    "aws_vpc_peering_connection_accepter": "AcceptVpcPeeringConnection",
    "aws_vpc_peering_connection_options": "ModifyVpcPeeringConnectionOptions",
    "aws_wafv2_web_acl_association": "AssociateWebACL",
    "aws_wafv2_web_acl_logging_configuration": "PutLoggingConfiguration",
    "terraform_data": "not in AWS",
}
"""Types whose creation may simply run again, with the call that makes it so."""


def find(question: Question) -> list[Match]:
    """What exists of a block; nothing for types without a row."""
    finder = FINDERS.get(question.resource.type)
    if finder is None:
        return []
    try:
        return finder(question)
    except Unknown:
        return []


def finds(*kinds: str) -> Callable[[Finder], Finder]:
    """Registers a row."""

    def register(finder: Finder) -> Finder:
        for kind in kinds:
            FINDERS[kind] = finder
        return finder

    return register


def _either(tag: Mapping[str, str], key: str) -> str:
    """ECS and some others spell `key` and `value` in lower case."""
    return tag.get(key) or tag.get(key.lower()) or ""


def _one_if(call: Callable[[], Any], match: Callable[[Any], Match | None]) -> list[Match]:
    """The match of a lookup by name; none where AWS says that there is no such thing."""
    try:
        answer = call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if "NotFound" in code or code in (
            "NoSuchEntity",
            "404",
            "NoSuchBucket",
            "NoSuchHostedZone",
        ):
            return []
        raise
    found = match(answer)
    return [found] if found else []


# Looked up by name: type -> service, operation, its argument, the attribute with the name.
_NAMED: dict[str, tuple[str, str, str, str]] = {
    "aws_cloudtrail": ("cloudtrail", "get_trail", "Name", "name"),
    "aws_db_instance": ("rds", "describe_db_instances", "DBInstanceIdentifier", "identifier"),
    "aws_db_parameter_group": (
        "rds",
        "describe_db_parameter_groups",
        "DBParameterGroupName",
        "name",
    ),
    "aws_db_subnet_group": ("rds", "describe_db_subnet_groups", "DBSubnetGroupName", "name"),
    "aws_elasticache_parameter_group": (
        "elasticache",
        "describe_cache_parameter_groups",
        "CacheParameterGroupName",
        "name",
    ),
    "aws_elasticache_replication_group": (
        "elasticache",
        "describe_replication_groups",
        "ReplicationGroupId",
        "replication_group_id",
    ),
    "aws_elasticache_subnet_group": (
        "elasticache",
        "describe_cache_subnet_groups",
        "CacheSubnetGroupName",
        "name",
    ),
    "aws_elasticache_user": ("elasticache", "describe_users", "UserId", "user_id"),
    "aws_elasticache_user_group": (
        "elasticache",
        "describe_user_groups",
        "UserGroupId",
        "user_group_id",
    ),
    "aws_iam_role": ("iam", "get_role", "RoleName", "name"),
    "aws_lambda_function": ("lambda", "get_function", "FunctionName", "function_name"),
    "aws_s3_bucket": ("s3", "head_bucket", "Bucket", "bucket"),
}


@finds(*_NAMED)
def _named(question: Question) -> list[Match]:
    service, operation, argument, attribute = _NAMED[question.resource.type]
    name = question.value(attribute)
    call = getattr(question.client(service), operation)

    def match(answer: Mapping[str, Any]) -> Match | None:
        lists = [value for value in answer.values() if isinstance(value, list)]
        return None if lists and not any(lists) else Match(name, {"id": name})

    return _one_if(lambda: call(**{argument: name}), match)


# Looked up by tags: type -> operation of EC2, key of its answer, key of the id.
_TAGGED: dict[str, tuple[str, str, str]] = {
    "aws_eip": ("describe_addresses", "Addresses", "AllocationId"),
    "aws_flow_log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "aws_internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_nat_gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws_network_acl": ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "aws_route_table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_security_group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "aws_vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "aws_vpc_endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "aws_vpc_peering_connection": (
        "describe_vpc_peering_connections",
        "VpcPeeringConnections",
        "VpcPeeringConnectionId",
    ),
    "aws_vpc_security_group_egress_rule": (
        "describe_security_group_rules",
        "SecurityGroupRules",
        "SecurityGroupRuleId",
    ),
    "aws_vpc_security_group_ingress_rule": (
        "describe_security_group_rules",
        "SecurityGroupRules",
        "SecurityGroupRuleId",
    ),
}
_GONE = {"deleting", "deleted", "failed", "rejected", "expired"}


@finds(*_TAGGED)
def _tagged(question: Question) -> list[Match]:
    operation, key, identifier = _TAGGED[question.resource.type]
    return [
        Match(item[identifier], {"id": item[identifier]})
        for item in question.listing("ec2", operation, key)
        if question.has_all_tags(item.get("Tags")) and _state(item) not in _GONE
    ]


def _state(item: Mapping[str, Any]) -> str:
    """State of an EC2 resource; the key differs by kind."""
    status = item.get("Status")
    code = status.get("Code", "") if isinstance(status, Mapping) else ""
    return str(item.get("State") or code).lower()


@finds("aws_route")
def _route(question: Question) -> list[Match]:
    table = question.value("route_table_id")
    kinds = {
        "destination_cidr_block": "DestinationCidrBlock",
        "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
        "destination_prefix_list_id": "DestinationPrefixListId",
    }
    attribute = next(kind for kind in kinds if question.resource.attributes.get(kind))
    destination = question.value(attribute)
    for listed in question.listing("ec2", "describe_route_tables", "RouteTables"):
        routes = listed.get("Routes") or []
        if listed["RouteTableId"] == table and any(
            route.get(kinds[attribute]) == destination for route in routes
        ):
            return [Match(f"{table}_{destination}")]
    return []


@finds("aws_route_table_association")
def _route_table_association(question: Question) -> list[Match]:
    table, subnet = question.value("route_table_id"), question.value("subnet_id")
    for listed in question.listing("ec2", "describe_route_tables", "RouteTables"):
        for association in listed.get("Associations") or []:
            if listed["RouteTableId"] == table and association.get("SubnetId") == subnet:
                return [Match(f"{subnet}/{table}", {"id": association["RouteTableAssociationId"]})]
    return []


@finds("aws_ssm_parameter")
def _parameter(question: Question) -> list[Match]:
    """The provider imports `value` only, and leaves `insecure_value` null for ever if changes of it
    are ignored: whatever refers to it then fails.
    """
    name = question.value("name")
    call = question.client("ssm").get_parameter

    def match(answer: Mapping[str, Any]) -> Match:
        known = {"id": name}
        if "insecure_value" not in question.resource.attributes:
            return Match(name, known)
        current = {"insecure_value": answer["Parameter"]["Value"]}
        return Match(name, known | current, {**current, "value": None})

    return _one_if(lambda: call(Name=name), match)


@finds("aws_kms_key")
def _key(question: Question) -> list[Match]:
    client = question.client("kms")
    matches = []
    for key in question.listing("kms", "list_keys", "Keys"):
        try:
            tags = client.list_resource_tags(KeyId=key["KeyId"])["Tags"]
        except ClientError:
            continue  # A key of someone else, whose policy does not let us look.
        named = {tag["TagKey"]: tag["TagValue"] for tag in tags}
        if question.has_all_tags(named):
            metadata = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if metadata["KeyState"] != "PendingDeletion":
                known = {"id": key["KeyId"], "key_id": key["KeyId"], "arn": metadata["Arn"]}
                matches.append(Match(key["KeyId"], known))
    return matches


@finds("aws_kms_alias")
def _alias(question: Question) -> list[Match]:
    name = question.value("name")
    return [
        Match(name, {"id": name})
        for alias in question.listing("kms", "list_aliases", "Aliases")
        if alias["AliasName"] == name
    ]


@finds("aws_iam_policy")
def _policy(question: Question) -> list[Match]:
    path = question.optional("path") or "/"
    arn = f"arn:aws:iam::{question.account}:policy{path}{question.value('name')}"
    call = question.client("iam").get_policy
    return _one_if(lambda: call(PolicyArn=arn), lambda _: Match(arn, {"id": arn, "arn": arn}))


@finds("aws_iam_openid_connect_provider")
def _identity_provider(question: Question) -> list[Match]:
    host = question.value("url").removeprefix("https://")
    arn = f"arn:aws:iam::{question.account}:oidc-provider/{host}"
    call = question.client("iam").get_open_id_connect_provider
    return _one_if(
        lambda: call(OpenIDConnectProviderArn=arn), lambda _: Match(arn, {"id": arn, "arn": arn})
    )


@finds("aws_cloudwatch_log_group")
def _log_group(question: Question) -> list[Match]:
    name = question.value("name")
    groups = question.listing("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return [Match(name, {"id": name}) for group in groups if group["logGroupName"] == name]


@finds("aws_cloudwatch_query_definition")
def _query_definition(question: Question) -> list[Match]:
    name = question.value("name")
    found = question.listing(
        "logs", "describe_query_definitions", "queryDefinitions", queryDefinitionNamePrefix=name
    )
    arn = f"arn:aws:logs:{question.resource.region}:{question.account}:query-definition"
    return [
        Match(f"{arn}:{one['queryDefinitionId']}", {"id": one["queryDefinitionId"]})
        for one in found
        if one["name"] == name
    ]


@finds("aws_secretsmanager_secret")
def _secret(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("secretsmanager").describe_secret

    def match(answer: Mapping[str, Any]) -> Match | None:
        arn = answer["ARN"]
        return None if answer.get("DeletedDate") else Match(arn, {"id": arn, "arn": arn})

    return _one_if(lambda: call(SecretId=name), match)


@finds("aws_sns_topic")
def _topic(question: Question) -> list[Match]:
    arn = f"arn:aws:sns:{question.resource.region}:{question.account}:{question.value('name')}"
    call = question.client("sns").get_topic_attributes
    return _one_if(lambda: call(TopicArn=arn), lambda _: Match(arn, {"id": arn, "arn": arn}))


@finds("aws_chatbot_slack_channel_configuration")
def _slack_channel(question: Question) -> list[Match]:
    name = question.value("configuration_name")
    # The service is one for all regions, and has endpoints in four.
    listed = question.listing(
        "chatbot",
        "describe_slack_channel_configurations",
        "SlackChannelConfigurations",
        region="us-west-2",
    )
    arns = [one["ChatConfigurationArn"] for one in listed if one["ConfigurationName"] == name]
    return [Match(arn, {"chat_configuration_arn": arn}) for arn in arns]


@finds("aws_backup_vault")
def _backup_vault(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("backup").describe_backup_vault
    return _one_if(
        lambda: call(BackupVaultName=name),
        lambda answer: Match(name, {"id": name, "name": name, "arn": answer["BackupVaultArn"]}),
    )


@finds("aws_backup_plan")
def _backup_plan(question: Question) -> list[Match]:
    listed = question.listing("backup", "list_backup_plans", "BackupPlansList")
    name = question.value("name")
    return [
        Match(plan["BackupPlanId"], {"id": plan["BackupPlanId"]})
        for plan in listed
        if plan["BackupPlanName"] == name and "DeletionDate" not in plan
    ]


@finds("aws_backup_selection")
def _backup_selection(question: Question) -> list[Match]:
    plan, name = question.value("plan_id"), question.value("name")
    listed = question.listing(
        "backup", "list_backup_selections", "BackupSelectionsList", BackupPlanId=plan
    )
    return [
        Match(f"{plan}|{one['SelectionId']}", {"id": one["SelectionId"]})
        for one in listed
        if one["SelectionName"] == name
    ]


@finds("aws_budgets_budget")
def _budget(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("budgets").describe_budget
    key = f"{question.account}:{name}"
    return _one_if(
        lambda: call(AccountId=question.account, BudgetName=name), lambda _: Match(key, {"id": key})
    )


@finds("aws_scheduler_schedule")
def _schedule(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("scheduler").get_schedule
    return _one_if(
        lambda: call(Name=name), lambda _: Match(f"default/{name}", {"id": f"default/{name}"})
    )


@finds("aws_ecr_repository")
def _repository(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("ecr").describe_repositories
    return _one_if(lambda: call(repositoryNames=[name]), lambda _: Match(name, {"id": name}))


@finds("aws_ecs_cluster")
def _cluster(question: Question) -> list[Match]:
    name = question.value("name")
    clusters = question.client("ecs").describe_clusters(clusters=[name])["clusters"]
    return [
        Match(name, {"id": cluster["clusterArn"], "arn": cluster["clusterArn"]})
        for cluster in clusters
        if cluster["status"] == "ACTIVE"
    ]


@finds("aws_ecs_service")
def _service(question: Question) -> list[Match]:
    cluster, name = question.value("cluster").rpartition("/")[2], question.value("name")
    call = question.client("ecs").describe_services

    def match(answer: Mapping[str, Any]) -> Match | None:
        for service in answer["services"]:
            if service["status"] == "ACTIVE":
                return Match(f"{cluster}/{name}", {"id": service["serviceArn"]})
        return None

    return _one_if(lambda: call(cluster=cluster, services=[name]), match)


@finds("aws_ecs_task_definition")
def _task_definition(question: Question) -> list[Match]:
    """The newest revision of the family, if it was made for this block."""
    client = question.client("ecs")
    family = question.value("family")
    listed = client.list_task_definitions(familyPrefix=family, status="ACTIVE", sort="DESC")
    revisions = {}
    for arn in listed["taskDefinitionArns"]:
        name, _, revision = arn.rpartition("/")[2].rpartition(":")
        if name == family:
            revisions[int(revision)] = arn
    if not revisions:
        return []
    arn = revisions[max(revisions)]
    tags = client.describe_task_definition(taskDefinition=arn, include=["TAGS"]).get("tags")
    return [Match(arn, {"arn": arn})] if question.has_all_tags(tags) else []


@finds("aws_lb")
def _load_balancer(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("elbv2").describe_load_balancers

    def match(answer: Mapping[str, Any]) -> Match | None:
        for balancer in answer["LoadBalancers"]:
            arn = balancer["LoadBalancerArn"]
            return Match(arn, {"id": arn, "arn": arn})
        return None

    return _one_if(lambda: call(Names=[name]), match)


@finds("aws_wafv2_web_acl")
def _web_acl(question: Question) -> list[Match]:
    name = question.value("name")
    found = question.client("wafv2").list_web_acls(Scope="REGIONAL", Limit=100)["WebACLs"]
    return [
        Match(f"{one['Id']}/{name}/REGIONAL", {"id": one["Id"], "arn": one["ARN"]})
        for one in found
        if one["Name"] == name
    ]


@finds("aws_lb_target_group")
def _target_group(question: Question) -> list[Match]:
    name = question.value("name")
    call = question.client("elbv2").describe_target_groups

    def match(answer: Mapping[str, Any]) -> Match | None:
        for group in answer["TargetGroups"]:
            arn = group["TargetGroupArn"]
            return Match(arn, {"id": arn, "arn": arn})
        return None

    return _one_if(lambda: call(Names=[name]), match)


@finds("aws_lb_listener")
def _listener(question: Question) -> list[Match]:
    balancer, port = question.value("load_balancer_arn"), int(question.value("port"))
    listeners = question.listing(
        "elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer
    )
    return [
        Match(
            listener["ListenerArn"], {"id": listener["ListenerArn"], "arn": listener["ListenerArn"]}
        )
        for listener in listeners
        if listener["Port"] == port
    ]


@finds("aws_lb_listener_rule")
def _listener_rule(question: Question) -> list[Match]:
    listener, priority = question.value("listener_arn"), question.value("priority")
    rules = question.listing("elbv2", "describe_rules", "Rules", ListenerArn=listener)
    return [
        Match(rule["RuleArn"], {"id": rule["RuleArn"], "arn": rule["RuleArn"]})
        for rule in rules
        if rule["Priority"] == priority
    ]


@finds("aws_lambda_permission")
def _permission(question: Question) -> list[Match]:
    function = question.value("function_name").rpartition(":")[2]
    statement = question.value("statement_id")
    call = question.client("lambda").get_policy

    def match(answer: Mapping[str, Any]) -> Match | None:
        quoted = f'"{statement}"'
        return Match(f"{function}/{statement}") if quoted in answer["Policy"] else None

    return _one_if(lambda: call(FunctionName=function), match)


@finds("aws_route53_zone")
def _zone(question: Question) -> list[Match]:
    client = question.client("route53")
    matches = []
    for zone in question.listing("route53", "list_hosted_zones", "HostedZones"):
        identifier = zone["Id"].rpartition("/")[2]
        if zone["Name"].rstrip(".") == question.value("name"):
            tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=identifier)
            if question.has_all_tags(tags["ResourceTagSet"]["Tags"]):
                matches.append(Match(identifier, {"id": identifier, "zone_id": identifier}))
    return matches


@finds("aws_route53_health_check")
def _health_check(question: Question) -> list[Match]:
    client = question.client("route53")
    matches = []
    for check in question.listing("route53", "list_health_checks", "HealthChecks"):
        tags = client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])
        if question.has_all_tags(tags["ResourceTagSet"]["Tags"]):
            matches.append(Match(check["Id"], {"id": check["Id"]}))
    return matches


@finds("aws_route53_record")
def _record(question: Question) -> list[Match]:
    zone, kind = question.value("zone_id"), question.value("type")
    name = question.value("name").rstrip(".").lower()
    label = question.optional("set_identifier")
    records = question.listing(
        "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
    )
    parts = [zone, name, kind] + ([label] if label else [])
    return [
        Match("_".join(parts))
        for record in records
        if record["Name"].rstrip(".").lower() == name
        and record["Type"] == kind
        and record.get("SetIdentifier") == label
    ]


@finds("aws_acm_certificate")
def _certificate(question: Question) -> list[Match]:
    client = question.client("acm")
    domain = question.value("domain_name")
    matches = []
    for summary in question.listing("acm", "list_certificates", "CertificateSummaryList"):
        arn = summary["CertificateArn"]
        if summary["DomainName"] == domain and question.has_all_tags(
            client.list_tags_for_certificate(CertificateArn=arn)["Tags"]
        ):
            status = client.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
            if status in ("ISSUED", "PENDING_VALIDATION"):
                matches.append(Match(arn, {"id": arn, "arn": arn}))
    return matches


@finds("aws_service_discovery_private_dns_namespace")
def _namespace(question: Question) -> list[Match]:
    name, vpc = question.value("name"), question.value("vpc")
    client = question.client("servicediscovery")
    matches = []
    for namespace in question.listing("servicediscovery", "list_namespaces", "Namespaces"):
        tags = client.list_tags_for_resource(ResourceARN=namespace["Arn"])["Tags"]
        if namespace["Name"] == name and question.has_all_tags(tags):
            known = {"id": namespace["Id"], "arn": namespace["Arn"]}
            matches.append(Match(f"{namespace['Id']}:{vpc}", known))
    return matches


@finds("aws_service_discovery_service")
def _discovered(question: Question) -> list[Match]:
    client = question.client("servicediscovery")
    matches = []
    for service in question.listing("servicediscovery", "list_services", "Services"):
        tags = client.list_tags_for_resource(ResourceARN=service["Arn"])["Tags"]
        if service["Name"] == question.value("name") and question.has_all_tags(tags):
            matches.append(Match(service["Id"], {"id": service["Id"], "arn": service["Arn"]}))
    return matches


# What is still being made when a deploy is killed: type -> service, waiter, its argument.
_WAITERS: dict[str, tuple[str, str, str]] = {
    "aws_db_instance": ("rds", "db_instance_available", "DBInstanceIdentifier"),
    "aws_elasticache_replication_group": (
        "elasticache",
        "replication_group_available",
        "ReplicationGroupId",
    ),
    "aws_lb": ("elbv2", "load_balancer_available", "LoadBalancerArns"),
    "aws_nat_gateway": ("ec2", "nat_gateway_available", "NatGatewayIds"),
}


def wait_until_made(question: Question, match: Match) -> None:
    """Return once AWS has finished creating it; at once for most types."""
    if question.resource.type in _WAITERS:
        service, waiter, argument = _WAITERS[question.resource.type]
        value = [match.import_id] if argument.endswith("s") else match.import_id
        question.client(service).get_waiter(waiter).wait(**{argument: value})
