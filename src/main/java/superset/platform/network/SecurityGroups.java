package superset.platform.network;

import static superset.platform.network.Flow.Block.INTERNET;
import static superset.platform.network.Flow.Role.CACHE;
import static superset.platform.network.Flow.Role.DATABASE;
import static superset.platform.network.Flow.Role.ENDPOINTS;
import static superset.platform.network.Flow.Role.LOAD_BALANCER;
import static superset.platform.network.Flow.Role.WEB;
import static superset.platform.network.Flow.Role.WEBSOCKET;
import static superset.platform.network.Flow.Role.WORKER;

import com.hashicorp.cdktf.providers.aws.security_group.SecurityGroup;
import com.hashicorp.cdktf.providers.aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule;
import com.hashicorp.cdktf.providers.aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.constructs.Construct;
import superset.platform.config.Cidr;
import superset.platform.config.DataSource;
import superset.platform.config.Names;
import superset.platform.network.Flow.Block;
import superset.platform.network.Flow.End;
import superset.platform.network.Flow.PrefixList;
import superset.platform.network.Flow.Role;
import superset.platform.network.SubnetPlan.Tier;

/**
 * The region's security groups and the one table of who may connect to whom. A flow that is not in
 * the table is refused in both directions: no group has AWS's default rule that lets everything
 * out.
 */
public final class SecurityGroups extends Construct {

  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int SUPERSET = 8088;
  private static final int EVENTS = 8080;
  private static final int POSTGRESQL = 5432;
  private static final int REDIS = 6379;

  /**
   * @param s3PrefixListId prefix list of the region's S3 addresses
   * @param cache whether the region has Redis
   * @param websocket whether charts are announced over a service of its own, which needs Redis
   * @param peers address blocks of the environment's other regions, by region name
   * @param dataSources databases that Superset queries; those without an address are reached
   *     through an API
   * @param egress blocks and prefix lists that the tasks may reach on 443; empty: any address
   * @param mailPort port that reports are sent through
   */
  public record Props(
      String vpcId,
      String s3PrefixListId,
      boolean cache,
      boolean websocket,
      Map<String, Cidr> peers,
      List<DataSource> dataSources,
      List<String> egress,
      Optional<Integer> mailPort,
      Names names) {
    public Props {
      dataSources = List.copyOf(dataSources);
      egress = List.copyOf(egress);
    }
  }

  private final Props props;
  private final Map<Role, String> groups;

  public SecurityGroups(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.groups = groups();
    flows().forEach(this::allow);
  }

  public String loadBalancerId() {
    return groups.get(LOAD_BALANCER);
  }

  public String webId() {
    return groups.get(WEB);
  }

  /** For worker, beat and init tasks. */
  public String workerId() {
    return groups.get(WORKER);
  }

  public String databaseId() {
    return groups.get(DATABASE);
  }

  /** Absent where the region has no Redis. */
  public Optional<String> cacheId() {
    return Optional.ofNullable(groups.get(CACHE));
  }

  /** Absent where no websocket service is configured. */
  public Optional<String> websocketId() {
    return Optional.ofNullable(groups.get(WEBSOCKET));
  }

  public String endpointsId() {
    return groups.get(ENDPOINTS);
  }

  private List<Flow> flows() {
    End s3 = new PrefixList("s3", props.s3PrefixListId());
    List<Flow> flows = new ArrayList<>();
    flows.add(new Flow(INTERNET, LOAD_BALANCER, HTTPS, "Users"));
    flows.add(new Flow(INTERNET, LOAD_BALANCER, HTTP, "Redirected to HTTPS"));
    flows.add(new Flow(LOAD_BALANCER, WEB, SUPERSET, "Requests and health checks"));
    for (Role tasks : List.of(WEB, WORKER)) {
      flows.add(new Flow(tasks, DATABASE, POSTGRESQL, "Metadata"));
      if (props.cache()) {
        flows.add(new Flow(tasks, CACHE, REDIS, "Caches, rate limits and the Celery broker"));
      }
      flows.add(new Flow(tasks, ENDPOINTS, HTTPS, "AWS services inside the VPC"));
      flows.add(new Flow(tasks, s3, HTTPS, "Image layers, exports and query results"));
      for (End end : egress()) {
        flows.add(new Flow(tasks, end, HTTPS, "AWS services and data sources behind HTTPS"));
      }
    }
    if (props.websocket()) {
      flows.add(new Flow(LOAD_BALANCER, WEBSOCKET, EVENTS, "Websockets and health checks"));
      flows.add(new Flow(WEBSOCKET, CACHE, REDIS, "Finished charts"));
      flows.add(new Flow(WEBSOCKET, ENDPOINTS, HTTPS, "AWS services inside the VPC"));
      flows.add(new Flow(WEBSOCKET, s3, HTTPS, "Image layers"));
    }
    props.peers().forEach((region, cidr) -> flows.addAll(acrossRegions(region, cidr)));
    flows.addAll(outwards());
    return flows;
  }

