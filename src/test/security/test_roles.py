"""Each role can do what its service does, and none of what would hurt, by evaluation."""

from collections.abc import Mapping
from typing import Any

import pytest

from commands.policies import simulation
from commands.policies.documents import Stack, stacks
from emulator.dataplane.permissions import like

STACKS = {stack.name: stack for stack in stacks()}
EAST = STACKS["superset-us-east-1"]
WEST = STACKS["superset-eu-west-1"]
BOOTSTRAP = STACKS["superset-bootstrap"]
ACCOUNT = EAST.account

VAULT = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:superset-production"

#: What no role of the platform may do, CI's deploys included, on whatever resource.
FORBIDDEN = {
    "backup:DeleteBackupVault": VAULT,
    "backup:DeleteRecoveryPoint": f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:x",
    "cloudtrail:StopLogging": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/superset-production",
    "ecr:BatchDeleteImage": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/superset-production",
    "iam:CreateAccessKey": f"arn:aws:iam::{ACCOUNT}:user/superset-production-x",
    "iam:CreatePolicyVersion": f"arn:aws:iam::{ACCOUNT}:policy/superset-production-ci-read",
    "iam:CreateUser": f"arn:aws:iam::{ACCOUNT}:user/superset-production-x",
    "iam:DeleteRolePermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:role/superset-production-x",
    "kms:DisableKey": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/database",
    "kms:ScheduleKeyDeletion": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/database",
    "organizations:LeaveOrganization": "*",
    "rds:DeleteDBInstance": f"arn:aws:rds:us-east-1:{ACCOUNT}:db:superset-production",
    "rds:ModifyDBSnapshotAttribute": f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:x",
    "route53:DeleteHostedZone": "arn:aws:route53:::hostedzone/Z1",
    "s3:DeleteBucket": f"arn:aws:s3:::superset-production-exports-{ACCOUNT}-us-east-1",
    "s3:DeleteObject": f"arn:aws:s3:::superset-production-exports-{ACCOUNT}-us-east-1/a",
    "s3:DeleteObjectVersion": f"arn:aws:s3:::superset-production-exports-{ACCOUNT}-us-east-1/a",
    "secretsmanager:PutResourcePolicy": (
        f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:superset/admin-AbCdEf"
    ),
    "ssm:StartSession": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/superset-production/1",
    "sts:AssumeRole": f"arn:aws:iam::{ACCOUNT}:role/superset-production-break-glass",
}

#: What one role of all may do.
OF_ONE = {
    "ecr:PutImage": {"ci-image"},
    "ecs:ExecuteCommand": {"break-glass"},
    "iam:CreateRole": {"ci-deploy"},
    "kms:CreateKey": {"ci-deploy"},
    "kms:PutKeyPolicy": {"ci-deploy"},
    "lambda:InvokeFunction": {"canary-schedule", "ci-deploy"},
    "rds:DeleteDBSnapshot": {"snapshot"},
    "rds:PromoteReadReplica": {"promote"},
    "secretsmanager:PutSecretValue": {"secrets"},
}


def roles() -> list[tuple[str, str]]:
    return [(name, role) for name, stack in STACKS.items() for role in stack.roles()]


def statements(stack: Stack, role: str) -> list[Mapping[str, Any]]:
    return simulation.statements(stack.granted(role))


@pytest.mark.parametrize(("stack", "role"), roles())
def test_role_may_do_nothing_that_is_forbidden(stack: str, role: str) -> None:
    own = [unconditional(one) for one in statements(STACKS[stack], role)]
    done = [action for action, on in FORBIDDEN.items() if simulation.allowed(own, action, on)]
    assert done == []
    # Nor on anything that the role's policies name themselves.
    unexpected = simulation.actions(own) & (FORBIDDEN.keys() - ONLY_HERE.keys())
    assert unexpected == set()


#: Forbidden on what the list above names, and allowed on what is named here.
ONLY_HERE = {
    "rds:DeleteDBInstance": "arn:aws:rds:*:*:db:superset-*-read",
    "s3:DeleteObject": "arn:aws:s3:::superset-*-tfstate-*/*.tflock",
}


@pytest.mark.parametrize(("stack", "role"), roles())
def test_what_is_deleted_is_what_can_be_made_again(stack: str, role: str) -> None:
    for statement in statements(STACKS[stack], role):
        if statement["Effect"] == "Allow":
            for action in ONLY_HERE.keys() & set(statement["Action"]):
                on = statement["Resource"]
                assert all(like(ONLY_HERE[action], one) for one in on), (action, on)


@pytest.mark.parametrize("action", OF_ONE)
def test_only_one_role_may(action: str) -> None:
    able = {
        role
        for stack, role in roles()
        if action in simulation.actions(statements(STACKS[stack], role))
    }
    assert able == OF_ONE[action]


