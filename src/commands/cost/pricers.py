"""What each type of resource costs: one pricer a type, and a table of those that cost nothing.

A pricer sees all resources of its type in one region of a stack. What it does not understand of
them it reports: a guess would be a wrong sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.cost import catalog
from commands.cost.amounts import HOURS, NOTHING, Amount
from commands.cost.options import Options
from commands.cost.prices import FILE, Prices, shown
from commands.cost.usage import Usage
from commands.synthesized import Resource, Stack

Resources = Sequence[Resource]

#: GiB that every task has without a price (AWS Fargate pricing).
TASK_STORAGE = 20
#: Metrics of Container Insights for a cluster, a service and a family of tasks: "Amazon ECS
#: Container Insights metrics" (CloudWatch User Guide), by dimension, without those of EC2 and EBS.
INSIGHTS = {"cluster": 13, "service": 15, "family": 10}
#: Groups of rules for which AWS takes a fee of its own.
PAID_GROUPS = re.compile(r"AWSManagedRules(BotControl|ATP|ACFP|AntiDDoS)")
_REFERENCE = re.compile(r"\$\{(?:data\.)?(aws_[a-z0-9_]+\.[A-Za-z0-9_-]+)")
_BUCKET = re.compile(r"(?:aws-waf-logs-)?superset-[a-z]+-([a-z]+)-\d{12}-[a-z0-9-]+")
_SOURCE = re.compile(r"arn:[a-z-]+:rds:([a-z0-9-]+):\d*:db:(.+)")


@dataclass(frozen=True)
class Line:
    """One kind of quantity of a service in a region, and its price."""

    service: str
    region: str
    item: str
    key: str
    quantity: Amount
    unit: str
    usd: float
    basis: str

    @property
    def cost(self) -> Amount:
        """USD a month."""
        return self.quantity * self.usd


class Bill:
    """Collects the lines of an environment, and what stands in the way of one."""

    def __init__(
        self, stacks: Sequence[Stack], prices: Prices, usage: Usage, options: Options
    ) -> None:
        self.stacks = stacks
        self.prices = prices
        self.usage = usage
        self.options = options
        self.lines: list[Line] = []
        self.problems: list[str] = []
        self.needed: set[tuple[str, str]] = set()
        self._spent: set[tuple[str, str]] = set()

    def add(self, service: str, region: str, item: str, key: str, quantity: Amount) -> None:
        """A quantity at a price of the table."""
        region = catalog.home(key, region)
        self.needed.add((key, region))
        price = self.prices.find(key, region)
        if price is None:
            known = catalog.entry(key)
            self.problems.append(
                f"{key} has no price in {region}; run make prices REGION={region}, or add the line "
                f"to {shown(FILE)} from {known.source}"
            )
            return
        self.lines.append(
            Line(service, region, item, key, quantity, price.unit, price.usd, price.basis)
        )

    def traffic(self, key: str, region: str, resource: Resource) -> Amount:
        """What the usage file has for a region; a missing one is reported."""
        amount = self.usage.amount(key, region)
        if amount is None:
            self.problems.append(f"{resource.address} costs by {key}: add it to {self.usage.file}")
        return amount or NOTHING

    def once(self, key: str, region: str, resource: Resource) -> Amount:
        """The same for the first who asks for it: a region's GB are paid once."""
        first = (key, region) not in self._spent
        self._spent.add((key, region))
        return self.traffic(key, region, resource) if first else NOTHING

    def unknown(self, resource: Resource, what: str) -> None:
        """Something about a resource that has a price and no pricer knows."""
        self.problems.append(f"{resource.address}: {what} is not priced: add it to pricers.py")


Pricer = Callable[[Bill, Resources, Stack], None]


def referred(value: Any) -> str | None:
    """Address of the resource that an expression refers to."""
    found = _REFERENCE.search(str(value))
    return found[1] if found else None


# --- Containers ---


