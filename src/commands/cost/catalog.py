"""What can have a price: its unit, AWS's public page of it, and how the Price List API names it.

A key is what a pricer asks for, such as `rds.postgres.db.r6g.large.multi-az.on-demand`. Names of
the Price List: "Using the AWS Price List Query API" (AWS Billing User Guide). A usage type begins
with a mark of its region in most regions (`EU-`, `USE1-`, `us-east-1-`), which is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Region under which prices of services without regions are kept.
GLOBAL = "global"

ON_DEMAND = "OnDemand"
#: One year, nothing upfront.
RESERVED = "Reserved"
#: A Compute Savings Plan of one year, nothing upfront: another API has its rates.
SAVINGS_PLAN = "SavingsPlan"
#: The Price List API has no price of Fargate Spot: the page has, and changes daily.
BY_HAND = "by hand"

PAGES = {
    "backup": "https://aws.amazon.com/backup/pricing/",
    "cloudwatch": "https://aws.amazon.com/cloudwatch/pricing/",
    "ec2": "https://aws.amazon.com/ec2/pricing/on-demand/",
    "ecr": "https://aws.amazon.com/ecr/pricing/",
    "elasticache": "https://aws.amazon.com/elasticache/pricing/",
    "elb": "https://aws.amazon.com/elasticloadbalancing/pricing/",
    "fargate": "https://aws.amazon.com/fargate/pricing/",
    "kms": "https://aws.amazon.com/kms/pricing/",
    "lambda": "https://aws.amazon.com/lambda/pricing/",
    "privatelink": "https://aws.amazon.com/privatelink/pricing/",
    "rds": "https://aws.amazon.com/rds/postgresql/pricing/",
    "route53": "https://aws.amazon.com/route53/pricing/",
    "s3": "https://aws.amazon.com/s3/pricing/",
    "savings": "https://aws.amazon.com/savingsplans/compute-pricing/",
    "secrets": "https://aws.amazon.com/secrets-manager/pricing/",
    "sns": "https://aws.amazon.com/sns/pricing/",
    "vpc": "https://aws.amazon.com/vpc/pricing/",
    "waf": "https://aws.amazon.com/waf/pricing/",
    "xray": "https://aws.amazon.com/xray/pricing/",
}


@dataclass(frozen=True)
class Entry:
    """One kind of price.

    `usage` is the whole usage type without its region's mark. `filters` are attributes that the API
    is asked for, `attributes` what is compared here. `per` is how many of AWS's units are one of
    ours: requests are priced singly there, by the thousand or million here. `highest` takes the
    highest of several prices: what leaves for another region costs less to some.
    """

    unit: str
    page: str
    service: str
    usage: str
    term: str = ON_DEMAND
    filters: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    per: float = 1
    highest: bool = False

    @property
    def source(self) -> str:
        """Address of AWS's public page."""
        return PAGES[self.page]

    def usage_type(self, region: str) -> re.Pattern[str]:
        """Matches the usage type in a region, with or without a mark."""
        mark = r"(?:[A-Z0-9]{2,5}-|[a-z]{2}-[a-z]+-\d-|Global-)?"
        return re.compile(mark + re.escape(self.usage).replace("REGIONS", r"[A-Z0-9]{2,5}"))


def _fargate() -> dict[str, Entry]:
    found = {}
    for name, marked in (("arm", "ARM-"), ("x86", "")):
        for part, usage, unit in (
            ("vcpu", "vCPU-Hours:perCPU", "vCPU-hour"),
            ("gb", "GB-Hours", "GB-hour"),
        ):
            whole = f"Fargate-{marked}{usage}"
            key = f"fargate.{name}.{part}"
            found[f"{key}.on-demand"] = Entry(unit, "fargate", "AmazonECS", whole)
            found[f"{key}.spot"] = Entry(
                unit, "fargate", "AmazonECS", f"SpotUsage-{whole}", term=BY_HAND
            )
            found[f"{key}.savings-plan"] = Entry(
                unit, "savings", "AmazonECS", whole, term=SAVINGS_PLAN
            )
    return found


