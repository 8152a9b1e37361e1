"""Findings of Checkov against what is excepted."""

from pathlib import Path

import pytest

from commands.checkov import EXCEPTIONS, Exemption, Finding, exemptions, judge

LOGS = Finding("CKV_AWS_338", "superset-us-east-1/aws_cloudwatch_log_group.logs", "a year")
TRACE = Finding("CKV_AWS_50", "superset-us-east-1/aws_lambda_function.init", "tracing")


def test_a_finding_without_an_exception_is_left() -> None:
    verdict = judge(3, [LOGS, TRACE], [Exemption("CKV_AWS_50", ("*/aws_lambda_function.*",), "x")])
    assert verdict.findings == [LOGS]
    assert list(verdict.excepted.values()) == [[TRACE]]
    assert verdict.unused == []


def test_an_exception_is_of_one_check_and_of_the_resources_it_names() -> None:
    exempt = [
        Exemption("CKV_AWS_338", ("*/aws_lambda_function.*",), "x"),
        Exemption("CKV_AWS_50", ("superset-dev-*/*",), "x"),
    ]
    verdict = judge(0, [LOGS, TRACE], exempt)
    assert verdict.findings == [LOGS, TRACE]


def test_every_pattern_that_matches_nothing_is_named() -> None:
    exempt = [Exemption("CKV_AWS_50", ("*/aws_lambda_function.*", "superset-gone/*"), "x")]
    assert judge(0, [TRACE], exempt).unused == ["CKV_AWS_50 superset-gone/*"]


def test_an_exception_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.yaml"
    path.write_text("- {check: CKV_AWS_50, resources: ['*'], reason: ' '}\n")
    with pytest.raises(ValueError, match="CKV_AWS_50"):
        exemptions(path)


def test_one_exception_per_check_and_reason() -> None:
    """Two that match the same finding would hide that one is not needed."""
    pairs = [(one.check, pattern) for one in exemptions() for pattern in one.resources]
    assert len(pairs) == len(set(pairs)), EXCEPTIONS
