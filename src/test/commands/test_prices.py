"""`make prices`, against answers in the form that AWS documents for its Price List."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from commands.cost import catalog, refresh
from commands.cost.estimate import prices_needed
from commands.cost.prices import FILE, Price, Prices
from commands.cost.refresh import NotFound, PriceList
from commands.problems import Mistakes

REGION = "eu-west-1"
SINCE = "2026-05-01T00:00:00Z"


def step(usd: str, begin: str = "0", unit: str = "Hrs") -> dict[str, Any]:
    return {
        "unit": unit,
        "beginRange": begin,
        "endRange": "Inf",
        "description": f"{usd} USD",
        "pricePerUnit": {"USD": usd},
        "appliesTo": [],
    }


def term(*steps: Mapping[str, Any], **attributes: str) -> dict[str, Any]:
    return {
        "priceDimensions": {f"SKU.TERM.{number}": one for number, one in enumerate(steps)},
        "effectiveDate": SINCE,
        "offerTermCode": "TERM",
        "termAttributes": attributes,
    }


def product(usage: str, *on_demand: Any, reserved: Any = (), **attributes: str) -> str:
    """One element of `PriceList`: a document in text."""
    terms = {"OnDemand": {f"SKU.{n}": one for n, one in enumerate(on_demand)}}
    if reserved:
        terms["Reserved"] = {f"SKU.R{n}": one for n, one in enumerate(reserved)}
    return json.dumps(
        {
            "product": {
                "productFamily": "any",
                "attributes": {"usagetype": usage, "regionCode": REGION, **attributes},
                "sku": "SKU",
            },
            "serviceCode": "any",
            "terms": terms,
            "version": "20260501000000",
            "publicationDate": SINCE,
        }
    )


def stubbed(service: str) -> Iterator[Any]:
    client = boto3.client(service, region_name=refresh.ENDPOINT, **KEYS)
    with Stubber(client) as stub:
        stub.client = client
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def pricing() -> Iterator[Any]:
    yield from stubbed("pricing")


@pytest.fixture
def savings() -> Iterator[Any]:
    yield from stubbed("savingsplans")


KEYS = {"aws_access_key_id": "stub", "aws_secret_access_key": "stub"}


def answer(
    stub: Any, service: str, filters: Mapping[str, str], *pages: list[str], region: str = REGION
) -> None:
    """Expects one question, and answers in pages."""
    asked = {
        "ServiceCode": service,
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": field, "Value": value}
            for field, value in sorted({**filters, "regionCode": region}.items())
            if value
        ],
    }
    for number, page in enumerate(pages):
        token = {"NextToken": f"page-{number}"} if number else {}
        more = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
        stub.add_response(
            "get_products",
            {"FormatVersion": "aws_v1", "PriceList": page, **more},
            {**asked, **token},
        )


def test_a_database_is_asked_for_by_class_engine_and_zones(pricing: Any, savings: Any) -> None:
    wanted = {
        "instanceType": "db.r6g.xlarge",
        "databaseEngine": "PostgreSQL",
        "deploymentOption": "Multi-AZ",
    }
    answer(
        *(pricing, "AmazonRDS", wanted),
        [product("EU-Multi-AZUsage:db.r6g.xl.optimized", term(step("9")))],
        [product("EU-Multi-AZUsage:db.r6g.xl", term(step("1.0020000000")))],
    )
    key = "rds.postgres.db.r6g.xlarge.multi-az.on-demand"
    found = PriceList(pricing.client, savings.client).price(key, REGION)
    assert found == Price(1.002, "hour", "2026-05-01", "api", catalog.PAGES["rds"])


def test_a_reserved_node_is_of_one_year_with_nothing_upfront(pricing: Any, savings: Any) -> None:
    answer(
        *(pricing, "AmazonElastiCache"),
        {"instanceType": "cache.r6g.large", "cacheEngine": "Redis"},
        [
            product(
                "EU-NodeUsage:cache.r6g.large",
                term(step("0.229")),
                reserved=(
                    term(step("0.157"), LeaseContractLength="1yr", PurchaseOption="No Upfront"),
                    term(step("0.1"), LeaseContractLength="3yr", PurchaseOption="No Upfront"),
                    term(
                        step("1300", unit="Quantity"),
                        step("0"),
                        LeaseContractLength="1yr",
                        PurchaseOption="All Upfront",
                    ),
                ),
            ),
            product("EU-ExtendedSupportYr1_Yr2-NodeUsage:cache.r6g.large", term(step("0.1"))),
        ],
    )
    key = "elasticache.redis.cache.r6g.large.reserved"
    assert PriceList(pricing.client, savings.client).price(key, REGION).usd == 0.157


def test_the_first_step_that_costs_is_the_price(pricing: Any, savings: Any) -> None:
    steps = (step("0", "0"), step("0.08", "10240"), step("0.09", "100"))
    answer(
        *(pricing, "AWSDataTransfer"),
        {"transferType": "AWS Outbound", "fromRegionCode": REGION},
        [product("EU-DataTransfer-Out-Bytes", term(*steps))],
        region="",
    )
    assert PriceList(pricing.client, savings.client).price("transfer.internet", REGION).usd == 0.09


def test_of_prices_to_other_regions_the_highest_counts(pricing: Any, savings: Any) -> None:
    answer(
        *(pricing, "AWSDataTransfer"),
        {"transferType": "InterRegion Outbound", "fromRegionCode": REGION},
        [
            product("EU-USE1-AWS-Out-Bytes", term(step("0.02"))),
            product("EU-EUW2-AWS-Out-Bytes", term(step("0.01"))),
        ],
        region="",
    )
    assert PriceList(pricing.client, savings.client).price("transfer.region", REGION).usd == 0.02


def test_requests_are_priced_by_the_thousand_and_million(pricing: Any, savings: Any) -> None:
    answer(
        *(pricing, "awskms", {}),
        [product("eu-west-1-KMS-Requests", term(step("0"), step("0.000003", "20000")))],
    )
    answer(pricing, "awswaf", {}, [product("EUW1-RequestV2-Tier1", term(step("0.0000006")))])
    source = PriceList(pricing.client, savings.client)
    assert source.price("kms.requests", REGION).usd == pytest.approx(0.003)
    assert source.price("waf.requests", REGION).usd == pytest.approx(0.6)


def test_services_without_regions_are_asked_for_without_one(pricing: Any, savings: Any) -> None:
    answer(
        *(pricing, "AmazonRoute53", {}),
        [product("HostedZone", term(step("0.5"), step("0.1", "25")))],
        region="",
    )
    source = PriceList(pricing.client, savings.client)
    assert source.price("route53.zone", catalog.GLOBAL).usd == 0.5


def test_a_savings_plan_is_of_one_year(pricing: Any, savings: Any) -> None:
    asked = {
        "savingsPlanPaymentOptions": ["No Upfront"],
        "savingsPlanTypes": ["Compute"],
        "products": ["Fargate"],
        "serviceCodes": ["AmazonECS"],
        "filters": [{"name": "region", "values": [REGION]}],
    }

    def rate(usd: str, usage: str, years: int) -> dict[str, Any]:
        offering = {
            "offeringId": "3e0a1ddd-4a5c-4a2c-8b66-5d4d4e9c6a11",
            "paymentOption": "No Upfront",
            "planType": "Compute",
            "durationSeconds": years * refresh.YEAR,
            "currency": "USD",
        }
        return {"savingsPlanOffering": offering, "rate": usd, "usageType": usage, "unit": "Hrs"}

    vcpu = "EU-Fargate-ARM-vCPU-Hours:perCPU"
    savings.add_response(
        "describe_savings_plans_offering_rates",
        {"searchResults": [rate("0.018", vcpu, 3)], "nextToken": "more"},
        asked,
    )
    savings.add_response(
        "describe_savings_plans_offering_rates",
        {
            "searchResults": [
                rate("0.026", vcpu, 1),
                rate("0.003", "EU-Fargate-ARM-GB-Hours", 1),
                rate("0.032", "EU-Fargate-vCPU-Hours:perCPU", 1),
            ],
            "nextToken": "",
        },
        {**asked, "nextToken": "more"},
    )
    source = PriceList(pricing.client, savings.client)
    assert source.price("fargate.arm.vcpu.savings-plan", REGION).usd == 0.026


def test_two_prices_are_no_price(pricing: Any, savings: Any) -> None:
    family = {"productFamily": "NAT Gateway"}
    two = [product("EU-NatGateway-Hours", term(step(usd))) for usd in ("0.048", "0.05")]
    answer(pricing, "AmazonEC2", family, two)
    answer(pricing, "AmazonEC2", family, [product("EU-NatGateway-Bytes", term(step("0.048")))])
    source = PriceList(pricing.client, savings.client)
    with pytest.raises(NotFound, match=r"one price is wanted, and AWS has 0\.048, 0\.05"):
        source.price("nat.hour", REGION)
    with pytest.raises(NotFound, match="AWS has none"):
        source.price("nat.hour", REGION)


class Answers:
    """A source that knows some prices."""

    def __init__(self, **known: float) -> None:
        self._known = known

    def price(self, key: str, region: str) -> Price:
        if key not in self._known:
            raise NotFound("AWS has none")
        entry = catalog.entry(key)
        return Price(self._known[key], entry.unit, "2026-05-01", "api", entry.source)


def test_what_is_not_found_keeps_its_price_and_is_named() -> None:
    table = Prices({})
    for key in ("alarm", "secret", "fargate.arm.vcpu.spot"):
        table.put(key, REGION, Price(7, catalog.entry(key).unit, "2026-01-01", "listed", ""))
    asked = {(key, REGION) for key in table.rows[REGION]} | {("fargate.arm.gb.spot", REGION)}
    missing = refresh.refresh(table, asked, Answers(alarm=0.11))
    assert missing == [
        f"{REGION}: fargate.arm.gb.spot: the Price List has none; add it from its page",
        f"{REGION}: secret: AWS has none",
    ]
    assert table.usd("alarm", REGION) == 0.11
    assert table.usd("secret", REGION) == table.usd("fargate.arm.vcpu.spot", REGION) == 7


def test_a_new_region_gets_every_price_and_the_stacks_what_they_need() -> None:
    row = Price(1, "hour", "2026-01-01", "listed", "")
    node = "elasticache.redis.cache.r6g.large.on-demand"
    table = Prices({"us-east-1": {node: row}, "global": {"route53.zone": row}})
    found = refresh.wanted(table, ["ap-southeast-1"], [("elasticache.x", "eu-west-1")])
    assert ("elasticache.x", "eu-west-1") in found
    assert (node, "ap-southeast-1") in found
    assert ("nat.hour", "ap-southeast-1") in found
    assert ("route53.zone", "ap-southeast-1") not in found
    assert ("nat.hour", "us-east-1") not in found


def test_the_command_writes_what_it_read_and_ends_with_1_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prices.yaml"
    entry = catalog.entry("alarm")
    table = Prices({})
    for key in ("alarm", "secret"):
        one = catalog.entry(key)
        table.put(key, REGION, Price(7, one.unit, "2026-01-01", "listed", one.source))
    file.write_text(table.text())
    monkeypatch.setattr(refresh, "PriceList", lambda: Answers(alarm=0.11))
    monkeypatch.setattr(refresh, "prices_needed", set)
    monkeypatch.setattr("sys.argv", ["prices", "--table", str(file)])
    assert refresh.main() == 1
    said = capsys.readouterr()
    assert said.out == "1 prices read, 1 lines changed\n"
    assert said.err == f"{REGION}: secret: AWS has none\n"
    found = Prices.read(file)
    assert found.find("alarm", REGION) == Price(0.11, entry.unit, "2026-05-01", "api", entry.source)
    assert found.usd("secret", REGION) == 7


# --- The table ---


def test_the_table_is_as_it_would_be_written() -> None:
    assert Prices.read().text() == FILE.read_text()


def test_the_table_has_what_the_stacks_need_however_they_are_paid() -> None:
    table = Prices.read()
    assert not [one for one in sorted(prices_needed()) if not table.find(*one)]


def test_every_mistake_of_a_table_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    page = "https://aws.amazon.com/kms/pricing/"
    file.write_text(
        f"""
eu-west-1:
  kms.key: {{usd: -1, unit: 'key', date: 'May', basis: guessed, source: 'https://example.com/'}}
  kms.wish: {{usd: 1, unit: 'key-month', date: '2026-05-01', basis: listed, source: '{page}'}}
  secret: {{usd: 1}}
  route53.zone:
    usd: 1
    unit: 'zone-month'
    date: '2026-05-01'
    basis: listed
    source: '{page}'
"""
    )
    with pytest.raises(Mistakes) as caught:
        Prices.read(file)
    start = "prices.yaml: eu-west-1"
    assert caught.value.lines == [
        f"{start}: kms.key: usd is -1; must be more than 0",
        f"{start}: kms.key: unit is 'key'; must be 'key-month'",
        f"{start}: kms.key: basis is 'guessed'; must be one of api, listed, believed, estimated",
        f"{start}: kms.key: date is 'May'; must be a day such as 2026-01-31",
        f"{start}: kms.key: source is 'https://example.com/'; "
        "must be a page of https://aws.amazon.com/",
        f"{start}: kms.wish: no resource has this price; see catalog.py",
        f"{start}: secret: must have usd, unit, date, basis, source, and nothing else",
        f"{start}: route53.zone: belongs under global",
    ]
