"""Roles that come from outside: CI's three by OIDC, and the one that opens a shell."""

from collections.abc import Mapping
from typing import Any

import pytest

from commands.policies import knowledge, simulation
from commands.policies.documents import stacks
from emulator.dataplane.permissions import Asked, decide

STACKS = {stack.name: stack for stack in stacks()}
BOOTSTRAP = STACKS["superset-bootstrap"]
ACCOUNT = BOOTSTRAP.account
ISSUER = "token.actions.githubusercontent.com"
REPOSITORY = "repo:example/superset-platform"

PLAN = simulation.statements(BOOTSTRAP.granted("ci-plan"))
DEPLOY = simulation.statements(BOOTSTRAP.granted("ci-deploy"))
IMAGE = simulation.statements(BOOTSTRAP.granted("ci-image"))
SHELL = simulation.statements(BOOTSTRAP.granted("break-glass"))
HERE = {"aws:RequestedRegion": "us-east-1"}
STATE = f"arn:aws:s3:::superset-production-tfstate-{ACCOUNT}-us-east-1"


def trusts(role: str, action: str, context: Mapping[str, str]) -> bool:
    (policy,) = [one for one in BOOTSTRAP.policies() if one.kind == "trust" and one.owner == role]
    listed = [{**one, "Resource": "*"} for one in policy.statements]
    return decide(listed, Asked(action, "*", context)) == "Allow"


