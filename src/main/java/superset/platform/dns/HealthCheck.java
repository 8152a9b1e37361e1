package superset.platform.dns;

import com.hashicorp.cdktf.providers.aws.route53_health_check.Route53HealthCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * Whether a region may answer for the domain: a calculated check that is healthy while all its
 * children are. The region's own answer is the first child; what else must hold is added as further
 * children, and the records that hang on the check stay as they are.
 */
public final class HealthCheck extends Construct {

  /**
   * Seconds between a checker's requests. 10 costs about two dollars a month more than 30, and a
   * lost region leaves DNS after half a minute instead of one and a half. AWS cannot change it in
   * place.
   */
  private static final int INTERVAL = 10;

  private static final int FAILURES = 3;

  /** Seconds until a check notices. */
  public static final int SECONDS_TO_NOTICE = INTERVAL * FAILURES;

  /**
   * @param region the region that is checked
   * @param host {@code REGION.DOMAIN}: the shared name may resolve to any region
   * @param further ids of other checks that must be healthy too
   */
  public record Props(String region, String host, List<String> further, Names names) {
    public Props {
      further = List.copyOf(further);
    }
  }

  private final String id;

  public HealthCheck(Construct scope, String id, Props props) {
    super(scope, id);
    List<String> children = new ArrayList<>(List.of(endpoint(props)));
    children.addAll(props.further());
    this.id = all(children, props);
  }

  /** Id of the calculated check. */
  public String id() {
    return id;
  }

  private String endpoint(Props props) {
    return Route53HealthCheck.Builder.create(this, "endpoint")
        .type("HTTPS")
        .fqdn(props.host())
        .port(443)
        .resourcePath("/health")
        .enableSni(true)
        .requestInterval(INTERVAL)
        .failureThreshold(FAILURES)
        .tags(Map.of("Name", props.names().of(props.region() + "-endpoint")))
        .build()
        .getId();
  }

  /**
   * A check that fails while one region has fenced another. The fence answers 404 while it is
   * lowered, and a region that is gone answers nothing: inverted, both are healthy, so a lost
   * region takes nobody else out of DNS.
   *
   * @param region the region that is fenced
   * @param survivor the region that fences it
   * @param host {@code REGION.DOMAIN} of the survivor
   * @return id of the check, a further child of the fenced region's
   */
  static String notFenced(
      Construct scope, String region, String survivor, String host, Names names) {
    return Route53HealthCheck.Builder.create(scope, region + "-not-fenced-by-" + survivor)
        .type("HTTPS")
        .fqdn(host)
        .port(443)
        .resourcePath("/fence/" + region)
        .invertHealthcheck(true)
        .enableSni(true)
        .requestInterval(INTERVAL)
        .failureThreshold(FAILURES)
        .tags(Map.of("Name", names.of(region + "-not-fenced-by-" + survivor)))
        .build()
        .getId();
  }

  private String all(List<String> children, Props props) {
    return Route53HealthCheck.Builder.create(this, "all")
        .type("CALCULATED")
        .childHealthchecks(children)
        .childHealthThreshold(children.size())
        .tags(Map.of("Name", props.names().of(props.region())))
        .build()
        .getId();
  }
}
