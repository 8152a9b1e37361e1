package superset.platform.network;

import com.hashicorp.cdktf.providers.aws.default_route_table.DefaultRouteTable;
import com.hashicorp.cdktf.providers.aws.default_security_group.DefaultSecurityGroup;
import com.hashicorp.cdktf.providers.aws.eip.Eip;
import com.hashicorp.cdktf.providers.aws.flow_log.FlowLog;
import com.hashicorp.cdktf.providers.aws.flow_log.FlowLogDestinationOptions;
import com.hashicorp.cdktf.providers.aws.internet_gateway.InternetGateway;
import com.hashicorp.cdktf.providers.aws.nat_gateway.NatGateway;
import com.hashicorp.cdktf.providers.aws.route.Route;
import com.hashicorp.cdktf.providers.aws.route_table.RouteTable;
import com.hashicorp.cdktf.providers.aws.route_table_association.RouteTableAssociation;
import com.hashicorp.cdktf.providers.aws.subnet.Subnet;
import com.hashicorp.cdktf.providers.aws.vpc.Vpc;
import com.hashicorp.cdktf.providers.aws.vpc_endpoint.VpcEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Cidr;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Network.Nat;
import superset.platform.network.SubnetPlan.Tier;

/**
 * A VPC of three tiers over the region's zones: public (load balancer, NAT), private (tasks; out
 * through NAT) and isolated (database, cache; no route out). What AWS makes of itself with a VPC,
 * the default security group, network ACL and route table, is emptied.
 */
public final class Network extends Construct {

  private static final String ANYWHERE = "0.0.0.0/0";

  /**
   * @param cidr address block of the VPC, prefix length 16 to {@value SubnetPlan#LONGEST_PREFIX}
   * @param zones availability zones; append only, the order fixes the subnets
   * @param nat one NAT gateway per zone, or a single one in the first zone
   * @param peers address blocks of the environment's other regions
   * @param flowLogDestination where in S3 the VPC's flow logs are delivered to: {@code
   *     BUCKET_ARN/FOLDER/}
   */
  public record Props(
      String region,
      Cidr cidr,
      List<String> zones,
      Nat nat,
      List<Cidr> peers,
      String flowLogDestination,
      Names names) {
    public Props {
      zones = List.copyOf(zones);
      peers = List.copyOf(peers);
    }
  }

  private final Props props;
  private final SubnetPlan plan;
  private final Vpc vpc;
  private final String vpcId;
  private final List<String> publicSubnetIds;
  private final List<String> privateSubnetIds;
  private final List<String> isolatedSubnetIds;
  private final List<String> natGatewayIds;
  private final List<String> privateRouteTableIds;
  private final String isolatedRouteTableId;
  private final VpcEndpoint s3;

  public Network(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.plan = new SubnetPlan(props.cidr());
    this.vpc = vpc();
    this.vpcId = vpc.getId();
    emptyDefaults();
    this.publicSubnetIds = subnets(Tier.PUBLIC);
    this.privateSubnetIds = subnets(Tier.PRIVATE);
    this.isolatedSubnetIds = subnets(Tier.ISOLATED);
    InternetGateway internetGateway = internetGateway();
    routePublicTier(internetGateway);
    this.natGatewayIds = natGateways(internetGateway);
    this.privateRouteTableIds = routePrivateTier(natGatewayIds);
    this.isolatedRouteTableId = routeIsolatedTier();
    this.s3 = s3Gateway();
    networkAcls();
    flowLog();
  }

  public String vpcId() {
    return vpcId;
  }

  /** One per zone, in the order of the zones. */
  public List<String> publicSubnetIds() {
    return publicSubnetIds;
  }

  /** One per zone, in the order of the zones. */
  public List<String> privateSubnetIds() {
    return privateSubnetIds;
  }

  /** One per zone, in the order of the zones. */
  public List<String> isolatedSubnetIds() {
    return isolatedSubnetIds;
  }

  /** One per zone, or one. */
  public List<String> natGatewayIds() {
    return natGatewayIds;
  }

  /** One table per zone, in the order of the zones, whatever the number of NAT gateways. */
  public List<String> privateRouteTableIds() {
    return privateRouteTableIds;
  }

  /** The one table of the isolated tier; only links to other regions add routes to it. */
  public String isolatedRouteTableId() {
    return isolatedRouteTableId;
  }

  /**
   * Private subnets for interface endpoints: every zone that has a NAT gateway of its own. With a
   * single one the zones share their egress already, and an endpoint is paid per zone.
   */
  public List<String> endpointSubnetIds() {
    return props.nat() == Nat.PER_ZONE ? privateSubnetIds : privateSubnetIds.subList(0, 1);
  }

  /** The region's S3 addresses, as security groups name them. */
  public String s3PrefixListId() {
    return s3.getPrefixListId();
  }

  private Vpc vpc() {
    return Vpc.Builder.create(this, "vpc")
        .cidrBlock(props.cidr().toString())
        // Both are needed for the private names of interface endpoints.
        .enableDnsHostnames(true)
        .enableDnsSupport(true)
        .tags(name("vpc"))
        .build();
  }

  private void emptyDefaults() {
    DefaultSecurityGroup.Builder.create(this, "default-security-group")
        .vpcId(vpcId)
        .tags(name("unused-default-group"))
        .build();
    DefaultRouteTable.Builder.create(this, "default-route-table")
        .defaultRouteTableId(vpc.getDefaultRouteTableId())
        .tags(name("unused-default-table"))
        .build();
  }

