package superset.platform.service;

import com.hashicorp.cdktf.providers.aws.ecs_service.EcsServiceCapacityProviderStrategy;
import java.util.ArrayList;
import java.util.List;
import superset.platform.config.RegionConfig.Spread;

/** Fargate's two capacity providers and how a service's tasks spread over them. */
final class Capacity {

  static final String ON_DEMAND = "FARGATE";
  static final String SPOT = "FARGATE_SPOT";

  private Capacity() {}

  /** The base is always on demand: Spot tasks may all be taken away at once. */
  static List<EcsServiceCapacityProviderStrategy> strategy(Spread spread) {
    List<EcsServiceCapacityProviderStrategy> strategy = new ArrayList<>();
    strategy.add(item(ON_DEMAND, spread.base(), spread.onDemandWeight()));
    if (spread.spotWeight() > 0) {
      strategy.add(item(SPOT, 0, spread.spotWeight()));
    }
    return strategy;
  }

  private static EcsServiceCapacityProviderStrategy item(String provider, int base, int weight) {
    return EcsServiceCapacityProviderStrategy.builder()
        .capacityProvider(provider)
        .base(base)
        .weight(weight)
        .build();
  }
}