  private List<End> egress() {
    if (props.egress().isEmpty()) {
      return List.of(INTERNET);
    }
    return props.egress().stream()
        .<End>map(
            end -> end.startsWith("pl-") ? new PrefixList(end, end) : Block.of(Cidr.parse(end)))
        .toList();
  }

  /** Writes go to the writer's database from every region; after a promotion, to another one. */
  private static List<Flow> acrossRegions(String region, Cidr cidr) {
    SubnetPlan plan = new SubnetPlan(cidr);
    Block databases = new Block("database-" + region, plan.tier(Tier.ISOLATED).toString());
    Block tasks = new Block("tasks-" + region, plan.tier(Tier.PRIVATE).toString());
    return List.of(
        new Flow(tasks, DATABASE, POSTGRESQL, "Metadata writes from " + region),
        new Flow(WEB, databases, POSTGRESQL, "Metadata writes to " + region),
        new Flow(WORKER, databases, POSTGRESQL, "Metadata writes to " + region));
  }

  /**
   * A security group cannot name hosts: where no block is configured, the tasks may reach a
   * source's port anywhere. What shares addresses and port shares the rule; 443 is open already.
   */
  private Collection<Flow> outwards() {
    Map<String, Flow> flows = new TreeMap<>();
    for (DataSource source : props.dataSources()) {
      source
          .address()
          .filter(address -> address.port() != HTTPS)
          .ifPresent(
              address -> {
                Block block = address.block().map(Block::of).orElse(INTERNET);
                add(flows, new Flow(WEB, block, address.port(), "Data sources"));
                add(flows, new Flow(WORKER, block, address.port(), "Data sources"));
              });
    }
    props.mailPort().ifPresent(port -> add(flows, new Flow(WORKER, INTERNET, port, "Reports")));
    return flows.values();
  }

  private static void add(Map<String, Flow> flows, Flow flow) {
    flows.putIfAbsent(flow.label(), flow);
  }

  private Map<Role, String> groups() {
    Map<Role, String> made = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      boolean wanted =
          switch (role) {
            case CACHE -> props.cache();
            case WEBSOCKET -> props.websocket();
            default -> true;
          };
      if (wanted) {
        made.put(role, group(role).getId());
      }
    }
    return made;
  }

  private SecurityGroup group(Role role) {
    return SecurityGroup.Builder.create(this, role.label())
        .name(props.names().of(role.label()))
        .description(role.description())
        .vpcId(props.vpcId())
        .tags(name(role.label()))
        .build();
  }

  private void allow(Flow flow) {
    if (flow.from() instanceof Role source) {
      allowOut(flow, source);
    }
    if (flow.to() instanceof Role target) {
      allowIn(flow, target);
    }
  }

  private void allowOut(Flow flow, Role source) {
    String id = flow.label() + "-out";
    VpcSecurityGroupEgressRule.Builder.create(this, id)
        .securityGroupId(groupId(source))
        .referencedSecurityGroupId(groupId(flow.to()))
        .cidrIpv4(cidr(flow.to()))
        .prefixListId(prefixListId(flow.to()))
        .ipProtocol("tcp")
        .fromPort(flow.port())
        .toPort(flow.port())
        .description(flow.description())
        .tags(name(id))
        .build();
  }

  private void allowIn(Flow flow, Role target) {
    String id = flow.label() + "-in";
    VpcSecurityGroupIngressRule.Builder.create(this, id)
        .securityGroupId(groupId(target))
        .referencedSecurityGroupId(groupId(flow.from()))
        .cidrIpv4(cidr(flow.from()))
        .prefixListId(prefixListId(flow.from()))
        .ipProtocol("tcp")
        .fromPort(flow.port())
        .toPort(flow.port())
        .description(flow.description())
        .tags(name(id))
        .build();
  }

  // A rule has one of the three; those that are null are left out of it.

  private String groupId(End end) {
    return end instanceof Role role ? groups.get(role) : null;
  }

  private static String cidr(End end) {
    return end instanceof Block block ? block.cidr() : null;
  }

  private static String prefixListId(End end) {
    return end instanceof PrefixList list ? list.id() : null;
  }

  private Map<String, String> name(String purpose) {
    return Map.of("Name", props.names().of(purpose));
  }
}