_FIXED: dict[str, Entry] = {
    **_fargate(),
    "rds.gp3.single-az": Entry(
        *("GB-month", "rds", "AmazonRDS", "RDS:GP3-Storage"),
        filters={"databaseEngine": "PostgreSQL", "deploymentOption": "Single-AZ"},
    ),
    "rds.gp3.multi-az": Entry(
        *("GB-month", "rds", "AmazonRDS", "RDS:Multi-AZ-GP3-Storage"),
        filters={"databaseEngine": "PostgreSQL", "deploymentOption": "Multi-AZ"},
    ),
    "backup.rds": Entry("GB-month", "backup", "AWSBackup", "WarmStorage-ByteHrs-RDS"),
    "alb.hour": Entry(
        *("hour", "elb", "AWSELB", "LoadBalancerUsage"),
        filters={"productFamily": "Load Balancer-Application"},
    ),
    "alb.lcu": Entry(
        *("LCU-hour", "elb", "AWSELB", "LCUUsage"),
        filters={"productFamily": "Load Balancer-Application"},
    ),
    "nat.hour": Entry(
        *("hour", "vpc", "AmazonEC2", "NatGateway-Hours"), filters={"productFamily": "NAT Gateway"}
    ),
    "nat.gb": Entry(
        *("GB", "vpc", "AmazonEC2", "NatGateway-Bytes"), filters={"productFamily": "NAT Gateway"}
    ),
    "ipv4.hour": Entry("hour", "vpc", "AmazonVPC", "PublicIPv4:InUseAddress"),
    "endpoint.hour": Entry("hour", "privatelink", "AmazonVPC", "VpcEndpoint-Hours"),
    "endpoint.gb": Entry("GB", "privatelink", "AmazonVPC", "VpcEndpoint-Bytes"),
    "transfer.internet": Entry(
        *("GB", "ec2", "AWSDataTransfer", "DataTransfer-Out-Bytes"),
        filters={"transferType": "AWS Outbound"},
    ),
    "transfer.region": Entry(
        *("GB", "ec2", "AWSDataTransfer", "REGIONS-AWS-Out-Bytes"),
        filters={"transferType": "InterRegion Outbound"},
        highest=True,
    ),
    "transfer.zone": Entry(
        *("GB", "ec2", "AWSDataTransfer", "DataTransfer-Regional-Bytes"),
        filters={"transferType": "IntraRegion"},
    ),
    "logs.ingested": Entry("GB", "cloudwatch", "AmazonCloudWatch", "DataProcessing-Bytes"),
    "logs.stored": Entry("GB-month", "cloudwatch", "AmazonCloudWatch", "TimedStorage-ByteHrs"),
    "logs.to-s3": Entry("GB", "cloudwatch", "AmazonCloudWatch", "S3-Egress-Bytes"),
    "logs.parquet": Entry("GB", "cloudwatch", "AmazonCloudWatch", "S3-Egress-InputBytes-Parquet"),
    "metric": Entry("metric-month", "cloudwatch", "AmazonCloudWatch", "CW:MetricMonitorUsage"),
    "alarm": Entry("metric-month", "cloudwatch", "AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    "alarm.high-resolution": Entry(
        *("metric-month", "cloudwatch", "AmazonCloudWatch", "CW:HighResAlarmMonitorUsage")
    ),
    "alarm.composite": Entry(
        *("alarm-month", "cloudwatch", "AmazonCloudWatch", "CW:CompositeAlarmMonitorUsage")
    ),
    "dashboard": Entry("month", "cloudwatch", "AmazonCloudWatch", "DashboardsUsageHour"),
    "kms.key": Entry("key-month", "kms", "awskms", "KMS-Keys"),
    "kms.requests": Entry("1,000 requests", "kms", "awskms", "KMS-Requests", per=1000),
    "secret": Entry("secret-month", "secrets", "AWSSecretsManager", "AWSSecretsManager-Secrets"),
    "secret.requests": Entry(
        *("1,000 requests", "secrets", "AWSSecretsManager", "AWSSecretsManagerAPIRequest"),
        per=1000,
    ),
    "waf.acl": Entry("ACL-month", "waf", "awswaf", "WebACLV2"),
    "waf.rule": Entry("rule-month", "waf", "awswaf", "RuleV2"),
    "waf.requests": Entry("million requests", "waf", "awswaf", "RequestV2-Tier1", per=1e6),
    "xray.traces": Entry("million traces", "xray", "AWSXRay", "XRay-TracesStored", per=1e6),
    "lambda.arm": Entry("GB-second", "lambda", "AWSLambda", "Lambda-GB-Second-ARM"),
    "sns.mail": Entry(*("1,000 mails", "sns", "AmazonSNS", "DeliveryAttempts-SMTP"), per=1000),
    "ecr.gb": Entry("GB-month", "ecr", "AmazonECR", "TimedStorage-ByteHrs"),
    "s3.gb": Entry(
        *("GB-month", "s3", "AmazonS3", "TimedStorage-ByteHrs"),
        attributes={"volumeType": "Standard"},
    ),
    "s3.requests": Entry("1,000 requests", "s3", "AmazonS3", "Requests-Tier1", per=1000),
    "route53.zone": Entry("zone-month", "route53", "AmazonRoute53", "HostedZone"),
    "route53.check": Entry("check-month", "route53", "AmazonRoute53", "Health-Check-AWS"),
    "route53.check.feature": Entry(
        *("feature-month", "route53", "AmazonRoute53", "Health-Check-Option-AWS")
    ),
}

_RDS = re.compile(r"rds\.postgres\.(db\.[a-z0-9.]+)\.(single|multi)-az\.(on-demand|reserved)")
_NODE = re.compile(r"elasticache\.(redis|valkey)\.(cache\.[a-z0-9.]+)\.(on-demand|reserved)")


def entry(key: str) -> Entry:
    """What a key means; KeyError if nothing."""
    if database := _RDS.fullmatch(key):
        kind, zones, term = database.groups()
        zones = f"{zones.title()}-AZ"
        usage = "InstanceUsage" if zones == "Single-AZ" else "Multi-AZUsage"
        # Usage types of RDS write sizes beyond large short.
        size = re.sub(r"xlarge$", "xl", kind)
        return Entry(
            *("hour", "rds", "AmazonRDS", f"{usage}:{size}"),
            term=RESERVED if term == "reserved" else ON_DEMAND,
            filters={
                "instanceType": kind,
                "databaseEngine": "PostgreSQL",
                "deploymentOption": zones,
            },
        )
    if node := _NODE.fullmatch(key):
        engine, kind, term = node.groups()
        return Entry(
            *("hour", "elasticache", "AmazonElastiCache", f"NodeUsage:{kind}"),
            term=RESERVED if term == "reserved" else ON_DEMAND,
            filters={"instanceType": kind, "cacheEngine": engine.title()},
        )
    return _FIXED[key]


def keys(region: str) -> list[str]:
    """Those that need no class or node type, of a region or of `global`."""
    return sorted(key for key in _FIXED if key.startswith("route53.") == (region == GLOBAL))


def home(key: str, region: str) -> str:
    """The region under which the table has the price."""
    return GLOBAL if key.startswith("route53.") else region
