"""What a month costs: small stacks whose sums are computed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commands import snapshots
from commands.cost import __main__ as command
from commands.cost import changes, page, report
from commands.cost.amounts import Amount
from commands.cost.estimate import Estimate, bill_of, estimate, read, stacks_of
from commands.cost.options import Options
from commands.cost.pricers import FREE, PRICERS, on_demand
from commands.cost.prices import Price, Prices
from commands.cost.usage import FOLDER, Usage
from commands.problems import Mistakes
from commands.synthesized import Stack

REGION = "us-east-1"
#: Round numbers, so that sums are seen at once.
USD = {
    "fargate.arm.vcpu.on-demand": 0.04,
    "fargate.arm.gb.on-demand": 0.005,
    "fargate.arm.vcpu.spot": 0.01,
    "fargate.arm.gb.spot": 0.001,
    "fargate.arm.vcpu.savings-plan": 0.03,
    "fargate.arm.gb.savings-plan": 0.004,
    "rds.postgres.db.r6g.large.multi-az.on-demand": 0.5,
    "rds.postgres.db.r6g.large.multi-az.reserved": 0.3,
    "rds.gp3.multi-az": 0.2,
    "elasticache.redis.cache.r6g.large.on-demand": 0.2,
    "elasticache.redis.cache.r6g.large.reserved": 0.1,
    "nat.hour": 0.05,
    "nat.gb": 0.04,
    "endpoint.hour": 0.01,
    "endpoint.gb": 0.01,
    "alb.hour": 0.02,
    "alb.lcu": 0.01,
    "ipv4.hour": 0.005,
    "waf.acl": 5,
    "waf.rule": 1,
    "waf.requests": 0.6,
    "xray.traces": 5,
    "kms.key": 1,
    "kms.requests": 0.003,
    "alarm": 0.1,
    "alarm.high-resolution": 0.3,
    "alarm.composite": 0.5,
    "route53.check": 0.5,
    "route53.check.feature": 1,
    "logs.ingested": 0.5,
    "logs.stored": 0.03,
    "metric": 0.3,
}


def prices(usd: Mapping[str, float] = USD) -> Prices:
    table = Prices({})
    for key, value in usd.items():
        table.put(key, REGION, Price(value, "", "2026-01-31", "listed", ""))
    return table


def usage(**amounts: Amount) -> Usage:
    return Usage(amounts, {}, "usage.yaml")


def stack(resources: Mapping[str, Mapping[str, Any]], region: str = REGION) -> Stack:
    document = {"provider": {"aws": [{"region": region}]}, "resource": resources}
    return Stack.parsed(f"superset-{region}", json.dumps(document))


def cost(
    resources: Mapping[str, Mapping[str, Any]],
    options: Options | None = None,
    **amounts: Amount,
) -> Estimate:
    return estimate("prod", [stack(resources)], prices(), usage(**amounts), options)


def service(low: int, high: int, *strategy: Mapping[str, Any]) -> dict[str, Any]:
    """A service of tasks with 1 vCPU and 2 GB: 0.05 USD an hour on demand, 0.012 on Spot."""
    return {
        "aws_ecs_service": {
            "web": {
                "name": "superset-web",
                "task_definition": "${aws_ecs_task_definition.web.arn}",
                "desired_count": low,
                "capacity_provider_strategy": list(strategy),
            }
        },
        "aws_ecs_task_definition": {
            "web": {
                "family": "superset-app",
                "cpu": "1024",
                "memory": "2048",
                "runtime_platform": {"cpu_architecture": "ARM64"},
            }
        },
        "aws_appautoscaling_target": {
            "web": {
                "resource_id": "service/${aws_ecs_cluster.one.name}/${aws_ecs_service.web.name}",
                "min_capacity": low,
                "max_capacity": high,
            }
        },
    }


FARGATE = {"capacity_provider": "FARGATE", "base": 1, "weight": 0}
SPOT = {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 1}
DATABASE = {
    "engine": "postgres",
    "identifier": "superset-production",
    "instance_class": "db.r6g.large",
    "multi_az": True,
    "storage_type": "gp3",
    "allocated_storage": 100,
    "max_allocated_storage": 500,
}
CACHE = {"engine": "redis", "node_type": "cache.r6g.large", "num_cache_clusters": 2}


def test_a_service_costs_its_lowest_number_of_tasks_and_more_in_the_hours_at_its_highest() -> None:
    found = cost(service(3, 10), web_hours_at_max=Amount(0, 100, 730))
    # 3 x 730 h, and 7 more for 100 h, or always.
    assert found.total.figures == pytest.approx(
        (3 * 730 * 0.05, 2890 * 0.05, 10 * 730 * 0.05), abs=1e-9
    )


def test_tasks_beyond_the_base_run_on_spot() -> None:
    resources = service(1, 5, FARGATE, SPOT)
    found = cost(resources, web_hours_at_max=Amount.of(100))
    assert found.total.typical == pytest.approx(730 * 0.05 + 4 * 100 * 0.012)
    found = cost(resources, Options(spot=False), web_hours_at_max=Amount.of(100))
    assert found.total.typical == pytest.approx((730 + 4 * 100) * 0.05)


@pytest.mark.parametrize(
    ("tasks", "strategy", "kept"),
    [
        (3, [], 3),
        (1, [FARGATE, SPOT], 1),
        (6, [FARGATE, SPOT], 1),
        # One task is the base, and of the six others two thirds are on Spot.
        (7, [{**FARGATE, "weight": 1}, {**SPOT, "weight": 2}], 3),
        (3, [{**FARGATE, "base": 0, "weight": 1}, {**SPOT, "base": 1, "weight": 2}], 2 / 3),
    ],
)
def test_ecs_places_bases_first_and_the_rest_by_weight(
    tasks: int, strategy: list[Mapping[str, Any]], kept: float
) -> None:
    assert on_demand(tasks, strategy, spot=True) == pytest.approx(kept)


def test_traces_are_paid_once_where_a_task_has_a_collector() -> None:
    resources = service(1, 1)
    amounts = {"web_hours_at_max": Amount.of(0), "traces_million": Amount.of(2)}
    assert cost(resources, **amounts).of("X-Ray").typical == 0
    definition = resources["aws_ecs_task_definition"]["web"]
    definition["container_definitions"] = '[{"environment": [{"value": "{awsxray: {}}"}]}]'
    resources["aws_ecs_task_definition"]["worker"] = definition
    amounts["one_off_task_hours"] = Amount.of(0)
    assert cost(resources, **amounts).of("X-Ray").typical == 10


def test_a_savings_plan_covers_the_tasks_that_always_run() -> None:
    found = cost(service(3, 5), Options(savings_plan=True), web_hours_at_max=Amount.of(100))
    # 0.03 + 2 x 0.004 an hour for three, and two more for 100 h on demand.
    assert found.total.typical == pytest.approx(3 * 730 * 0.038 + 2 * 100 * 0.05)


def test_services_that_are_stopped_cost_nothing_and_scale_out_only_while_they_run() -> None:
    half = Options(hours_per_week=84)
    found = cost(service(2, 4), half, web_hours_at_max=Amount(0, 10, 730))
    assert found.total.figures == pytest.approx(
        (2 * 365 * 0.05, (2 * 365 + 2 * 10) * 0.05, 4 * 365 * 0.05), abs=1e-9
    )


def test_a_database_costs_both_zones_and_the_storage_to_which_it_has_grown() -> None:
    found = cost({"aws_db_instance": {"one": DATABASE}}, database_gb=Amount(20, 150, 900))
    assert found.total.figures == pytest.approx((365 + 100 * 0.2, 365 + 150 * 0.2, 365 + 500 * 0.2))


def test_reserved_instances_and_nodes_have_prices_of_their_own() -> None:
    resources = {
        "aws_db_instance": {"one": DATABASE},
        "aws_elasticache_replication_group": {"one": CACHE},
    }
    found = cost(resources, Options(reserved=True), database_gb=Amount.of(0))
    assert found.of("RDS").typical == pytest.approx(730 * 0.3 + 20)
    assert found.of("ElastiCache").typical == pytest.approx(2 * 730 * 0.1)
    assert cost({"aws_elasticache_replication_group": {"one": CACHE}}).total.low == 292


def test_a_stopped_database_still_costs_its_storage() -> None:
    options = Options(hours_per_week=84, stop_database=True)
    found = cost({"aws_db_instance": {"one": DATABASE}}, options, database_gb=Amount.of(0))
    assert found.total.typical == pytest.approx(365 * 0.5 + 20)


def hours(start: str, stop: str) -> dict[str, Any]:
    """The schedules of a database."""
    return {
        name: {
            "name": f"superset-hours-{name}-database",
            "schedule_expression": f"cron({time} ? * MON,TUE,FRI *)",
        }
        for name, time in (("start", start), ("stop", stop))
    }


def test_what_runs_in_some_hours_of_the_week_is_paid_in_these() -> None:
    resources = {
        "aws_db_instance": {"one": DATABASE},
        "aws_scheduler_schedule": hours("30 8", "10 20"),
    }
    found = cost(resources, database_gb=Amount.of(0))
    share = 3 * (11 + 40 / 60) / 168
    assert found.total.typical == pytest.approx(365 * share + 20)
    assert cost(resources, Options(), database_gb=Amount.of(0)).total.typical == 365 + 20


def test_a_replica_has_the_storage_of_its_source_in_another_region() -> None:
    source = {**DATABASE, "allocated_storage": 200}
    replica = {key: value for key, value in DATABASE.items() if key not in ("engine",)}
    del replica["allocated_storage"]
    replica["replicate_source_db"] = f"arn:aws:rds:{REGION}:123456789012:db:superset-production"
    table = prices()
    for key in USD:
        table.put(key, "eu-west-1", Price(2 * USD[key], "", "2026-01-31", "listed", ""))
    stacks = [
        stack({"aws_db_instance": {"one": source}}),
        stack({"aws_db_instance": {"one": replica}}, "eu-west-1"),
    ]
    found = estimate("prod", stacks, table, usage(database_gb=Amount.of(0)))
    assert found.of("RDS", REGION).typical == pytest.approx(365 + 200 * 0.2)
    assert found.of("RDS", "eu-west-1").typical == pytest.approx(730 + 200 * 0.4)
    with pytest.raises(Mistakes, match="a replica of arn:aws:rds:us-east-1:.*, which is in no"):
        estimate("prod", stacks[1:], table, usage(database_gb=Amount.of(0)))


def test_gigabytes_of_a_region_are_paid_once_however_many_gateways_there_are() -> None:
    found = cost({"aws_nat_gateway": {"a": {}, "b": {}}}, nat_gb=Amount.of(100))
    assert found.total.typical == pytest.approx(2 * 730 * 0.05 + 100 * 0.04)


def test_an_interface_endpoint_costs_in_each_zone_and_a_gateway_nothing() -> None:
    endpoints = {
        "logs": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b", "c"]},
        "s3": {"vpc_endpoint_type": "Gateway"},
    }
    found = cost({"aws_vpc_endpoint": endpoints}, endpoint_gb=Amount.of(10))
    assert found.total.typical == pytest.approx(3 * 730 * 0.01 + 0.1)


def test_a_load_balancer_costs_hours_capacity_and_an_address_in_each_zone() -> None:
    balancer = {"load_balancer_type": "application", "internal": False, "subnets": ["a", "b"]}
    found = cost({"aws_lb": {"one": balancer}}, load_balancer_lcus=Amount(0, 0.5, 2))
    assert found.total.figures == pytest.approx(
        tuple(730 * (0.02 + units * 0.01 + 2 * 0.005) for units in (0, 0.5, 2))
    )


def test_waf_costs_by_rule_and_request() -> None:
    group = {"managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesSQLi"}}
    rules = [{"statement": group}, {"statement": {"rate_based_statement": {}}}]
    acl = {"aws_wafv2_web_acl": {"one": {"rule": rules}}}
    assert cost(acl, waf_requests_million=Amount.of(10)).total.typical == 5 + 2 + 6
    group["managed_rule_group_statement"]["name"] = "AWSManagedRulesBotControlRuleSet"
    with pytest.raises(Mistakes, match="the fee of AWS AWSManagedRulesBotControlRuleSet is not"):
        cost(acl, waf_requests_million=Amount.of(10))


def test_a_rotated_key_costs_more_after_each_of_its_first_two_years() -> None:
    keys = {"a": {"enable_key_rotation": True}, "b": {"enable_key_rotation": False}}
    found = cost({"aws_kms_key": keys}, kms_requests_thousand=Amount.of(1000))
    assert found.total.figures == pytest.approx((2 + 3, 3 + 3, 4 + 3))


def test_alarms_cost_by_metric_and_a_short_period_more() -> None:
    metric = {"metric": {"period": 60}}
    resources = {
        "aws_cloudwatch_metric_alarm": {
            "plain": {"period": 300},
            "short": {"period": 10},
            "maths": {"metric_query": [metric, metric, {"expression": "a / b"}]},
        },
        "aws_cloudwatch_composite_alarm": {"both": {}},
    }
    assert cost(resources).total.typical == pytest.approx(3 * 0.1 + 0.3 + 0.5)


def test_a_health_check_costs_more_with_https_and_a_short_interval() -> None:
    checks = {
        "endpoint": {"type": "HTTPS", "request_interval": 10},
        "slow": {"type": "HTTPS", "request_interval": 30},
        "all": {"type": "CALCULATED"},
    }
    assert cost({"aws_route53_health_check": checks}).total.typical == 3 * 0.5 + 3


def test_logs_cost_when_they_are_written_and_while_they_are_kept() -> None:
    groups = {"a": {"name": "/superset/web", "retention_in_days": 73}}
    found = cost({"aws_cloudwatch_log_group": groups}, log_gb=Amount.of(10))
    # 73 days are 2.4 months of 730 hours.
    assert found.total.typical == pytest.approx(10 * 0.5 + 10 * 2.4 * 0.03)


def test_container_insights_is_billed_by_its_metrics() -> None:
    cluster = {"one": {"setting": [{"name": "containerInsights", "value": "enabled"}]}}
    resources = {**service(1, 1), "aws_ecs_cluster": cluster}
    found = cost(resources, web_hours_at_max=Amount.of(0))
    assert found.of("CloudWatch").typical == pytest.approx((13 + 15 + 10) * 0.3)


def test_everything_that_has_no_price_is_reported_at_once_by_its_name() -> None:
    resources = {
        "aws_opensearch_domain": {"search": {}},
        "aws_nat_gateway": {"a": {}},
        "aws_db_instance": {"one": {**DATABASE, "instance_class": "db.x9.huge", "iops": 9000}},
    }
    with pytest.raises(Mistakes) as caught:
        cost(resources, database_gb=Amount.of(0))
    lines = caught.value.lines
    assert len(lines) == 4
    text = "\n".join(lines)
    assert "superset-us-east-1: aws_opensearch_domain.search: what aws_opensearch_domain" in text
    assert "aws_nat_gateway.a costs by nat_gb: add it to usage.yaml" in text
    assert "aws_db_instance.one: iops is not priced" in text
    assert "rds.postgres.db.x9.huge.multi-az.on-demand has no price in us-east-1" in text


def test_no_type_is_both_priced_and_free() -> None:
    assert not set(PRICERS) & set(FREE)


@pytest.mark.parametrize("environment", snapshots.environments())
def test_every_resource_of_every_environment_has_its_price(environment: str) -> None:
    stacks = stacks_of(environment, read(snapshots.FOLDER))
    bill = bill_of(stacks, Prices.read(), Usage.of(environment), Options())
    assert not bill.problems


def test_an_environment_is_not_mistaken_for_another() -> None:
    names = ["superset-us-east-1", "superset-global", "superset-dev-global", "superset-qa-global"]
    texts = dict.fromkeys(names, "{}")
    known = ["prod", "dev", "qa"]
    assert [s.name for s in stacks_of("dev", texts, known)] == ["superset-dev-global"]
    assert [s.name for s in stacks_of("prod", texts, known)] == names[1::-1]
    with pytest.raises(Mistakes, match="there is no stack of staging"):
        stacks_of("staging", texts, known)


def test_choices_that_exclude_each_other_are_refused() -> None:
    for wrong in (
        {"hours_per_week": 84, "savings_plan": True},
        {"hours_per_week": 84, "stop_database": True, "reserved": True},
        {"stop_database": True},
        {"hours_per_week": 169},
        {"hours_per_week": -1},
    ):
        with pytest.raises(Mistakes):
            Options(**wrong)


# --- Changes ---


@pytest.fixture
def raised(tmp_path: Path) -> Path:
    """The snapshots with the next class for the primary of prod, as they would be after it."""
    for name, text in snapshots.committed().items():
        if name == f"superset-{REGION}":
            assert text.count('"db.r6g.large"') == 1
            text = text.replace('"db.r6g.large"', '"db.r6g.xlarge"')
        (tmp_path / f"{name}{snapshots.SUFFIX}").write_text(text)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = command.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_raised_class_costs_what_the_table_says(
    raised: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Prices.read()
    large, xlarge = (
        table.usd(f"rds.postgres.db.r6g.{size}.multi-az.on-demand", REGION) * 730
        for size in ("large", "xlarge")
    )
    code, said, _ = run(
        capsys,
        *("--environment", "prod", "--stacks", raised, "--against", snapshots.FOLDER, "--markdown"),
    )
    assert code == 0
    more = report.signed(xlarge - large)
    assert said.startswith(f"### Cost of prod: {more} USD in a typical month\n\n| region |")
    rows = [line for line in said.splitlines() if line.startswith(f"| {REGION} | RDS | ")]
    assert rows == [
        f"| {REGION} | RDS | db.r6g.xlarge, multi-az, on demand | 0.00 | {report.usd(xlarge)} "
        + f"| {report.signed(xlarge)} " * 3
        + "|",
        f"| {REGION} | RDS | db.r6g.large, multi-az, on demand | {report.usd(large)} | 0.00 "
        + f"| {report.signed(-large)} " * 3
        + "|",
    ]
    assert said.rstrip().endswith(f"| {more} | {more} | {more} |")


def test_a_file_of_before_is_compared_like_a_folder(
    raised: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, before, _ = run(capsys, "--environment", "prod", "--json")
    file = tmp_path / "before.json"
    file.write_text(before)
    _, by_file, _ = run(capsys, "--environment", "prod", "--stacks", raised, "--against", file)
    _, by_folder, _ = run(
        capsys, "--environment", "prod", "--stacks", raised, "--against", snapshots.FOLDER
    )
    assert by_file == by_folder
    _, same, _ = run(capsys, "--environment", "prod", "--against", file)
    assert same == "Cost of prod: +0.00 USD in a typical month: no item changes\n"


def test_a_file_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.json"
    for text, why in (("[]", "is not what --json prints"), ("{", "is not what --json prints")):
        file.write_text(text)
        assert run(capsys, "--environment", "prod", "--against", file)[::2] == (
            1,
            f"{file}: {why}\n",
        )
    _, dev, _ = run(capsys, "--environment", "dev", "--json")
    file.write_text(dev)
    code, _, said = run(capsys, "--environment", "prod", "--against", file)
    assert (code, said) == (1, f"{file}: is of dev; must be of prod\n")


def test_the_lines_of_json_add_up_to_its_total(capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = run(capsys, "--environment", "prod", "--json")
    document = json.loads(said)
    for name in ("low", "typical", "peak"):
        summed = sum(line["cost"][name] for line in document["lines"])
        assert summed == pytest.approx(document["total"][name], abs=0.01)


def test_the_table_of_a_terminal_has_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(capsys, "--environment", "dev")
    stacks = stacks_of("dev", read(snapshots.FOLDER))
    whole = estimate("dev", stacks, Prices.read(), Usage.of("dev")).total
    assert code == 0
    last = next(line for line in said.splitlines() if line.startswith("all "))
    assert last.split()[2:] == report.money(whole)


def test_a_folder_without_stacks_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = run(capsys, "--stacks", tmp_path)
    assert code == 1
    assert said.startswith(f"{tmp_path} holds no stack")


def test_a_month_is_compared_with_its_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said, _ = run(capsys, "--environment", "prod")
    share = f"{last(said) / 3000:.0%}"
    assert f"Budget: 3,000.00 USD a month; a typical one takes {share} of it\n" in said
    for name, text in snapshots.committed().items():
        lower = text.replace('"limit_amount": "3000"', '"limit_amount": "2000"')
        (tmp_path / f"{name}{snapshots.SUFFIX}").write_text(lower)
    _, said, _ = run(capsys, "--environment", "prod", "--stacks", tmp_path)
    share = f"{last(said) / 2000:.0%}"
    assert f"takes {share} of it: raise budget.monthly_usd, or lower what it costs" in said


def test_the_hours_of_the_stacks_hold_unless_others_are_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, own, _ = run(capsys, "--environment", "staging")
    _, always, _ = run(capsys, "--environment", "staging", "--hours-per-week", "168")
    _, reserved, wrong = run(capsys, "--environment", "staging", "--reserved")
    assert last(own) < last(always)
    assert not reserved
    assert "--hours-per-week 168 lets it run" in wrong


def last(said: str) -> float:
    """The total of a typical month."""
    line = next(line for line in said.splitlines() if line.startswith("all "))
    return float(line.split()[3].replace(",", ""))


def test_rounding_is_no_change() -> None:
    key = ("us-east-1", "RDS", "x")
    before, after = {key: Amount.of(1)}, {key: Amount.of(1.004)}
    assert not changes.difference(before, after)
    assert changes.difference(before, {key: Amount(1, 1, 1.006)})


# --- The page ---


def test_the_page_is_of_these_snapshots_and_prices() -> None:
    text = page.FILE.read_text()
    assert page.filled(text, page.tables()) == text, f"run: {page.COMMAND}"


def test_a_marker_without_a_table_is_named() -> None:
    with pytest.raises(Mistakes, match="marker without table.*: other"):
        page.filled("<!-- table: other -->\n<!-- end -->", {})


# --- Usage ---


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_usage_file_is_read(file: Path) -> None:
    assert Usage.read(file).amount("log_gb", REGION)


def test_an_environment_without_a_file_has_the_default() -> None:
    assert Usage.of("qa").file == "src/commands/cost/usage/default.yaml"


def test_a_region_may_differ(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "each_region: {nat_gb: 5, log_gb: {low: 1, typical: 2, peak: 3}}\n"
        "regions: {eu-west-1: {nat_gb: 7}}\n"
    )
    found = Usage.read(file)
    assert found.amount("nat_gb", REGION) == Amount.of(5)
    assert found.amount("nat_gb", "eu-west-1") == Amount.of(7)
    assert found.amount("log_gb", "eu-west-1") == Amount(1, 2, 3)
    assert found.amount("image_gb", REGION) is None


def test_every_mistake_of_a_usage_file_is_reported_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "each_region:\n"
        "  nat_gb: -1\n"
        "  log_gb: {low: 5, typical: 2, peak: 9}\n"
        "  wat_gb: 3\n"
        "  internet_gb: {low: 1, peak: 2}\n"
        "  zone_gb: many\n"
        "regions:\n"
        "  Ireland: {nat_gb: 1}\n"
    )
    with pytest.raises(Mistakes) as caught:
        Usage.read(file)
    number = "must be a number of 0 or more, or {low: …, typical: …, peak: …} of such numbers"
    assert caught.value.lines == [
        f"bad.yaml:2: each_region.nat_gb: is -1; {number}",
        "bad.yaml:3: each_region.log_gb: must rise from low over typical to peak",
        "bad.yaml:4: each_region.wat_gb: is not known; see usage.schema.json for the keys",
        f'bad.yaml:5: each_region.internet_gb: is {{"low": 1, "peak": 2}}; {number}',
        f'bad.yaml:6: each_region.zone_gb: is "many"; {number}',
        "bad.yaml:8: regions.Ireland: must be the name of a region, such as eu-west-1",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "bad.yaml:1: file: is null; must be keys with values"),
        ("each_region: [", "bad.yaml:1: is not YAML"),
        ("regions: {}\n", "bad.yaml:1: file: has no each_region"),
    ],
)
def test_a_file_that_is_no_usage_file_says_so(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(Mistakes) as caught:
        Usage.read(file)
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(said)


def test_a_usage_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match=r"none\.yaml: cannot be read: No such file"):
        Usage.read(tmp_path / "none.yaml")
