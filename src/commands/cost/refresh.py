"""`make prices`: reads every price anew from AWS, and those that the stacks need and nobody has.

Asks `pricing:GetProducts` and, for Savings Plans, `savingsplans:DescribeSavingsPlansOfferingRates`.
What AWS answers with no price or several is named, keeps what the table had, and ends with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.cost import catalog, prices
from commands.cost.catalog import Entry
from commands.cost.estimate import prices_needed
from commands.cost.prices import Price, Prices
from commands.problems import Mistakes

#: The Price List and the Savings Plans answer here, for every region.
ENDPOINT = "us-east-1"
YEAR = 365 * 24 * 60 * 60


class NotFound(Exception):
    """AWS has not exactly one price; the message says what it has."""


class PriceList:
    """Both APIs of prices."""

    def __init__(self, pricing: Any = None, savings: Any = None) -> None:
        self._pricing = pricing or boto3.client("pricing", region_name=ENDPOINT)
        self._savings = savings or boto3.client("savingsplans", region_name=ENDPOINT)

    def price(self, key: str, region: str) -> Price:
        """The price of a kind in a region today. Raises NotFound."""
        entry = catalog.entry(key)
        if entry.term == catalog.SAVINGS_PLAN:
            usd, since = self._savings_plan(entry, region)
        else:
            usd, since = self._product(entry, region)
        return Price(round(usd * entry.per, 10), entry.unit, since, "api", entry.source)

    def _product(self, entry: Entry, region: str) -> tuple[float, str]:
        filters = {**entry.filters}
        if region != catalog.GLOBAL:
            transfer = entry.service == "AWSDataTransfer"
            filters["fromRegionCode" if transfer else "regionCode"] = region
        usage = entry.usage_type(region)
        offers = [
            offer
            for offer in self._products(entry.service, filters)
            if usage.fullmatch(offer["product"]["attributes"].get("usagetype", ""))
            and _has(offer["product"]["attributes"], entry.attributes)
        ]
        steps = [paid for offer in offers for term in _terms(offer, entry) if (paid := _paid(term))]
        return _only(steps, f"{len(offers)} products of {entry.service}, {entry.usage}", entry)

    def _products(self, service: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        pages = self._pricing.get_paginator("get_products").paginate(
            ServiceCode=service,
            FormatVersion="aws_v1",
            Filters=[
                {"Type": "TERM_MATCH", "Field": field, "Value": value}
                for field, value in sorted(filters.items())
            ],
        )
        for page in pages:
            yield from map(json.loads, page["PriceList"])

    def _savings_plan(self, entry: Entry, region: str) -> tuple[float, str]:
        asked: dict[str, Any] = {
            "savingsPlanPaymentOptions": ["No Upfront"],
            "savingsPlanTypes": ["Compute"],
            "products": ["Fargate"],
            "serviceCodes": [entry.service],
            "filters": [{"name": "region", "values": [region]}],
        }
        usage = entry.usage_type(region)
        # The answer has no date: it holds today.
        today = datetime.now(UTC).date().isoformat()
        found = []
        while True:
            answer = self._savings.describe_savings_plans_offering_rates(**asked)
            found += [
                (float(rate["rate"]), today)
                for rate in answer["searchResults"]
                if rate["savingsPlanOffering"]["durationSeconds"] == YEAR
                and usage.fullmatch(rate["usageType"])
            ]
            if not answer.get("nextToken"):
                return _only(found, f"a Compute Savings Plan for {entry.usage}", entry)
            asked["nextToken"] = answer["nextToken"]


def _has(attributes: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(attributes.get(name) == value for name, value in wanted.items())


def _terms(offer: Mapping[str, Any], entry: Entry) -> Iterator[list[dict[str, Any]]]:
    """The price dimensions of each term that is meant: its steps, by quantity."""
    for term in offer["terms"].get(entry.term, {}).values():
        wanted = {"LeaseContractLength": "1yr", "PurchaseOption": "No Upfront"}
        if entry.term != catalog.RESERVED or _has(term["termAttributes"], wanted):
            yield [
                {**dimension, "since": term["effectiveDate"]}
                for dimension in term["priceDimensions"].values()
            ]


def _paid(steps: list[dict[str, Any]]) -> tuple[float, str] | None:
    """The first step that costs: free allowances come before it."""
    costing = [step for step in steps if float(step["pricePerUnit"].get("USD", 0)) > 0]
    if not costing:
        return None
    first = min(costing, key=lambda step: float(step.get("beginRange") or 0))
    return float(first["pricePerUnit"]["USD"]), first["since"][:10]


def _only(found: list[tuple[float, str]], what: str, entry: Entry) -> tuple[float, str]:
    by_price = dict(sorted(found))
    if not by_price or (len(by_price) > 1 and not entry.highest):
        listed = ", ".join(prices.number(usd) for usd in by_price) or "none"
        raise NotFound(f"{what}: one price is wanted, and AWS has {listed}")
    return max(by_price.items())


def wanted(
    table: Prices, regions: Iterable[str], needed: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Key and region of what is read: the table's, the stacks', and all kinds of a new region."""
    found = {(key, region) for region, rows in table.rows.items() for key in rows}
    found |= {(key, catalog.home(key, region)) for key, region in needed}
    known = {key for rows in table.rows.values() for key in rows if not key.startswith("route53.")}
    for region in regions:
        found |= {(key, region) for key in {*catalog.keys(region), *known}}
    return found


def refresh(table: Prices, asked: Iterable[tuple[str, str]], source: PriceList) -> list[str]:
    """Puts what AWS has into the table; returns a line for each that it has not."""
    missing = []
    for key, region in sorted(asked):
        if catalog.entry(key).term == catalog.BY_HAND:
            if not table.find(key, region):
                missing.append(f"{region}: {key}: the Price List has none; add it from its page")
            continue
        try:
            table.put(key, region, source.price(key, region))
        except NotFound as reason:
            missing.append(f"{region}: {key}: {reason}")
    return missing


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="prices", description=__doc__.splitlines()[0])
    parser.add_argument("--region", action="append", default=[], help="add this region")
    parser.add_argument("--table", type=Path, default=prices.FILE)
    options = parser.parse_args()
    try:
        table = Prices.read(options.table)
        asked = wanted(table, options.region, prices_needed())
        before = table.text()
        missing = refresh(table, asked, PriceList())
    except Mistakes as mistakes:
        print(mistakes, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as failure:
        print(f"AWS's prices cannot be read: {failure}", file=sys.stderr)
        return 1
    options.table.write_text(table.text())
    changed = len(set(table.text().splitlines()) - set(before.splitlines()))
    print(f"{len(asked) - len(missing)} prices read, {changed} lines changed")
    for line in missing:
        print(line, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
