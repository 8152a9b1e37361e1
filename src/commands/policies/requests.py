"""What a recorded request asks of IAM: the action, and the resource as far as the request names it.

The Service Authorization Reference says which resources an action is checked against. Ids that AWS
makes up are not in the requests that make them: such a resource is None, and any will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands.policies import knowledge

_PREFIXES = {"elbv2": "elasticloadbalancing"}

#: Operations whose action has another name.
_ACTIONS = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "budgets:DeleteBudget": "budgets:ModifyBudget",
    "budgets:DeleteNotification": "budgets:ModifyBudget",
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "budgets:UpdateBudget": "budgets:ModifyBudget",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}

#: ARN's last part by service and parameter; the first parameter that a request has decides.
_RESOURCES = {
    "backup": {"BackupVaultName": "backup-vault:{}"},
    "budgets": {"BudgetName": "budget/{}", "ResourceARN": "{}"},
    "ecr": {"repositoryName": "repository/{}"},
    "ecs": {"service": "service/{cluster}/{}", "clusterName": "cluster/{}"},
    "elasticache": {
        "ReplicationGroupId": "replicationgroup:{}",
        "UserGroupId": "usergroup:{}",
        "UserId": "user:{}",
        "CacheSubnetGroupName": "subnetgroup:{}",
        "CacheParameterGroupName": "parametergroup:{}",
        "CacheClusterId": "cluster:{}",
    },
    "iam": {"RoleName": "role/{}"},
    "lambda": {"FunctionName": "function:{}"},
    "logs": {"logGroupName": "log-group:{}:*"},
    "rds": {
        "DBInstanceIdentifier": "db:{}",
        "DBParameterGroupName": "pg:{}",
        "DBSubnetGroupName": "subgrp:{}",
        "DBSnapshotIdentifier": "snapshot:{}",
    },
    "scheduler": {"Name": "schedule/default/{}"},
    "secretsmanager": {"SecretId": "secret:{}-AbCdEf", "Name": "secret:{}-AbCdEf"},
    "ssm": {"Name": "parameter{}"},
    "wafv2": {"WebACLArn": "{}", "ResourceArn": "{}", "Name": "regional/webacl/{}/id"},
}

#: Services whose ARNs have no region.
_WITHOUT_REGION = {"budgets", "iam"}


@dataclass(frozen=True)
class Asked:
    """One question to IAM."""

    action: str
    #: ``*`` where the action has no resource level, None where AWS makes the name up
    resource: str | None


def asked(request: Mapping[str, Any], account: str) -> Asked:
    """The question that a request of the emulator's record is."""
    prefix = _PREFIXES.get(request["service"], request["service"])
    named = f"{prefix}:{request['operation']}"
    action = _ACTIONS.get(named, named)
    if not knowledge.exists(action):
        raise ValueError(f"AWS has no action {action}")
    if not knowledge.resource_level(action):
        return Asked(action, "*")
    return Asked(action, _resource(prefix, request, account))


def _resource(prefix: str, request: Mapping[str, Any], account: str) -> str | None:
    parameters = request["parameters"]
    if prefix == "s3":
        key = parameters.get("Key")
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        return f"{bucket}/{key}" if key else bucket
    region = "" if prefix in _WITHOUT_REGION else request["region"]
    for parameter, form in _RESOURCES.get(prefix, {}).items():
        value = parameters.get(parameter)
        if not value:
            continue
        if str(value).startswith("arn:"):
            return str(value)
        cluster = str(parameters.get("cluster", "")).rpartition("/")[2]
        return f"arn:aws:{prefix}:{region}:{account}:" + form.format(value, cluster=cluster)
    return None