def services(bill: Bill, found: Resources, stack: Stack) -> None:
    scaled = {}
    for target in stack.of("aws_appautoscaling_target"):
        for address in _REFERENCE.findall(str(target.attributes.get("resource_id"))):
            scaled[address] = target.attributes
    definitions = {one.address: one for one in stack.of("aws_ecs_task_definition")}
    for service in found:
        name = str(service.attributes["name"])
        definition = definitions.get(referred(service.attributes.get("task_definition")) or "")
        if definition is None:
            bill.unknown(service, "a task definition of another stack")
            continue
        low = high = int(service.attributes.get("desired_count", 1))
        at_max = NOTHING
        running = bill.options.service_hours
        if target := scaled.get(service.address):
            low, high = int(target["min_capacity"]), int(target["max_capacity"])
            key = f"{name.removeprefix('superset-')}_hours_at_max"
            at_max = bill.traffic(key, service.region, service).at_most(running)
        strategy = service.attributes.get("capacity_provider_strategy") or []

        kept_low, kept_high = (on_demand(n, strategy, bill.options.spot) for n in (low, high))
        always = kept_low if bill.options.savings_plan else 0
        task_hours(bill, definition, name, "savings-plan", Amount.of(always * running))
        kept = Amount.of((kept_low - always) * running) + at_max * (kept_high - kept_low)
        task_hours(bill, definition, name, "on-demand", kept)
        every = Amount.of((low - always) * running) + at_max * (high - low)
        task_hours(bill, definition, name, "spot", every - kept)


def on_demand(tasks: int, strategy: Sequence[Mapping[str, Any]], spot: bool) -> float:
    """How many of a service's tasks ECS keeps off Spot: the bases first, the rest by weight."""
    if not spot or not strategy:
        return tasks
    kept, placed = 0.0, 0
    for one in strategy:
        base = min(int(one.get("base") or 0), tasks - placed)
        placed += base
        kept += base if one["capacity_provider"] == "FARGATE" else 0
    weights = {one["capacity_provider"]: int(one.get("weight") or 0) for one in strategy}
    return kept + (tasks - placed) * weights.get("FARGATE", 0) / (sum(weights.values()) or 1)


def task_hours(bill: Bill, definition: Resource, name: str, term: str, hours: Amount) -> None:
    """vCPU and memory of some hours of a task."""
    if not any(hours.figures):
        return
    attributes = definition.attributes
    platform = _block(attributes.get("runtime_platform"))
    chip = "arm" if platform.get("cpu_architecture") == "ARM64" else "x86"
    if platform.get("operating_system_family", "LINUX") != "LINUX":
        bill.unknown(definition, "Windows")
    storage = _block(attributes.get("ephemeral_storage")).get("size_in_gib", TASK_STORAGE)
    if storage > TASK_STORAGE:
        bill.unknown(definition, f"ephemeral storage beyond {TASK_STORAGE} GiB")
    for part, size in (("vcpu", "cpu"), ("gb", "memory")):
        bill.add(
            *("ECS Fargate", definition.region, f"{name}, {term.replace('-', ' ')}"),
            f"fargate.{chip}.{part}.{term}",
            hours * (int(attributes[size]) / 1024),
        )


def definitions(bill: Bill, found: Resources, stack: Stack) -> None:
    traced = [one for one in found if "awsxray" in str(one.attributes.get("container_definitions"))]
    if traced:
        million = bill.once("traces_million", traced[0].region, traced[0])
        bill.add("X-Ray", traced[0].region, "traces recorded", "xray.traces", million)
    kept = {referred(one.attributes["task_definition"]) for one in stack.of("aws_ecs_service")}
    single = [one for one in found if one.address not in kept]
    for definition in single:
        hours = bill.once("one_off_task_hours", definition.region, definition)
        task_hours(bill, definition, str(definition.attributes["family"]), "on-demand", hours)


def clusters(bill: Bill, found: Resources, stack: Stack) -> None:
    for cluster in found:
        for setting in _blocks(cluster.attributes.get("setting")):
            if setting["name"] != "containerInsights" or setting["value"] == "disabled":
                continue
            if setting["value"] != "enabled":
                bill.unknown(cluster, f"Container Insights {setting['value']}")
                continue
            number = len(stack.of("aws_ecs_service"))
            metrics = INSIGHTS["cluster"] + number * (INSIGHTS["service"] + INSIGHTS["family"])
            bill.add(
                *("CloudWatch", cluster.region, "metrics of Container Insights", "metric"),
                Amount.of(metrics),
            )


# --- Data ---


