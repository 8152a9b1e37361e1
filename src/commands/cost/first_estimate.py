"""The estimate that this platform began from, figure by figure, beside what its own configuration
costs at AWS's prices and what this platform costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commands.cost.amounts import HOURS
from commands.cost.estimate import Estimate
from commands.cost.options import Options
from commands.cost.prices import Prices
from commands.cost.report import Row, usd

REGION = "us-east-1"


@dataclass(frozen=True)
class Stated:
    """One row of the first estimate: USD a month, and its share in percent if it has one."""

    name: str
    configuration: str
    usd: float
    share: str
    ours: str
    why: str


#: In its order; `ours` is our service in us-east-1.
ROWS = (
    Stated(
        *("ECS Fargate", "3 tasks (1 vCPU, 2 GB), x86", 105, "48%", "ECS Fargate"),
        "right for its three tasks; ours are ARM, a fifth cheaper, and a worker, beat and hours "
        "with more tasks come on top",
    ),
    Stated(
        *("RDS PostgreSQL", "db.r6g.large Multi-AZ, 100 GB", 85, "39%", "RDS"),
        "a quarter of the price: about half of one instance, where Multi-AZ is two; its storage is "
        "missing",
    ),
    Stated(
        *("Application Load Balancer", "one, 1 LCU", 20, "9%", "Load balancer"),
        "right; ours has half an LCU in a typical month",
    ),
    Stated(
        *("NAT Gateway", "one, 50 GB", 35, "16%", "NAT gateways"),
        "right for one; ours has one in each of two zones",
    ),
    Stated(
        *("ElastiCache Redis", "cache.r6g.large, two nodes", 100, "-", "ElastiCache"),
        "a third of the price: its stack has a primary and a replica",
    ),
    Stated(
        *("CloudWatch", "10 GB of logs, 4 alarms, a dashboard, Container Insights", 10, "5%"),
        "CloudWatch",
        "Container Insights is billed by the metric and is not in it",
    ),
    Stated(
        *("Route 53", "one zone", 1, "<1%", ""),
        "right; ours has a private zone and health checks that ask every 10 seconds over HTTPS",
    ),
)

TOTAL = 220
TOTAL_WITH_REDIS = 320
REDIS = "ElastiCache Redis"


def own_configuration(prices: Prices) -> Mapping[str, float]:
    """What each row's configuration costs at the table's prices, in us-east-1."""

    def at(key: str) -> float:
        return prices.usd(key, REGION)

    def tasks(number: float, vcpu: float, memory: float) -> float:
        hour = vcpu * at("fargate.x86.vcpu.on-demand") + memory * at("fargate.x86.gb.on-demand")
        return number * hour * HOURS

    def database(kind: str, zones: str, gigabytes: float) -> float:
        hour = at(f"rds.postgres.{kind}.{zones}.on-demand")
        return hour * HOURS + gigabytes * at(f"rds.gp3.{zones}")

    balancer = (at("alb.hour") + at("alb.lcu")) * HOURS
    nat = at("nat.hour") * HOURS + 50 * at("nat.gb")
    # Container Insights of a cluster with one service: 13 + 15 + 10 metrics (pricers.INSIGHTS).
    watch = 10 * at("logs.ingested") + 4 * at("alarm") + at("dashboard") + 38 * at("metric")
    zone = at("route53.zone")
    beside = balancer + nat + zone
    return {
        "ECS Fargate": tasks(3, 1, 2),
        "RDS PostgreSQL": database("db.r6g.large", "multi-az", 100),
        "Application Load Balancer": balancer,
        "NAT Gateway": nat,
        REDIS: 2 * at("elasticache.redis.cache.r6g.large.on-demand") * HOURS,
        "CloudWatch": watch,
        "Route 53": zone,
        "development": tasks(1, 0.5, 1) + database("db.t4g.medium", "single-az", 20) + beside,
        "staging": tasks(2, 1, 2) + database("db.t4g.large", "single-az", 50) + beside,
    }


def table(prices: Prices, prod: Estimate) -> tuple[Row, list[Row], int]:
    """Every row and both sums."""
    computed = own_configuration(prices)
    without = [row for row in ROWS if row.name != REDIS]
    whole = sum(computed[row.name] for row in without)
    rows: list[Row] = []
    ours_listed = 0.0
    for row in ROWS:
        own = prod.of(row.ours, REGION).typical if row.ours else prod.of("Route 53").typical
        ours_listed += own
        share = "-" if row.name == REDIS else f"{computed[row.name] / whole:.0%}"
        rows.append(
            [
                *(f"{row.name}: {row.configuration}", row.why, f"{row.usd:,.0f}", row.share),
                *(usd(computed[row.name]), share, usd(own)),
            ]
        )
    region = one_region(prod)
    outbound = prod.of("Data transfer", REGION).typical
    rows.append(
        [
            *("data transfer", "it says variable; ours is of a typical month", "variable", "-"),
            *("-", "-", usd(outbound)),
        ]
    )
    rest = region - ours_listed - outbound
    rows.append(
        [
            "what it does not have",
            "VPC endpoints, keys, WAF, public addresses, backups, secrets, S3, ECR",
            *("-", "-", "-", "-", usd(rest)),
        ]
    )
    stated = sum(row.usd for row in without)
    shares = sum(int(row.share.strip("%")) for row in without if not row.share.startswith("<"))
    redis = computed[REDIS]
    rows.append(
        [
            "total without Redis",
            f"its rows sum to {stated:,.0f}; its shares, of {TOTAL}, sum to more than {shares}%",
            *(f"{TOTAL:,.0f}", "100%", usd(whole), "100%"),
            usd(region - prod.of("ElastiCache", REGION).typical),
        ]
    )
    rows.append(
        [
            "total with Redis",
            f"its rows sum to {stated + 100:,.0f}",
            *(f"{TOTAL_WITH_REDIS:,.0f}", "-", usd(whole + redis), "-", usd(region)),
        ]
    )
    head = ["row", "why they differ", "it says", "share", "at AWS's prices", "share", "prod here"]
    return head, rows, 2


def tiers(prices: Prices, estimates: Mapping[str, Estimate]) -> tuple[Row, list[Row], int]:
    """Its environments and its tiers."""
    computed = own_configuration(prices)
    base = sum(computed[row.name] for row in ROWS if row.name != REDIS)
    redis = computed[REDIS]
    prod, staging, dev = (estimates[name] for name in ("prod", "staging", "dev"))
    one = one_region(prod)
    rows = [
        [
            *("development: 1 task (0.5 vCPU, 1 GB), db.t4g.medium", "60"),
            *(usd(computed["development"]), f"dev: {usd(dev.total.typical)}"),
        ],
        [
            *("staging: 2 tasks (1 vCPU, 2 GB), db.t4g.large", "120"),
            *(usd(computed["staging"]), f"staging: {usd(staging.total.typical)}"),
        ],
        [
            *("production: 3-10 tasks (1 vCPU, 2 GB), db.r6g.large", "220"),
            *(usd(base), f"prod, one region: {usd(one)}"),
        ],
        [
            *("minimal: one instance, small database", "60"),
            *(usd(computed["development"]), f"dev: {usd(dev.total.typical)}"),
        ],
        [
            *("standard: 3 instances, Multi-AZ database", "220"),
            *(
                usd(base),
                f"prod, one region, no Redis: {usd(one - prod.of('ElastiCache', REGION).typical)}",
            ),
        ],
        [
            *("enhanced: auto-scaling, Redis", "320"),
            *(usd(base + redis), f"prod, one region: {usd(one)}"),
        ],
        [
            *("enterprise: several regions, read replicas", "1,000+"),
            *(usd(2 * (base + redis)), f"prod, both regions: {usd(prod.total.typical)}"),
        ],
    ]
    return ["environment or tier", "it says", "at AWS's prices", "here"], rows, 1


def savings(
    prices: Prices, prod: Estimate, staging: Mapping[Options, Estimate], scheduled: Estimate
) -> tuple[Row, list[Row], int]:
    """Its percentages. `staging` is by options: none, and services 12 hours a day; `scheduled` is
    staging in its own hours."""

    def less(part: float, whole: float) -> str:
        return f"{1 - part / whole:.0%}"

    hour = sum(
        size * prices.usd(f"fargate.x86.{part}.on-demand", REGION)
        for part, size in (("vcpu", 1), ("gb", 2))
    )
    spot_hour = sum(
        size * prices.usd(f"fargate.x86.{part}.spot", REGION)
        for part, size in (("vcpu", 1), ("gb", 2))
    )

    def stoppable(estimate: Estimate) -> float:
        return estimate.of("ECS Fargate").typical + estimate.of("RDS").typical

    # Three tasks, its base of one and two thirds of the other two on Spot.
    on_spot = 1 + 2 * 2 / 3
    mixed = on_spot * spot_hour + (3 - on_spot) * hour
    plain, stopped = staging[Options()], staging[Options(hours_per_week=84)]
    web = sum(
        line.cost.typical
        for line in prod.lines
        if line.service == "ECS Fargate" and "web" in line.item and line.region == REGION
    )
    arm = sum(
        size * prices.usd(f"fargate.arm.{part}.on-demand", REGION)
        for part, size in (("vcpu", 1), ("gb", 2))
    )
    static = 10 * arm * HOURS
    one = one_region(prod)
    rows = [
        [
            *("Spot for web, 67% by weight", "50-70% of Fargate", less(mixed, 3 * hour)),
            "its base is on Spot too, so that all three can go at once; here web and the first "
            "worker are on demand",
        ],
        [
            *("12 hours a day instead of 24", "60%", less(12, 24)),
            "of Fargate alone; of all of staging "
            f"{less(stopped.total.typical, plain.total.typical)}: database, Redis, endpoints, NAT "
            "and load balancer go on; in staging's own hours, weekdays and the database too, "
            f"{less(stoppable(scheduled), stoppable(plain))} of these two and "
            f"{less(scheduled.total.typical, plain.total.typical)} of all",
        ],
        [
            *("auto-scaling instead of a fixed size", "40%", less(web, static)),
            f"of Fargate for web alone, against always 10 tasks; of prod in one region "
            f"{less(one, one - web + static)}",
        ],
    ]
    return ["measure", "it says", "computed", "of what"], rows, 4


def one_region(prod: Estimate) -> float:
    """A typical month of one region and of what has none."""
    return sum(line.cost.typical for line in prod.lines if line.region in (REGION, "global"))
