package superset.platform.network;

import superset.platform.config.Cidr;

/**
 * Where the subnets of a region lie in its address block: each tier owns one /22, each zone one /24
 * of it. A tier has room for four zones from the start, so adding a zone moves no subnet, and other
 * regions name a tier by one block whatever its number of zones.
 *
 * @param vpc address block of the VPC, prefix length 16 to {@value #LONGEST_PREFIX}
 */
public record SubnetPlan(Cidr vpc) {

  /** Longest prefix length that holds the three tiers. */
  public static final int LONGEST_PREFIX = 20;

  /** Zones that fit without moving a subnet. */
  public static final int MAX_ZONES = 4;

  private static final int TIER_PREFIX = 22;
  private static final int SUBNET_PREFIX = 24;

  /** The tiers in the order of their blocks; the fourth /22 of a /20 is free. */
  public enum Tier {
    /** Load balancer and NAT gateways; routed to the internet gateway. */
    PUBLIC,
    /** Tasks and interface endpoints; routed out through NAT. */
    PRIVATE,
    /** Database and cache; no route out. */
    ISOLATED
  }

  public SubnetPlan {
    if (vpc.prefix() > LONGEST_PREFIX) {
      throw new IllegalArgumentException(
          vpc + " is too small for three tiers: a /" + LONGEST_PREFIX + " or larger is needed");
    }
  }

  /** The block of a whole tier. */
  public Cidr tier(Tier tier) {
    return vpc.subnet(TIER_PREFIX, tier.ordinal());
  }

  /**
   * The block of a tier's subnet.
   *
   * @param zone position of the zone in the region's list, 0 to {@link #MAX_ZONES} - 1
   */
  public Cidr subnet(Tier tier, int zone) {
    return tier(tier).subnet(SUBNET_PREFIX, zone);
  }
}
