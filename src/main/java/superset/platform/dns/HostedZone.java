package superset.platform.dns;

import com.hashicorp.cdktf.providers.aws.data_aws_route53_zone.DataAwsRoute53Zone;
import com.hashicorp.cdktf.providers.aws.route53_zone.Route53Zone;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Names;

/** The public Route 53 zone that the domain lies in: made here, or looked up by its name. */
public final class HostedZone extends Construct {

  /**
   * @param name apex of the zone, such as {@code example.com}
   * @param create whether to make the zone; one stack does, all others look it up
   * @param disposable whether a zone that still has records may be deleted
   */
  public record Props(String name, boolean create, boolean disposable, Names names) {}

  private final String zoneId;
  private final List<String> nameServers;

  public HostedZone(Construct scope, String id, Props props) {
    super(scope, id);
    if (props.create()) {
      Route53Zone zone = created(props);
      this.zoneId = zone.getZoneId();
      this.nameServers = zone.getNameServers();
    } else {
      DataAwsRoute53Zone zone = lookedUp(props);
      this.zoneId = zone.getZoneId();
      this.nameServers = zone.getNameServers();
    }
  }

  public String zoneId() {
    return zoneId;
  }

  /** What the parent zone or the registrar must name for the zone to be found. */
  public List<String> nameServers() {
    return nameServers;
  }

  private Route53Zone created(Props props) {
    return Route53Zone.Builder.create(this, "zone")
        .name(props.name())
        .comment("Delegate from the parent zone before the first region is deployed")
        .forceDestroy(props.disposable())
        .tags(Map.of("Name", props.names().of("zone")))
        .build();
  }

  private DataAwsRoute53Zone lookedUp(Props props) {
    return DataAwsRoute53Zone.Builder.create(this, "zone")
        .name(props.name())
        .privateZone(false)
        .build();
  }
}
