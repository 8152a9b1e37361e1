package superset.platform.network;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.ec2_transit_gateway_vpc_attachment.Ec2TransitGatewayVpcAttachment;
import com.hashicorp.cdktf.providers.aws.route.Route;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.constructs.Construct;
import superset.platform.config.Cidr;
import superset.platform.config.DataSource;
import superset.platform.config.Names;

/**
 * Ways from the private tier to data sources that lie behind a transit gateway, such as hosts at
 * the other end of a VPN. The way back is the gateway's affair: its route tables and whoever owns
 * them.
 */
public final class TransitRoutes extends Construct {

  /**
   * @param subnetIds private subnets, one per zone, that the gateways are attached to
   * @param routeTableIds route tables of the private tier, in the order of the zones
   * @param dataSources of which those with a transit gateway count
   */
  public record Props(
      String vpcId,
      List<String> subnetIds,
      List<String> routeTableIds,
      List<DataSource> dataSources,
      Names names) {
    public Props {
      subnetIds = List.copyOf(subnetIds);
      routeTableIds = List.copyOf(routeTableIds);
      dataSources = List.copyOf(dataSources);
    }
  }

  private final Props props;

  public TransitRoutes(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    Map<String, ITerraformDependable> attachments = new TreeMap<>();
    gateways()
        .forEach(
            (block, gateway) ->
                route(block, gateway, attachments.computeIfAbsent(gateway, this::attachment)));
  }

  /** Block to the gateway that leads to it. */
  private Map<String, String> gateways() {
    Map<String, String> gateways = new TreeMap<>();
    for (DataSource source : props.dataSources()) {
      source
          .address()
          .ifPresent(
              address ->
                  address
                      .transitGateway()
                      .ifPresent(
                          gateway ->
                              gateways.put(
                                  address.block().map(Cidr::toString).orElseThrow(), gateway)));
    }
    return gateways;
  }

  private ITerraformDependable attachment(String gateway) {
    return Ec2TransitGatewayVpcAttachment.Builder.create(this, gateway)
        .transitGatewayId(gateway)
        .vpcId(props.vpcId())
        .subnetIds(props.subnetIds())
        .tags(Map.of("Name", props.names().of(gateway)))
        .build();
  }

  /** AWS refuses a route to a gateway that the VPC is not attached to. */
  private void route(String block, String gateway, ITerraformDependable attachment) {
    for (int zone = 0; zone < props.routeTableIds().size(); zone++) {
      Route.Builder.create(this, block.replace('/', '-') + "-" + zone)
          .routeTableId(props.routeTableIds().get(zone))
          .destinationCidrBlock(block)
          .transitGatewayId(gateway)
          .dependsOn(List.of(attachment))
          .build();
    }
  }
}
