package superset.platform.stack;

/** Names of a region stack's outputs that the global stack reads. */
final class RegionOutputs {

  static final String ALB_DNS_NAME = "alb_dns_name";
  static final String ALB_ZONE_ID = "alb_zone_id";
  static final String ALB_ARN_SUFFIX = "alb_arn_suffix";
  static final String VPC_ID = "vpc_id";
  static final String PRIVATE_ROUTE_TABLE_IDS = "private_route_table_ids";
  static final String ISOLATED_ROUTE_TABLE_ID = "isolated_route_table_id";

  private RegionOutputs() {}
}