def token(subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
    return {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": audience}


@pytest.mark.parametrize(
    ("subject", "plans", "deploys", "pushes"),
    [
        (f"{REPOSITORY}:pull_request", True, False, False),
        (f"{REPOSITORY}:ref:refs/heads/main", True, False, True),
        (f"{REPOSITORY}:environment:prod", False, True, False),
        (f"{REPOSITORY}:ref:refs/heads/other", False, False, False),
        (f"{REPOSITORY}:ref:refs/tags/main", False, False, False),
        (f"{REPOSITORY}:environment:staging", False, False, False),
        (f"{REPOSITORY}-fork:environment:prod", False, False, False),
        (f"{REPOSITORY}-fork:ref:refs/heads/main", False, False, False),
        ("repo:somebody/superset-platform:environment:prod", False, False, False),
    ],
)
def test_branch_and_environment_decide_which_role_a_workflow_gets(
    subject: str, plans: bool, deploys: bool, pushes: bool
) -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    assert trusts("ci-plan", action, token(subject)) == plans
    assert trusts("ci-deploy", action, token(subject)) == deploys
    assert trusts("ci-image", action, token(subject)) == pushes
    for role in ("ci-plan", "ci-deploy", "ci-image"):
        assert not trusts(role, action, token(subject, audience="another.example.com"))
        assert not trusts(role, "sts:AssumeRole", token(subject))


#: All that a plan does beside reading: it locks the state, and has AWS make a throw-away password.
PLAN_WRITES = {"s3:PutObject", "s3:DeleteObject", "kms:Decrypt", "kms:GenerateDataKey"}


def test_a_plan_reads() -> None:
    writes = {one for one in simulation.actions(PLAN) if not knowledge.reads(one)}
    assert writes == PLAN_WRITES
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert simulation.allowed(PLAN, action, f"{STATE}/superset-global.tfstate.tflock", HERE)
        assert not simulation.allowed(PLAN, action, f"{STATE}/superset-global.tfstate", HERE)


#: The whole of what the image's role may do.
PUSHES = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}


def test_an_image_is_pushed_and_its_scan_read_and_nothing_else() -> None:
    assert simulation.actions(IMAGE) == PUSHES
    registry = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository"
    for action in PUSHES - {"ecr:GetAuthorizationToken"}:
        assert simulation.allowed(IMAGE, action, f"{registry}/superset-production", HERE)
        assert not simulation.allowed(IMAGE, action, f"{registry}/superset-staging", HERE)
        elsewhere = {"aws:RequestedRegion": "ap-south-1"}
        there = f"arn:aws:ecr:ap-south-1:{ACCOUNT}:repository/superset-production"
        assert not simulation.allowed(IMAGE, action, there, elsewhere)


@pytest.mark.parametrize("role", ["ci-plan", "ci-deploy", "ci-image"])
@pytest.mark.parametrize(
    "action",
    [
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:PutSecretValue",
        "ssm:GetParametersByPath",
        "rds-db:connect",
        "elasticache:Connect",
        "logs:GetLogEvents",
        "ecs:ExecuteCommand",
        "ecs:RunTask",
    ],
)
def test_ci_reads_no_secret_and_nothing_that_may_hold_one(role: str, action: str) -> None:
    own = simulation.statements(BOOTSTRAP.granted(role))
    assert action not in simulation.actions(own)
    secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:superset/admin-AbCdEf"
    assert not simulation.allowed(own, action, secret, HERE)


@pytest.mark.parametrize("role", ["ci-plan", "ci-deploy", "ci-image"])
def test_ci_decrypts_nothing_by_itself(role: str) -> None:
    own = simulation.statements(BOOTSTRAP.granted(role))
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    assert not simulation.allowed(own, "kms:Decrypt", key, HERE)
    of_secrets = {**HERE, "kms:ResourceAliases": "alias/superset-production-secrets"}
    assert not simulation.allowed(own, "kms:Decrypt", key, of_secrets)


def test_a_plan_sees_the_variables_of_functions_and_its_state() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    by_lambda = {**HERE, "kms:ViaService": "lambda.us-east-1.amazonaws.com"}
    assert simulation.allowed(PLAN, "kms:Decrypt", key, by_lambda)
    of_state = {**HERE, "kms:ResourceAliases": "alias/superset-production-state"}
    assert simulation.allowed(PLAN, "kms:Decrypt", key, of_state)
    by_secrets = {**HERE, "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    assert not simulation.allowed(PLAN, "kms:Decrypt", key, by_secrets)


@pytest.mark.parametrize(
    "action",
    ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:CreateRole"],
)
@pytest.mark.parametrize("role", ["ci-deploy", "ci-plan", "ci-image", "break-glass"])
def test_a_deploy_does_not_change_who_may_deploy(action: str, role: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/superset-production-{role}"
    assert not simulation.allowed(DEPLOY, action, arn, HERE)
    other = f"arn:aws:iam::{ACCOUNT}:role/superset-production-web-task-us-east-1"
    assert simulation.allowed(DEPLOY, action, other, HERE)
    assert not simulation.allowed(DEPLOY, action, f"arn:aws:iam::{ACCOUNT}:role/other", HERE)


def test_a_deploy_gives_roles_to_the_services_of_the_stacks_only() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/superset-production-web-task-us-east-1"

    def gives(service: str) -> bool:
        context = {**HERE, "iam:PassedToService": service}
        return simulation.allowed(DEPLOY, "iam:PassRole", arn, context)

    assert gives("ecs-tasks.amazonaws.com")
    assert not gives("ec2.amazonaws.com")


def test_a_deploy_attaches_no_policy_but_those_of_the_stacks() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/superset-production-backup-us-east-1"

    def attaches(policy: str) -> bool:
        context = {**HERE, "iam:PolicyARN": f"arn:aws:iam::aws:policy/{policy}"}
        return simulation.allowed(DEPLOY, "iam:AttachRolePolicy", arn, context)

    assert attaches("service-role/AWSBackupServiceRolePolicyForBackup")
    assert not attaches("AdministratorAccess")


@pytest.mark.parametrize("own", [PLAN, DEPLOY])
def test_ci_does_nothing_in_a_region_without_a_stack(own: list[Mapping[str, Any]]) -> None:
    assert simulation.allowed(own, "ec2:DescribeVpcs", "*", HERE)
    elsewhere = {"aws:RequestedRegion": "ap-south-1"}
    assert not simulation.allowed(own, "ec2:DescribeVpcs", "*", elsewhere)


# --- The shell -----------------------------------------------------------------------------------

ON_CALL = f"arn:aws:iam::{ACCOUNT}:user/on-call"
TASK = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/superset-production/1"


@pytest.mark.parametrize(
    ("who", "second_factor", "taken"),
    [
        (ON_CALL, "true", True),
        (ON_CALL, "false", False),
        (f"arn:aws:iam::{ACCOUNT}:user/somebody", "true", False),
        (f"arn:aws:iam::{ACCOUNT}:role/superset-production-ci-deploy", "true", False),
    ],
)
def test_who_is_named_takes_the_role_with_a_second_factor(
    who: str, second_factor: str, taken: bool
) -> None:
    context = {"aws:PrincipalArn": who, "aws:MultiFactorAuthPresent": second_factor}
    assert trusts("break-glass", "sts:AssumeRole", context) == taken


def test_a_long_lived_key_has_no_second_factor() -> None:
    assert not trusts("break-glass", "sts:AssumeRole", {"aws:PrincipalArn": ON_CALL})


def test_the_shell_is_in_a_task_of_superset_and_goes_through_ecs() -> None:
    superset = {"ecs:container-name": "superset"}
    assert simulation.allowed(SHELL, "ecs:ExecuteCommand", TASK, superset)
    other = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/other/1"
    assert not simulation.allowed(SHELL, "ecs:ExecuteCommand", other, superset)
    assert decide(SHELL, Asked("ssm:StartSession", TASK)) == "Deny"


@pytest.mark.parametrize("stack", ["superset-us-east-1", "superset-eu-west-1"])
def test_sessions_are_encrypted_and_written_down(stack: str) -> None:
    resources = STACKS[stack]._resources
    (cluster,) = resources["aws_ecs_cluster"].values()
    audited = cluster["configuration"]["execute_command_configuration"]
    assert audited["logging"] == "OVERRIDE"
    log = audited["log_configuration"]
    assert log["cloud_watch_encryption_enabled"] is True
    (group,) = [
        one
        for one in resources["aws_cloudwatch_log_group"].values()
        if one["name"] == "/superset/exec"
    ]
    assert group["kms_key_id"] == audited["kms_key_id"]
    assert log["cloud_watch_log_group_name"].startswith("${aws_cloudwatch_log_group.cluster_exec")
