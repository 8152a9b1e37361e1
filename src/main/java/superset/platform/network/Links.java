package superset.platform.network;

import com.hashicorp.cdktf.Fn;
import com.hashicorp.cdktf.TerraformProvider;
import com.hashicorp.cdktf.Token;
import com.hashicorp.cdktf.providers.aws.route.Route;
import com.hashicorp.cdktf.providers.aws.vpc_peering_connection.VpcPeeringConnection;
import com.hashicorp.cdktf.providers.aws.vpc_peering_connection_accepter.VpcPeeringConnectionAccepterA;
import com.hashicorp.cdktf.providers.aws.vpc_peering_connection_options.VpcPeeringConnectionOptions;
import com.hashicorp.cdktf.providers.aws.vpc_peering_connection_options.VpcPeeringConnectionOptionsAccepter;
import com.hashicorp.cdktf.providers.aws.vpc_peering_connection_options.VpcPeeringConnectionOptionsRequester;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.constructs.Construct;
import superset.platform.config.Cidr;
import superset.platform.config.Names;
import superset.platform.network.SubnetPlan.Tier;

/**
 * Full mesh of VPC peering between the regions, for metadata writes: tasks (private tier) of each
 * region reach the database (isolated tier) of every other one, and nothing more is routed.
 */
public final class Links extends Construct {

  /**
   * A region to link.
   *
   * @param provider the provider configured for the region
   * @param cidr address block of the region's VPC
   * @param privateRouteTableIds list of the private tier's route tables, which may be a token
   * @param privateRouteTables number of them: the number of the region's zones
   */
  public record End(
      String region,
      TerraformProvider provider,
      Cidr cidr,
      String vpcId,
      Object privateRouteTableIds,
      int privateRouteTables,
      String isolatedRouteTableId) {

    private List<String> privateTables() {
      return IntStream.range(0, privateRouteTables)
          .mapToObj(index -> Token.asString(Fn.element(privateRouteTableIds, index)))
          .toList();
    }

    private String block(Tier tier) {
      return new SubnetPlan(cidr).tier(tier).toString();
    }
  }

  /**
   * @param ends all regions of the environment; one alone needs no link
   */
  public record Props(List<End> ends, Names names) {
    public Props {
      // Of each pair the region first by name requests, whatever the order given.
      ends = ends.stream().sorted(Comparator.comparing(End::region)).toList();
    }
  }

  private final Names names;

  public Links(Construct scope, String id, Props props) {
    super(scope, id);
    this.names = props.names();
    List<End> ends = props.ends();
    for (int first = 0; first < ends.size(); first++) {
      for (int second = first + 1; second < ends.size(); second++) {
        link(ends.get(first), ends.get(second));
      }
    }
  }

  private void link(End requester, End accepter) {
    String connection = peering(requester, accepter);
    resolveNames(requester, accepter, connection);
    route(requester, accepter, connection);
    route(accepter, requester, connection);
  }

  /** Id of the connection, known once it is accepted: what uses it waits for that. */
  private String peering(End requester, End accepter) {
    String pair = requester.region() + "-" + accepter.region();
    VpcPeeringConnection request =
        VpcPeeringConnection.Builder.create(this, pair)
            .provider(requester.provider())
            .vpcId(requester.vpcId())
            .peerVpcId(accepter.vpcId())
            .peerRegion(accepter.region())
            // Between regions the other side must accept.
            .autoAccept(false)
            .tags(name(pair))
            .build();
    return VpcPeeringConnectionAccepterA.Builder.create(this, pair + "-accepter")
        .provider(accepter.provider())
        .vpcPeeringConnectionId(request.getId())
        .autoAccept(true)
        .tags(name(pair))
        .build()
        .getId();
  }

  /** Each side resolves the other's host names to private addresses. */
  private void resolveNames(End requester, End accepter, String connection) {
    String pair = requester.region() + "-" + accepter.region();
    VpcPeeringConnectionOptions.Builder.create(this, pair + "-requester-dns")
        .provider(requester.provider())
        .vpcPeeringConnectionId(connection)
        .requester(
            VpcPeeringConnectionOptionsRequester.builder()
                .allowRemoteVpcDnsResolution(true)
                .build())
        .build();
    VpcPeeringConnectionOptions.Builder.create(this, pair + "-accepter-dns")
        .provider(accepter.provider())
        .vpcPeeringConnectionId(connection)
        .accepter(
            VpcPeeringConnectionOptionsAccepter.builder().allowRemoteVpcDnsResolution(true).build())
        .build();
  }

  /** From the tasks of {@code from} to the database of {@code to}, and the answers back. */
  private void route(End from, End to, String connection) {
    String direction = from.region() + "-to-" + to.region();
    List<String> tables = from.privateTables();
    for (int zone = 0; zone < tables.size(); zone++) {
      Route.Builder.create(this, direction + "-" + zone)
          .provider(from.provider())
          .routeTableId(tables.get(zone))
          .destinationCidrBlock(to.block(Tier.ISOLATED))
          .vpcPeeringConnectionId(connection)
          .build();
    }
    Route.Builder.create(this, direction + "-answers")
        .provider(to.provider())
        .routeTableId(to.isolatedRouteTableId())
        .destinationCidrBlock(from.block(Tier.PRIVATE))
        .vpcPeeringConnectionId(connection)
        .build();
  }

  private Map<String, String> name(String purpose) {
    return Map.of("Name", names.of(purpose));
  }
}
