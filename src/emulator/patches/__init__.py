"""What moto lacks: one module per gap, each with a test that fails without it."""

from __future__ import annotations

from types import ModuleType

from emulator import functions
from emulator.patches import (
    acm_validation,
    appautoscaling_tags,
    backup_plans,
    backup_selections,
    budgets_tags,
    cloudtrail_trails,
    cloudwatch_composites,
    ec2_flow_logs,
    ec2_peering_tags,
    ec2_rule_descriptions,
    ecr_scanning,
    ecs_cluster_settings,
    ecs_services,
    ecs_tasks,
    elasticache_parameter_groups,
    elasticache_replication_groups,
    elasticache_subnet_groups,
    elasticache_user_groups,
    elasticache_users,
    elbv2_scheme,
    elbv2_target_health,
    lambda_configuration,
    rds_instances,
    rds_parameters,
    rds_replicas,
    rds_restores,
    route53_health_checks,
    s3_bucket_policies,
    s3_replication,
    secretsmanager_current,
    twice_ec2,
    twice_services,
    xray_sampling,
)

PATCHES: tuple[ModuleType, ...] = (
    acm_validation,
    appautoscaling_tags,
    backup_plans,
    backup_selections,
    budgets_tags,
    cloudtrail_trails,
    cloudwatch_composites,
    ec2_flow_logs,
    ec2_peering_tags,
    ec2_rule_descriptions,
    ecr_scanning,
    ecs_cluster_settings,
    ecs_services,
    ecs_tasks,
    elasticache_parameter_groups,
    elasticache_replication_groups,
    elasticache_subnet_groups,
    elasticache_user_groups,
    elasticache_users,
    elbv2_scheme,
    elbv2_target_health,
    functions,
    lambda_configuration,
    rds_instances,
    rds_parameters,
    rds_replicas,
    rds_restores,
    route53_health_checks,
    secretsmanager_current,
    twice_ec2,
    twice_services,
    xray_sampling,
    s3_bucket_policies,
    s3_replication,
)


def install() -> None:
    """Close every gap; called once, before the first request."""
    for patch in PATCHES:
        patch.install()