def databases(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for database in found:
        attributes = database.attributes
        source = database
        while arn := _SOURCE.fullmatch(str(source.attributes.get("replicate_source_db", ""))):
            named = [
                one
                for other in bill.stacks
                for one in other.of("aws_db_instance")
                if (one.region, one.attributes.get("identifier")) == arn.groups()
            ]
            if not named:
                bill.unknown(database, f"a replica of {arn[0]}, which is in no stack here,")
                return
            source = named[0]
        if source.attributes.get("engine") != "postgres":
            bill.unknown(database, f"engine {source.attributes.get('engine')}")
        if attributes.get("storage_type") != "gp3":
            bill.unknown(database, f"storage type {attributes.get('storage_type')}")
        for extra in ("iops", "storage_throughput", "dedicated_log_volume"):
            if attributes.get(extra):
                bill.unknown(database, extra)
        if attributes.get("performance_insights_retention_period", 7) != 7:
            bill.unknown(database, "Performance Insights for more than 7 days")
        if attributes.get("database_insights_mode", "standard") != "standard":
            bill.unknown(database, f"Database Insights {attributes['database_insights_mode']}")
        zones = "multi-az" if attributes.get("multi_az") else "single-az"
        term = "reserved" if bill.options.reserved else "on-demand"
        kind = attributes["instance_class"]
        bill.add(
            *("RDS", database.region, f"{kind}, {zones}, {term.replace('-', ' ')}"),
            f"rds.postgres.{kind}.{zones}.{term}",
            Amount.of(bill.options.database_hours),
        )
        allocated = float(source.attributes["allocated_storage"])
        bound = float(attributes.get("max_allocated_storage") or allocated)
        grown = bill.traffic("database_gb", database.region, database)
        bill.add(
            *("RDS", database.region, f"gp3 storage, {zones}", f"rds.gp3.{zones}"),
            grown.at_most(bound).at_least(allocated),
        )


def caches(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for group in found:
        attributes = group.attributes
        engine = attributes.get("engine", "redis")
        if engine not in ("redis", "valkey"):
            bill.unknown(group, f"engine {engine}")
            continue
        for extra in ("num_node_groups", "data_tiering_enabled", "global_replication_group_id"):
            if attributes.get(extra):
                bill.unknown(group, extra)
        # One snapshot of a group has no price (Amazon ElastiCache pricing).
        if int(attributes.get("snapshot_retention_limit") or 0) > 1:
            bill.unknown(group, "snapshot_retention_limit beyond 1")
        term = "reserved" if bill.options.reserved else "on-demand"
        kind = attributes["node_type"]
        nodes = int(attributes["num_cache_clusters"])
        bill.add(
            *("ElastiCache", group.region, f"{kind}, {term.replace('-', ' ')}"),
            f"elasticache.{engine}.{kind}.{term}",
            Amount.of(nodes * HOURS),
        )


def buckets(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for bucket in found:
        named = _BUCKET.fullmatch(str(bucket.attributes.get("bucket")))
        if not named:
            bill.unknown(bucket, "a bucket whose name does not say its purpose")
            continue
        gigabytes = bill.once(f"{named[1]}_bucket_gb", bucket.region, bucket)
        bill.add("S3", bucket.region, f"bucket {named[1]}", "s3.gb", gigabytes)
        requests = bill.once("s3_requests_thousand", bucket.region, bucket)
        if any(requests.figures):
            bill.add("S3", bucket.region, "objects written", "s3.requests", requests)


def _per_gb(service: str, item: str, key: str, usage: str) -> Pricer:
    """A type of which a region's GB (or requests) count, and not how many there are."""

    def pricer(bill: Bill, found: Resources, stack: Stack) -> None:
        del stack
        region = found[0].region
        bill.add(service, region, item, key, bill.once(usage, region, found[0]))

    return pricer


def backup_plans(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for plan in found:
        copied = any(rule.get("copy_action") for rule in _blocks(plan.attributes.get("rule")))
        if copied:
            gigabytes = bill.once("backup_copy_gb", plan.region, plan)
            bill.add("Backup", plan.region, "copies sent", "transfer.region", gigabytes)


# --- Network ---


def nat_gateways(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    region = found[0].region
    bill.add("NAT gateways", region, "hours", "nat.hour", Amount.of(len(found) * HOURS))
    bill.add("NAT gateways", region, "GB", "nat.gb", bill.once("nat_gb", region, found[0]))


def addresses(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    bill.add(
        *("Public IPv4", found[0].region, "NAT gateways", "ipv4.hour"),
        Amount.of(len(found) * HOURS),
    )


def load_balancers(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for balancer in found:
        region, attributes = balancer.region, balancer.attributes
        if attributes.get("load_balancer_type", "application") != "application":
            bill.unknown(balancer, f"type {attributes['load_balancer_type']}")
            continue
        bill.add("Load balancer", region, "hours", "alb.hour", Amount.of(HOURS))
        units = bill.once("load_balancer_lcus", region, balancer)
        bill.add("Load balancer", region, "capacity units", "alb.lcu", units * HOURS)
        if not attributes.get("internal"):
            zones = len(attributes["subnets"])
            bill.add(
                *("Public IPv4", region, "load balancer", "ipv4.hour"), Amount.of(zones * HOURS)
            )


def networks(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    one = found[0]
    for item, key, usage, sides in (
        ("to the internet", "transfer.internet", "internet_gb", 1),
        ("to other regions", "transfer.region", "other_regions_gb", 1),
        ("between zones", "transfer.zone", "zone_gb", 2),
    ):
        gigabytes = bill.once(usage, one.region, one)
        bill.add("Data transfer", one.region, item, key, gigabytes * sides)


def endpoints(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    # Gateway endpoints (S3, DynamoDB) have no price (AWS PrivateLink pricing).
    priced = [one for one in found if one.attributes.get("vpc_endpoint_type") != "Gateway"]
    for one in priced:
        if one.attributes.get("vpc_endpoint_type") != "Interface":
            bill.unknown(one, f"type {one.attributes.get('vpc_endpoint_type')}")
    if priced:
        region = priced[0].region
        zones = sum(len(one.attributes["subnet_ids"]) for one in priced)
        bill.add("VPC endpoints", region, "hours", "endpoint.hour", Amount.of(zones * HOURS))
        gigabytes = bill.once("endpoint_gb", region, priced[0])
        bill.add("VPC endpoints", region, "GB", "endpoint.gb", gigabytes)


def flow_logs(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for log in found:
        if log.attributes.get("log_destination_type") != "s3":
            bill.unknown(log, "a destination other than S3")
            continue
        gigabytes = bill.once("flow_log_gb", log.region, log)
        bill.add("CloudWatch", log.region, "flow logs to S3", "logs.to-s3", gigabytes)
        options = _block(log.attributes.get("destination_options"))
        if options.get("file_format") == "parquet":
            bill.add("CloudWatch", log.region, "flow logs as Parquet", "logs.parquet", gigabytes)


# --- DNS ---


def zones(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    bill.add("Route 53", catalog.GLOBAL, "hosted zones", "route53.zone", Amount.of(len(found)))


def health_checks(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    features = 0
    for check in found:
        attributes = check.attributes
        kind = str(attributes["type"])
        features += kind.startswith("HTTPS") + kind.endswith("STR_MATCH")
        features += attributes.get("request_interval") == 10
        features += bool(attributes.get("measure_latency"))
    bill.add("Route 53", catalog.GLOBAL, "health checks", "route53.check", Amount.of(len(found)))
    if features:
        bill.add(
            *("Route 53", catalog.GLOBAL, "HTTPS, fast interval", "route53.check.feature"),
            Amount.of(features),
        )


# --- Logs, metrics, alarms ---


def log_groups(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    by_usage: dict[str, list[Resource]] = {}
    for group in found:
        name = str(group.attributes["name"])
        if group.attributes.get("log_group_class", "STANDARD") != "STANDARD":
            bill.unknown(group, f"class {group.attributes['log_group_class']}")
        usage = "waf_log_gb" if name.startswith("aws-waf-logs-") else "log_gb"
        usage = "trail_log_gb" if name.endswith("-trail") else usage
        by_usage.setdefault(usage, []).append(group)
    for usage, groups in by_usage.items():
        region = groups[0].region
        what = {"waf_log_gb": "logs of WAF", "trail_log_gb": "logs of CloudTrail"}.get(
            usage, "logs"
        )
        gigabytes = bill.once(usage, region, groups[0])
        days = [int(group.attributes.get("retention_in_days") or 0) for group in groups]
        if 0 in days:
            bill.unknown(groups[days.index(0)], "a log group that keeps lines for ever")
        months = max(days) / (HOURS / 24)
        bill.add("CloudWatch", region, f"{what}, written", "logs.ingested", gigabytes)
        bill.add("CloudWatch", region, f"{what}, kept", "logs.stored", gigabytes * months)
    region = found[0].region
    own = bill.usage.amount("custom_metrics", region)
    if own and any(own.figures):
        metrics = bill.once("custom_metrics", region, found[0])
        bill.add("CloudWatch", region, "metrics of tasks and functions", "metric", metrics)


def metric_filters(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    bill.add(
        *("CloudWatch", found[0].region, "metrics of filters", "metric"), Amount.of(len(found))
    )


def alarms(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    metrics = {"alarm": 0, "alarm.high-resolution": 0}
    for alarm in found:
        attributes = alarm.attributes
        queries = _blocks(attributes.get("metric_query"))
        if attributes.get("threshold_metric_id"):
            bill.unknown(alarm, "anomaly detection")
        if any("SELECT" in str(q.get("expression")) for q in queries):
            bill.unknown(alarm, "a query of Metrics Insights")
        parts = [_block(query["metric"]) for query in queries if query.get("metric")]
        periods = [part.get("period", 60) for part in parts] or [attributes.get("period", 60)]
        kind = "alarm.high-resolution" if min(periods) < 60 else "alarm"
        metrics[kind] += len(periods)
    for kind, number in metrics.items():
        if number:
            bill.add("CloudWatch", found[0].region, "alarms", kind, Amount.of(number))


def _each(service: str, item: str, key: str) -> Pricer:
    """A type of which each one has the same price."""

    def pricer(bill: Bill, found: Resources, stack: Stack) -> None:
        del stack
        bill.add(service, found[0].region, item, key, Amount.of(len(found)))

    return pricer


def topics(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for subscription in found:
        protocol = subscription.attributes["protocol"]
        if protocol == "email":
            region = subscription.region
            mails = bill.once("alarm_mails_thousand", region, subscription)
            bill.add("SNS", region, "mails", "sns.mail", mails)
        elif protocol not in ("lambda", "sqs", "firehose"):
            bill.unknown(subscription, f"protocol {protocol}")


# --- Security ---


def keys(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    region = found[0].region
    number, turned = len(found), sum(bool(k.attributes.get("enable_key_rotation")) for k in found)
    # Each of the first two yearly rotations adds a key's price (AWS KMS pricing): no rotation yet,
    # one, and from the third year two.
    bill.add(
        *("KMS", region, "keys, rotated", "kms.key"),
        Amount(number, number + turned, number + 2 * turned),
    )
    requests = bill.once("kms_requests_thousand", region, found[0])
    bill.add("KMS", region, "requests", "kms.requests", requests)


def secrets(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    region = found[0].region
    bill.add("Secrets Manager", region, "secrets", "secret", Amount.of(len(found)))
    requests = bill.once("secret_requests_thousand", region, found[0])
    bill.add("Secrets Manager", region, "requests", "secret.requests", requests)


def web_acls(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for acl in found:
        rules = _blocks(acl.attributes.get("rule"))
        for rule in rules:
            group = _block(_block(rule.get("statement")).get("managed_rule_group_statement"))
            if group and (group["vendor_name"] != "AWS" or PAID_GROUPS.match(group["name"])):
                bill.unknown(acl, f"the fee of {group['vendor_name']} {group['name']}")
        bill.add("WAF", acl.region, "web ACL", "waf.acl", Amount.of(1))
        bill.add("WAF", acl.region, "rules", "waf.rule", Amount.of(len(rules)))
        requests = bill.once("waf_requests_million", acl.region, acl)
        bill.add("WAF", acl.region, "requests", "waf.requests", requests)


def trails(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    # An account's first copy of management events has no price (AWS CloudTrail pricing).
    for trail in found[1:]:
        bill.unknown(trail, "a second trail")
    for extra in ("event_selector", "advanced_event_selector", "insight_selector"):
        if found[0].attributes.get(extra):
            bill.unknown(found[0], extra)


def functions(bill: Bill, found: Resources, stack: Stack) -> None:
    del stack
    for function in found:
        if function.attributes.get("architectures") != ["arm64"]:
            bill.unknown(function, "an architecture other than arm64")
    region = found[0].region
    seconds = bill.once("lambda_gb_seconds", region, found[0])
    bill.add("Lambda", region, "GB-seconds", "lambda.arm", seconds)


def _block(value: Any) -> Mapping[str, Any]:
    """A nested block, which the JSON has as itself or in a list."""
    if isinstance(value, list):
        return value[0] if value else {}
    return value or {}


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else [value] if value else []


PRICERS: dict[str, Pricer] = {
    "aws_backup_plan": backup_plans,
    "aws_backup_vault": _per_gb("Backup", "backups of RDS", "backup.rds", "backup_gb"),
    "aws_cloudtrail": trails,
    "aws_cloudwatch_composite_alarm": _each("CloudWatch", "composite alarms", "alarm.composite"),
    "aws_cloudwatch_dashboard": _each("CloudWatch", "dashboards", "dashboard"),
    "aws_cloudwatch_log_group": log_groups,
    "aws_cloudwatch_log_metric_filter": metric_filters,
    "aws_cloudwatch_metric_alarm": alarms,
    "aws_db_instance": databases,
    "aws_ecr_repository": _per_gb("ECR", "images", "ecr.gb", "image_gb"),
    "aws_ecs_cluster": clusters,
    "aws_ecs_service": services,
    "aws_ecs_task_definition": definitions,
    "aws_eip": addresses,
    "aws_elasticache_replication_group": caches,
    "aws_flow_log": flow_logs,
    "aws_kms_key": keys,
    "aws_lambda_function": functions,
    "aws_lb": load_balancers,
    "aws_nat_gateway": nat_gateways,
    "aws_route53_health_check": health_checks,
    "aws_route53_zone": zones,
    "aws_s3_bucket": buckets,
    "aws_secretsmanager_secret": secrets,
    "aws_service_discovery_private_dns_namespace": zones,
    "aws_sns_topic_subscription": topics,
    "aws_vpc": networks,
    "aws_vpc_endpoint": endpoints,
    "aws_wafv2_web_acl": web_acls,
}

#: Types that have no price of their own: part of another resource's, or free.
FREE = {
    **dict.fromkeys(
        (
            "aws_appautoscaling_policy",
            "aws_appautoscaling_scheduled_action",
            "aws_appautoscaling_target",
            "aws_backup_selection",
            "aws_backup_vault_lock_configuration",
            "aws_cloudwatch_event_target",
            "aws_cloudwatch_log_resource_policy",
            "aws_db_parameter_group",
            "aws_db_subnet_group",
            "aws_ecr_lifecycle_policy",
            "aws_ecs_cluster_capacity_providers",
            "aws_elasticache_parameter_group",
            "aws_elasticache_subnet_group",
            "aws_elasticache_user",
            "aws_elasticache_user_group",
            "aws_kms_alias",
            "aws_lb_listener",
            "aws_lb_listener_rule",
            "aws_lb_target_group",
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
            "aws_sns_topic_policy",
            "aws_wafv2_web_acl_association",
        ),
        "a setting of another resource",
    ),
    **dict.fromkeys(
        (
            "aws_default_network_acl",
            "aws_default_route_table",
            "aws_default_security_group",
            "aws_internet_gateway",
            "aws_network_acl",
            "aws_route",
            "aws_route_table",
            "aws_route_table_association",
            "aws_security_group",
            "aws_subnet",
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_ingress_rule",
        ),
        "parts of a VPC are free",
    ),
    **dict.fromkeys(
        (
            "aws_iam_openid_connect_provider",
            "aws_iam_policy",
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_iam_role_policy_attachment",
        ),
        "IAM is free",
    ),
    **dict.fromkeys(
        (
            "aws_vpc_peering_connection",
            "aws_vpc_peering_connection_accepter",
            "aws_vpc_peering_connection_options",
        ),
        "what crosses a link is in other_regions_gb",
    ),
    "aws_acm_certificate": "public certificates are free",
    "aws_acm_certificate_validation": "no resource of AWS",
    "aws_chatbot_slack_channel_configuration": "free: what it hears is priced with the alarms",
    "aws_cloudwatch_query_definition": "a query is paid for when it is asked, by what it reads",
    "aws_cloudwatch_event_rule": "events of AWS's own services are free",
    "aws_lambda_invocation": "a deploy calls some functions: fractions of a cent",
    "aws_route53_record": "queries of aliases to load balancers are free; others are few",
    "aws_s3_bucket_replication_configuration": "what it sends is in other_regions_gb",
    "aws_budgets_budget": "budgets without actions are free",
    "aws_scheduler_schedule": "14 million calls a month are free; tasks are in one_off_task_hours",
    "aws_service_discovery_service": "ECS registers tasks without a price",
    "aws_sns_topic": "its mails are priced",
    "aws_ssm_parameter": "standard parameters are free",
    "aws_wafv2_web_acl_logging_configuration": "the log group is priced",
    "terraform_data": "no resource of AWS",
}