  private List<String> subnets(Tier tier) {
    List<String> ids = new ArrayList<>();
    for (int zone = 0; zone < props.zones().size(); zone++) {
      ids.add(
          Subnet.Builder.create(this, zonal(tier, zone))
              .vpcId(vpcId)
              .availabilityZone(props.zones().get(zone))
              .cidrBlock(plan.subnet(tier, zone).toString())
              .mapPublicIpOnLaunch(false)
              .tags(name(zonal(tier, zone)))
              .build()
              .getId());
    }
    return List.copyOf(ids);
  }

  private InternetGateway internetGateway() {
    return InternetGateway.Builder.create(this, "internet-gateway")
        .vpcId(vpcId)
        .tags(name("internet"))
        .build();
  }

  private void routePublicTier(InternetGateway internetGateway) {
    String table = routeTable("public-table");
    Route.Builder.create(this, "public-out")
        .routeTableId(table)
        .destinationCidrBlock(ANYWHERE)
        .gatewayId(internetGateway.getId())
        .build();
    for (int zone = 0; zone < props.zones().size(); zone++) {
      associate(Tier.PUBLIC, zone, publicSubnetIds, table);
    }
  }

  /** Ids of the NAT gateways: one per zone, or one. */
  private List<String> natGateways(InternetGateway internetGateway) {
    int count = props.nat() == Nat.PER_ZONE ? props.zones().size() : 1;
    List<String> ids = new ArrayList<>();
    for (int zone = 0; zone < count; zone++) {
      String nat = "nat-" + letter(zone);
      Eip address =
          Eip.Builder.create(this, nat + "-address")
              .domain("vpc")
              .tags(name(nat + "-address"))
              .build();
      ids.add(
          NatGateway.Builder.create(this, nat)
              .allocationId(address.getId())
              .subnetId(publicSubnetIds.get(zone))
              .tags(name(nat))
              .dependsOn(List.of(internetGateway))
              .build()
              .getId());
    }
    return List.copyOf(ids);
  }

  private List<String> routePrivateTier(List<String> natGatewayIds) {
    List<String> tables = new ArrayList<>();
    for (int zone = 0; zone < props.zones().size(); zone++) {
      String tier = zonal(Tier.PRIVATE, zone);
      String table = routeTable(tier + "-table");
      Route.Builder.create(this, tier + "-out")
          .routeTableId(table)
          .destinationCidrBlock(ANYWHERE)
          .natGatewayId(natGatewayIds.get(Math.min(zone, natGatewayIds.size() - 1)))
          .build();
      associate(Tier.PRIVATE, zone, privateSubnetIds, table);
      tables.add(table);
    }
    return List.copyOf(tables);
  }

  private String routeIsolatedTier() {
    String table = routeTable("isolated-table");
    for (int zone = 0; zone < props.zones().size(); zone++) {
      associate(Tier.ISOLATED, zone, isolatedSubnetIds, table);
    }
    return table;
  }

  private String routeTable(String id) {
    return RouteTable.Builder.create(this, id).vpcId(vpcId).tags(name(id)).build().getId();
  }

  private void associate(Tier tier, int zone, List<String> subnetIds, String table) {
    RouteTableAssociation.Builder.create(this, zonal(tier, zone) + "-association")
        .subnetId(subnetIds.get(zone))
        .routeTableId(table)
        .build();
  }

  /** Image layers, exports and results reach S3 without passing, and paying for, a NAT gateway. */
  private VpcEndpoint s3Gateway() {
    return VpcEndpoint.Builder.create(this, "s3")
        .vpcId(vpcId)
        .serviceName("com.amazonaws." + props.region() + ".s3")
        .vpcEndpointType("Gateway")
        .routeTableIds(privateRouteTableIds)
        .tags(name("endpoint-s3"))
        .build();
  }

  private void networkAcls() {
    List<String> open = new ArrayList<>(publicSubnetIds);
    open.addAll(privateSubnetIds);
    new NetworkAcls(
        this,
        "acls",
        new NetworkAcls.Props(
            vpcId,
            vpc.getDefaultNetworkAclId(),
            open,
            isolatedSubnetIds,
            plan.tier(Tier.PRIVATE),
            props.peers().stream().map(peer -> new SubnetPlan(peer).tier(Tier.PRIVATE)).toList(),
            props.names()));
  }

  private void flowLog() {
    FlowLog.Builder.create(this, "flow-log")
        .vpcId(vpcId)
        .trafficType("ALL")
        .logDestinationType("s3")
        .logDestination(props.flowLogDestination())
        .maxAggregationInterval(600)
        .destinationOptions(
            FlowLogDestinationOptions.builder()
                .fileFormat("parquet")
                .hiveCompatiblePartitions(true)
                .perHourPartition(true)
                .build())
        .tags(name("flow-log"))
        .build();
  }

  private String zonal(Tier tier, int zone) {
    return tier.name().toLowerCase(Locale.ROOT) + "-" + letter(zone);
  }

  /** The letter that tells a zone from its region's others. */
  private String letter(int zone) {
    String name = props.zones().get(zone);
    return name.substring(name.length() - 1);
  }

  private Map<String, String> name(String purpose) {
    return Map.of("Name", props.names().of(purpose));
  }
}