def unconditional(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The statement as if every condition of its permission held; a denial stays as it is."""
    if statement["Effect"] == "Deny":
        return statement
    return {key: value for key, value in statement.items() if key != "Condition"}


# --- Secrets: each role reads its own -------------------------------------------------------------

DATABASE = "superset/db-credentials"
SECRET_KEY = "superset/secret-key"
ADMIN = "superset/admin"
SALES = "superset/data-sources/sales"

READERS = {
    "beat-execution": {SECRET_KEY},
    "beat-task": {DATABASE},
    "init-execution": {SECRET_KEY, ADMIN},
    "init-task": {DATABASE, SALES},
    "secrets": {DATABASE, SECRET_KEY, ADMIN},
    "web-execution": {SECRET_KEY},
    "web-task": {DATABASE, SALES},
    "worker-execution": {SECRET_KEY},
    "worker-task": {DATABASE, SALES},
}


def secret(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-AbCdEf"


@pytest.mark.parametrize("role", EAST.roles())
def test_role_reads_its_own_secrets_and_no_other(role: str) -> None:
    own = statements(EAST, role)
    everything = {DATABASE, SECRET_KEY, ADMIN, SALES, "superset/new", "another/secret"}
    read = {
        name
        for name in everything
        if simulation.allowed(own, "secretsmanager:GetSecretValue", secret(name))
    }
    assert read == READERS.get(role, set())


@pytest.mark.parametrize("role", EAST.roles().keys() - {"secrets"})
def test_role_reads_no_secret_of_another_region(role: str) -> None:
    own = statements(EAST, role)
    for name in (DATABASE, SECRET_KEY, ADMIN, SALES):
        there = secret(name, "eu-west-1")
        assert not simulation.allowed(own, "secretsmanager:GetSecretValue", there)


@pytest.mark.parametrize("role", READERS.keys() - {"secrets"})
def test_key_of_the_secrets_is_used_through_secrets_manager_only(role: str) -> None:
    own = statements(EAST, role)
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/keys_secrets"

    def decrypts(service: str) -> bool:
        via = {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}
        return simulation.allowed(own, "kms:Decrypt", key, via)

    assert decrypts("secretsmanager")
    assert not decrypts("s3")
    assert not simulation.allowed(own, "kms:Decrypt", key)


# --- Who gives roles to whom -------------------------------------------------------------------

INIT_ROLES = [
    f"arn:aws:iam::{ACCOUNT}:role/superset-production-init-{part}-us-east-1"
    for part in ("execution", "task")
]


@pytest.mark.parametrize("role", EAST.roles())
def test_roles_are_given_to_the_init_task_only(role: str) -> None:
    own = statements(EAST, role)
    every = [one["name"] for one in EAST.roles().values()]
    every += ["superset-production-ci-deploy", "administrator"]
    to_tasks = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    given = [
        arn
        for arn in (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in every)
        if simulation.allowed(own, "iam:PassRole", arn, to_tasks)
    ]
    runs_init = role in ("export-schedule", "init", "promote")
    assert sorted(given) == (INIT_ROLES if runs_init else [])
    to_functions = {"iam:PassedToService": "lambda.amazonaws.com"}
    assert not any(simulation.allowed(own, "iam:PassRole", arn, to_functions) for arn in INIT_ROLES)


# --- What each service needs -------------------------------------------------------------------

CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/superset-production"
IN_CLUSTER = {"ecs:cluster": CLUSTER}
REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/superset-production"
DATABASE_ARN = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:superset-production"
WRITER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/superset/writer"
REDIS = f"arn:aws:elasticache:us-east-1:{ACCOUNT}:replicationgroup:superset-production"


def log(group: str) -> str:
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:log-stream:1"


NEEDS: list[tuple[str, str, str, Mapping[str, str]]] = [
    ("web-execution", "ecr:GetAuthorizationToken", "*", {}),
    ("web-execution", "ecr:BatchGetImage", REPOSITORY, {}),
    ("web-execution", "logs:PutLogEvents", log("/superset/web"), {}),
    ("web-task", "ssm:GetParameter", WRITER, {}),
    ("web-task", "elasticache:Connect", REDIS, {}),
    ("worker-task", "ssm:GetParameter", WRITER, {}),
    ("worker-task", "elasticache:Connect", REDIS, {}),
    ("beat-task", "elasticache:Connect", REDIS, {}),
    (
        "init-task",
        "s3:PutObject",
        f"arn:aws:s3:::superset-production-exports-{ACCOUNT}-eu-west-1/a",
        {},
    ),
    (
        "init-task",
        "kms:GenerateDataKey",
        f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
        {"kms:ResourceAliases": "alias/superset-production-backups"},
    ),
    (
        "init",
        "ecs:RunTask",
        f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/superset-init:3",
        IN_CLUSTER,
    ),
    ("init", "ecs:ListTasks", "*", IN_CLUSTER),
    ("secrets", "rds:ModifyDBInstance", DATABASE_ARN, {}),
    ("secrets", "secretsmanager:PutSecretValue", secret(DATABASE, "eu-west-1"), {}),
    ("snapshot", "rds:CreateDBSnapshot", DATABASE_ARN, {}),
    (
        "snapshot",
        "rds:DeleteDBSnapshot",
        f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:superset-production-before-1",
        {},
    ),
]


@pytest.mark.parametrize(("role", "action", "resource", "context"), NEEDS)
def test_service_may_do_what_it_does(
    role: str, action: str, resource: str, context: Mapping[str, str]
) -> None:
    assert simulation.allowed(statements(EAST, role), action, resource, context)


@pytest.mark.parametrize(
    ("role", "action", "resource", "context"),
    [
        (
            "init",
            "ecs:RunTask",
            f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/other:1",
            IN_CLUSTER,
        ),
        (
            "init",
            "ecs:RunTask",
            f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/superset-init:3",
            {"ecs:cluster": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/other"},
        ),
        ("secrets", "rds:ModifyDBInstance", f"arn:aws:rds:us-east-1:{ACCOUNT}:db:other", {}),
        ("snapshot", "rds:DeleteDBSnapshot", f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:other", {}),
        (
            "web-task",
            "s3:GetObject",
            f"arn:aws:s3:::superset-production-tfstate-{ACCOUNT}-us-east-1/a",
            {},
        ),
        ("web-task", "ssm:PutParameter", WRITER, {}),
        ("web-task", "elasticache:Connect", f"{REDIS}-other", {}),
    ],
)
def test_service_may_not_reach_further(
    role: str, action: str, resource: str, context: Mapping[str, str]
) -> None:
    assert not simulation.allowed(statements(EAST, role), action, resource, context)
