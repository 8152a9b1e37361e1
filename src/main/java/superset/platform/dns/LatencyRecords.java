package superset.platform.dns;

import com.hashicorp.cdktf.providers.aws.route53_record.Route53Record;
import com.hashicorp.cdktf.providers.aws.route53_record.Route53RecordAlias;
import com.hashicorp.cdktf.providers.aws.route53_record.Route53RecordLatencyRoutingPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Names;

/** The domain's records: each user is sent to the nearest region that is healthy. */
public final class LatencyRecords extends Construct {

  /**
   * A region that answers for the domain.
   *
   * @param host {@code REGION.DOMAIN}
   * @param albDnsName the load balancer's own name
   * @param albZoneId hosted zone of that name
   */
  public record Target(String region, String host, String albDnsName, String albZoneId) {}

  /**
   * @param domain host name of Superset
   */
  public record Props(String zoneId, String domain, List<Target> targets, Names names) {
    public Props {
      targets = List.copyOf(targets);
    }
  }

  /**
   * Seconds that an answer is kept: a record that is an alias of a load balancer has its TTL (Route
   * 53 Developer Guide, Values specific for latency alias records).
   */
  public static final int TTL_SECONDS = 60;

  private final Props props;
  private final Map<String, String> healthCheckIds = new HashMap<>();

  public LatencyRecords(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    for (Target target : props.targets()) {
      String check = healthCheck(target);
      healthCheckIds.put(target.region(), check);
      record(target, check);
    }
  }

  /** Id of the check that the region's record hangs on. */
  public String healthCheckId(String region) {
    return healthCheckIds.get(region);
  }

  private String healthCheck(Target target) {
    return new HealthCheck(
            this,
            target.region() + "-health",
            new HealthCheck.Props(
                target.region(), target.host(), notFenced(target.region()), props.names()))
        .id();
  }

  /** By none of the others. */
  private List<String> notFenced(String region) {
    return props.targets().stream()
        .filter(other -> !other.region().equals(region))
        .map(
            other ->
                HealthCheck.notFenced(this, region, other.region(), other.host(), props.names()))
        .toList();
  }

  private void record(Target target, String healthCheckId) {
    Route53Record.Builder.create(this, target.region())
        .zoneId(props.zoneId())
        .name(props.domain())
        .type("A")
        .setIdentifier(target.region())
        .latencyRoutingPolicy(
            Route53RecordLatencyRoutingPolicy.builder().region(target.region()).build())
        .healthCheckId(healthCheckId)
        .alias(
            Route53RecordAlias.builder()
                .name(target.albDnsName())
                .zoneId(target.albZoneId())
                .evaluateTargetHealth(true)
                .build())
        .build();
  }
}
