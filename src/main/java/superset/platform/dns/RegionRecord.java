package superset.platform.dns;

import com.hashicorp.cdktf.providers.aws.route53_record.Route53Record;
import com.hashicorp.cdktf.providers.aws.route53_record.Route53RecordAlias;
import software.constructs.Construct;

/**
 * A region's own host name. It answers whatever the state of the region, since health checks,
 * fences and people looking for the fault ask exactly this region.
 */
public final class RegionRecord extends Construct {

  /**
   * @param host {@code REGION.DOMAIN}
   * @param albDnsName the load balancer's own name
   * @param albZoneId hosted zone of that name
   */
  public record Props(String zoneId, String host, String albDnsName, String albZoneId) {}

  public RegionRecord(Construct scope, String id, Props props) {
    super(scope, id);
    Route53Record.Builder.create(this, "ipv4")
        .zoneId(props.zoneId())
        .name(props.host())
        .type("A")
        .alias(
            Route53RecordAlias.builder()
                .name(props.albDnsName())
                .zoneId(props.albZoneId())
                .evaluateTargetHealth(false)
                .build())
        .build();
  }
}
