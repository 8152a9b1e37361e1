"""Refusals that depend on what exists: keys, roles, certificates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, Aws
from test_functions import archive, role

ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def key(aws: Aws, *statements: dict[str, Any], region: str = "us-east-1") -> str:
    created = aws.client("kms", region).create_key(Policy=policy(ROOT, *statements))
    return str(created["KeyMetadata"]["Arn"])


def admits(service: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Encrypt*", "kms:Decrypt*"],
        "Resource": "*",
    }


def refused(code: str, call: Any, **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_a_key_policy_leaves_somebody_who_can_change_it(emulator: Aws) -> None:
    nobody = policy(admits("logs.us-east-1.amazonaws.com"))
    kms = emulator.client("kms")
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=nobody)
    refused(
        "MalformedPolicyDocumentException",
        kms.put_key_policy,
        KeyId=key(emulator),
        PolicyName="default",
        Policy=nobody,
    )
    kms.create_key(Policy=nobody, BypassPolicyLockoutSafetyCheck=True)


def test_a_log_groups_key_admits_the_log_service(emulator: Aws, name: str) -> None:
    logs = emulator.client("logs")
    refused(
        "InvalidParameterException",
        logs.create_log_group,
        logGroupName=name,
        kmsKeyId=key(emulator),
    )
    other = key(emulator, admits("logs.eu-west-1.amazonaws.com"))
    refused("InvalidParameterException", logs.create_log_group, logGroupName=name, kmsKeyId=other)
    good = key(emulator, admits("logs.us-east-1.amazonaws.com"))
    logs.create_log_group(logGroupName=name, kmsKeyId=good)


def test_a_key_is_used_in_its_region(emulator: Aws, name: str) -> None:
    arguments = {
        "DBInstanceIdentifier": name,
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20,
        "MasterUsername": "superset_admin",
        "MasterUserPassword": "a-long-password",
        "StorageEncrypted": True,
    }
    rds = emulator.client("rds", "eu-west-1")
    elsewhere = key(emulator)
    refused("KMSKeyNotAccessibleFault", rds.create_db_instance, **arguments, KmsKeyId=elsewhere)
    rds.create_db_instance(**arguments, KmsKeyId=key(emulator, region="eu-west-1"))
    repository = {"encryptionType": "KMS", "kmsKey": elsewhere}
    refused(
        "KmsException",
        emulator.client("ecr", "eu-west-1").create_repository,
        repositoryName=name,
        encryptionConfiguration=repository,
    )


def test_an_alias_names_its_key(emulator: Aws, name: str) -> None:
    good = key(emulator, admits("logs.us-east-1.amazonaws.com"))
    emulator.client("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=good)
    emulator.client("ecr").create_repository(
        repositoryName=name,
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": f"alias/{name}"},
    )


def test_a_functions_role_trusts_lambda(emulator: Aws, name: str) -> None:
    arguments = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "handler.handle",
        "Code": {"ZipFile": archive({"handler.py": ""})},
    }
    create = emulator.client("lambda").create_function
    missing = f"arn:aws:iam::{ACCOUNT}:role/{name}-missing"
    refused("InvalidParameterValueException", create, **arguments, Role=missing)
    distrustful = emulator.client("iam").create_role(
        RoleName=f"{name}-ecs",
        AssumeRolePolicyDocument=policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
    )["Role"]["Arn"]
    refused("InvalidParameterValueException", create, **arguments, Role=distrustful)
    create(**arguments, Role=role(emulator, name))


def test_a_listener_needs_an_issued_certificate(emulator: Aws, name: str) -> None:
    pending = emulator.client("acm").request_certificate(
        DomainName=f"{name}.example.com", ValidationMethod="DNS"
    )["CertificateArn"]
    arguments = {
        "LoadBalancerArn": "lb",
        "Protocol": "HTTPS",
        "Port": 443,
        "DefaultActions": [
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        ],
    }
    create = emulator.client("elbv2").create_listener
    refused(
        "UnsupportedCertificate", create, **arguments, Certificates=[{"CertificateArn": pending}]
    )
    elsewhere = emulator.client("acm", "eu-west-1").request_certificate(
        DomainName=f"{name}.example.com", ValidationMethod="DNS"
    )["CertificateArn"]
    refused(
        "CertificateNotFound", create, **arguments, Certificates=[{"CertificateArn": elsewhere}]
    )


ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject"}

#: a bucket policy's statement (BUCKET stands for the bucket), words of the refusal
BAD_STATEMENTS = [
    ({**ANYBODY, "Resource": "arn:aws:s3:::another/*"}, "invalid resource"),
    ({**ANYBODY, "Resource": "BUCKET/*", "Effect": "Maybe"}, "Effect"),
    ({**ANYBODY, "Resource": "BUCKET/*", "Action": "GetObject"}, "prefaced by a vendor"),
    ({**ANYBODY}, "must contain resources"),
    ({**ANYBODY, "Resource": "BUCKET/*", "Conditions": {}}, "unknown element Conditions"),
    ({"Effect": "Allow", "Action": "s3:*", "Resource": "BUCKET"}, "Principal"),
    (
        {
            **ANYBODY,
            "Resource": "BUCKET/*",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
        },
        "Invalid principal",
    ),
]


@pytest.mark.parametrize(("statement", "words"), BAD_STATEMENTS)
def test_a_bad_bucket_policy_is_refused(
    emulator: Aws, name: str, statement: dict[str, Any], words: str
) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=name)
    text = policy(statement).replace("BUCKET", f"arn:aws:s3:::{name}")
    with pytest.raises(ClientError, match=words) as caught:
        s3.put_bucket_policy(Bucket=name, Policy=text)
    assert caught.value.response["Error"]["Code"] == "MalformedPolicy"


def test_a_policy_may_name_a_role_that_exists(emulator: Aws, name: str) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=name)
    statement = {
        **ANYBODY,
        "Principal": {"AWS": role(emulator, name)},
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=policy(statement))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "valid JSON"),
        (json.dumps({"Version": "2012-10-17", "Statement": []}), "no statement"),
        (json.dumps({"Version": "2020-01-01", "Statement": [ROOT]}), "version"),
        (policy(ROOT), "should not specify a principal"),
    ],
)
def test_a_bad_identity_policy_is_refused(emulator: Aws, name: str, text: str, words: str) -> None:
    role(emulator, name)
    with pytest.raises(ClientError, match=words):
        emulator.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=text)


def test_a_trust_policy_names_who_exists(emulator: Aws, name: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{name}-missing"},
        "Action": "sts:AssumeRole",
    }
    create = emulator.client("iam").create_role
    refused(
        "MalformedPolicyDocument",
        create,
        RoleName=name,
        AssumeRolePolicyDocument=policy(statement),
    )
