"""Which errors of Terraform are explained, in the words that people see."""

import pytest

from commands.explained import END, PAGE, START, TABLE, explain, page

STACK = "superset-us-east-1"
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1ea5e1f2-0000-4000-8000-000000000000"
ROLE = "arn:aws:sts::123456789012:assumed-role/superset-production-ci-deploy/run"
CALL = "https response error StatusCode: 400, RequestID: 1ea5e1f2"

#: The words of its row, what was said, and words of the explanation. What the emulator makes
#: Terraform say is in test_explained_with_terraform.py.
SAID = [
    (
        "Error acquiring the state lock",
        "╷\n│ Error: Error acquiring the state lock\n│ \n"
        "│ Error message: operation error S3: PutObject, https response error\n"
        "│ StatusCode: 412, RequestID: 1, HostID: 1, api error PreconditionFailed: At\n"
        "│ least one of the pre-conditions you specified did not hold\n│ Lock Info:\n╵",
        f"make unlock STACK={STACK}",
    ),
    (
        "No valid credential sources found",
        "Error: No valid credential sources found",
        "aws sts get-caller-identity",
    ),
    (
        "No valid credential sources found",
        "Error: Retrieving AWS account details: validating provider credentials: retrieving "
        f"caller identity from STS: operation error STS: GetCallerIdentity, {CALL}, api error "
        "ExpiredToken: The security token included in the request is expired",
        "aws sts get-caller-identity",
    ),
    (
        "AWS account ID not allowed",
        "Error: AWS account ID not allowed: 210987654321",
        "of the account 210987654321",
    ),
    (
        "S3 bucket",
        'Error: Failed to get existing workspaces: S3 bucket "superset-production-tfstate" does\n'
        "not exist.",
        "superset-production-tfstate is made by bootstrap",
    ),
    (
        "waiting for ACM Certificate",
        f"│ Error: waiting for ACM Certificate ({ARN})\n│ to be issued: timeout while waiting for "
        "state to become 'ISSUED' (last state:\n│ 'PENDING_VALIDATION', timeout: 1h15m0s)",
        "name_servers",
    ),
    (
        "CannotPullContainerError",
        "Error: invoking Lambda Function (superset-init): CannotPullContainerError"
        ": pull image manifest has been retried 1 time(s): failed to resolve ref",
        "make doctor",
    ),
    (
        "…LimitExceeded",
        f"Error: creating EC2 EIP: operation error EC2: AllocateAddress, {CALL}, api error "
        "AddressLimitExceeded: The maximum number of addresses has been reached.\n"
        f"Error: creating EC2 VPC: operation error EC2: CreateVpc, {CALL}, api error "
        "VpcLimitExceeded: The maximum number of VPCs has been reached.",
        "in this region: AddressLimitExceeded, VpcLimitExceeded.",
    ),
    (
        "… already exists",
        "Error: ELBv2 Load Balancer (superset-production) already exists",
        f"make adopt STACK={STACK}",
    ),
    (
        "… already exists",
        f"Error: creating RDS DB Instance: operation error RDS: CreateDBInstance, {CALL}, "
        "DBInstanceAlreadyExists: DB instance exists",
        f"make adopt STACK={STACK}",
    ),
    (
        "a secret with this name",
        f"│ Error: creating Secrets Manager Secret (superset/admin): operation error Secrets\n"
        f"│ Manager: CreateSecret, {CALL}, InvalidRequestException: You can't create this\n"
        "│ secret because a secret with this name is already scheduled for deletion.",
        "restore-secret",
    ),
    (
        "BucketNotEmpty",
        f"Error: deleting S3 Bucket (x): operation error S3: DeleteBucket, {CALL}, api error "
        "BucketNotEmpty: The bucket you tried to delete is not empty",
        "OPTIONS=--empty-buckets",
    ),
    (
        "is not authorized to perform",
        f"Error: updating RDS DB Instance (x): operation error RDS: ModifyDBInstance, {CALL}, api\n"
        f"error AccessDenied: User: {ROLE} is not\nauthorized to perform: rds:ModifyDBInstance on "
        "resource: x because no identity-based policy allows the rds:ModifyDBInstance action",
        "lacks rds:ModifyDBInstance.",
    ),
    (
        "doesn't match any of the checksums",
        "│ Error: Failed to install provider\n│ \n│ the local package doesn't match any of the\n"
        "│ checksums previously recorded in the dependency lock file",
        f"cdktf.out/stacks/{STACK}/.terraform.lock.hcl",
    ),
    (
        "Failed to query available provider packages",
        "│ Error: Failed to query available provider packages",
        "SUPERSET_TF_MIRROR",
    ),
    (
        "Unsupported Terraform Core version",
        "│ Error: Unsupported Terraform Core version\n│ \n│ This configuration does not support "
        "Terraform version 1.9.8. To proceed,",
        "Terraform 1.9.8 lacks",
    ),
]


@pytest.mark.parametrize(("words", "said", "told"), SAID)
def test_the_words_of_an_error_find_its_row_and_no_other(words: str, said: str, told: str) -> None:
    matching = [
        one for one in TABLE if one.found(" ".join(said.replace("│", "").split())) is not None
    ]
    assert [one.words.startswith(words) for one in matching] == [True]
    lines = explain(said.splitlines(), STACK)
    assert len(lines) == 2
    assert told in " ".join(lines)


def test_every_row_has_words_here() -> None:
    assert [
        one.words for one in TABLE if not any(one.words.startswith(w) for w, _, _ in SAID)
    ] == []


@pytest.mark.parametrize(
    "said",
    [
        "Error: no such luck",
        "api error RequestLimitExceeded: Request limit exceeded.",
        "api error ThrottlingException: Rate exceeded",
        'aws_s3_bucket.state: Creation complete after 2s [id="b"]',
    ],
)
def test_what_is_not_known_is_not_explained(said: str) -> None:
    assert explain([said], STACK) == []


def test_several_errors_are_explained_in_the_order_of_the_table() -> None:
    lines = explain(["Error: BucketNotEmpty: x", "Error: x already exists"], STACK)
    assert [one.split(":")[0] for one in lines] == ["Meaning", "What to do"] * 2
    assert "make adopt" in lines[1]


def test_the_page_has_the_table_as_it_is() -> None:
    text = PAGE.read_text()
    assert text.count(START) == text.count(END) == 1
    assert text == page(), "make docs"
