"""Every policy of every stack of every environment, by people who know AWS's actions."""

from collections import Counter

import pytest

from commands.policies import checks
from commands.policies.documents import Policy, Stack, stacks

STACKS = {stack.name: stack for stack in stacks()}

#: IAM and STS quotas: characters of a policy without white space.
LONGEST_MANAGED = 6144
LONGEST_OF_A_ROLE = 10240


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    return STACKS[request.param]


def unexcepted(stack: Stack) -> set[tuple[str, str, str]]:
    excepted = checks.exceptions()
    return {
        (found.kind, found.owner, found.subject)
        for found in checks.findings(stack)
        if not any(one.covers(found) for one in excepted)
    }


def test_nothing_is_found_that_is_not_excepted(stack: Stack) -> None:
    assert unexcepted(stack) == set()


def test_nothing_is_found_in_the_largest_configuration(largest: list[Stack]) -> None:
    assert {stack.name: unexcepted(stack) for stack in largest} == {
        "superset-bootstrap": set(),
        "superset-eu-west-1": set(),
        "superset-global": set(),
        "superset-us-east-1": set(),
    }


def test_every_exception_is_needed(largest: list[Stack]) -> None:
    found = [one for stack in [*STACKS.values(), *largest] for one in checks.findings(stack)]
    unneeded = [
        one for one in checks.exceptions() if not any(one.covers(finding) for finding in found)
    ]
    assert unneeded == []


def test_no_exception_is_written_twice_or_without_a_reason() -> None:
    counted = Counter((one.kind, one.owner, one.subject) for one in checks.exceptions())
    assert [entry for entry, count in counted.items() if count > 1] == []
    assert [one for one in checks.exceptions() if not one.reason] == []


def test_aws_has_no_resource_level_where_that_is_the_reason() -> None:
    assert checks.untrue(checks.exceptions()) == []


def test_policies_are_as_short_as_iam_wants_them(stack: Stack) -> None:
    inline: Counter[str] = Counter()
    for policy in stack.policies():
        length = len(str(policy.document).replace(" ", ""))
        if policy.address.startswith("aws_iam_policy."):
            assert length <= LONGEST_MANAGED, policy.address
        elif policy.kind == "identity":
            inline[policy.owner] += length
    assert [role for role, length in inline.items() if length > LONGEST_OF_A_ROLE] == []


def policy(**statement: object) -> Policy:
    """A policy of one statement, as a stack may have it."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    return Policy("stack", "identity", "role", "aws_iam_role_policy.role", document)


@pytest.mark.parametrize(
    ("check", "statement", "kind"),
    [
        (
            checks.unknown_actions,
            {"Action": "rds:DescribeDBSnapshot", "Resource": "arn:aws:rds:*:1:db:x"},
            "unknown_actions",
        ),
        (checks.wildcard_actions, {"Action": "s3:*", "Resource": "*"}, "wildcard_actions"),
        (checks.wildcard_actions, {"Action": "s3:Get?bject", "Resource": "*"}, "wildcard_actions"),
        (
            checks.wildcard_actions,
            {"NotAction": "iam:CreateUser", "Resource": "*"},
            "wildcard_actions",
        ),
        (
            checks.wildcard_resources,
            {"Action": "s3:GetObject", "Resource": ["*"]},
            "wildcard_resources",
        ),
        (checks.lint, {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket"}, "lint"),
        (
            checks.lint,
            {
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::bucket/*",
                "Condition": {"StringEquals": {"ecs:cluster": "x"}},
            },
            "lint",
        ),
    ],
)
def test_what_is_wrong_is_found(check: object, statement: dict[str, object], kind: str) -> None:
    assert [found for found, _ in check(policy(**statement))] == [kind]


def test_a_service_that_anybody_may_send_is_found() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    trusting = Policy("stack", "trust", "role", "aws_iam_role.role", document)
    assert [subject for _, subject in checks.trust(trusting)] == [
        "lambda.amazonaws.com without aws:SourceAccount",
        "lambda.amazonaws.com without aws:SourceArn",
    ]


def test_denials_may_be_wide() -> None:
    refusing = policy(Effect="Deny", Action="*", Resource="*")
    assert list(checks.wildcard_actions(refusing)) == []
    assert list(checks.wildcard_resources(refusing)) == []
