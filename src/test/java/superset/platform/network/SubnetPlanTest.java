package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.config.Cidr;
import superset.platform.network.SubnetPlan.Tier;

class SubnetPlanTest {

  @Test
  void givesEachZoneOfEachTierItsOwnSlash24() {
    SubnetPlan plan = plan("10.10.0.0/16");

    assertThat(plan.subnet(Tier.PUBLIC, 0)).hasToString("10.10.0.0/24");
    assertThat(plan.subnet(Tier.PUBLIC, 1)).hasToString("10.10.1.0/24");
    assertThat(plan.subnet(Tier.PRIVATE, 0)).hasToString("10.10.4.0/24");
    assertThat(plan.subnet(Tier.ISOLATED, 2)).hasToString("10.10.10.0/24");
  }

  @Test
  void coversTheSubnetsOfATierByOneBlock() {
    SubnetPlan plan = plan("10.10.0.0/16");

    for (Tier tier : Tier.values()) {
      Cidr block = plan.tier(tier);
      assertThat(block.prefix()).isEqualTo(22);
      for (int zone = 0; zone < SubnetPlan.MAX_ZONES; zone++) {
        assertThat(plan.subnet(tier, zone).overlaps(block)).isTrue();
      }
    }
  }

  @Test
  void neverGivesAnAddressTwiceEvenInTheSmallestVpc() {
    SubnetPlan plan = plan("10.10.16.0/20");
    List<Cidr> given = new ArrayList<>();

    for (Tier tier : Tier.values()) {
      for (int zone = 0; zone < SubnetPlan.MAX_ZONES; zone++) {
        Cidr subnet = plan.subnet(tier, zone);
        assertThat(given).noneMatch(subnet::overlaps);
        assertThat(plan.vpc().overlaps(subnet)).isTrue();
        given.add(subnet);
      }
    }
    assertThat(given).hasSize(12);
  }

  @Test
  void refusesAVpcThatCannotHoldTheTiers() {
    assertThatThrownBy(() -> plan("10.10.0.0/21"))
        .hasMessage("10.10.0.0/21 is too small for three tiers: a /20 or larger is needed");
  }

  @Test
  void refusesAZoneThatWouldReachIntoTheNextTier() {
    assertThatThrownBy(() -> plan("10.10.0.0/16").subnet(Tier.PUBLIC, 4))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static SubnetPlan plan(String cidr) {
    return new SubnetPlan(Cidr.parse(cidr));
  }
}
