package superset.platform.network;

import com.hashicorp.cdktf.providers.aws.default_network_acl.DefaultNetworkAcl;
import com.hashicorp.cdktf.providers.aws.network_acl.NetworkAcl;
import com.hashicorp.cdktf.providers.aws.network_acl.NetworkAclEgress;
import com.hashicorp.cdktf.providers.aws.network_acl.NetworkAclIngress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.Cidr;
import superset.platform.config.Names;

/**
 * Network ACLs: the isolated tier's admits what uses the database and the cache, and nothing else.
 * The default one is emptied, and the public and private tiers get an open one instead: an ACL
 * keeps no connection state, so in front of NAT and a public load balancer it would have to admit
 * all ephemeral ports anyway; the security groups decide there.
 */
final class NetworkAcls extends Construct {

  private static final int POSTGRESQL = 5432;
  private static final int REDIS = 6379;
  private static final int FIRST_EPHEMERAL = 1024;
  private static final int LAST_PORT = 65535;
  private static final int FIRST_PEER = 1000;

  /** Of 10.0.0.0/8, the largest of the private ranges. */
  private static final int BLOCKS_OF_A_RANGE = 1 << (SubnetPlan.LONGEST_PREFIX - 8);

  /**
   * @param openSubnetIds subnets of the public and private tiers
   * @param clients private tier of the own region
   * @param remoteClients private tiers of the other regions: their tasks write to this database
   *     while it is the primary
   */
  record Props(
      String vpcId,
      String defaultAclId,
      List<String> openSubnetIds,
      List<String> isolatedSubnetIds,
      Cidr clients,
      List<Cidr> remoteClients,
      Names names) {}

  private final Props props;

  NetworkAcls(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    emptyDefault();
    open();
    isolated();
  }

  private void emptyDefault() {
    DefaultNetworkAcl.Builder.create(this, "default")
        .defaultNetworkAclId(props.defaultAclId())
        .tags(name("unused-default-acl"))
        .build();
  }

  private void open() {
    NetworkAcl.Builder.create(this, "open")
        .vpcId(props.vpcId())
        .subnetIds(props.openSubnetIds())
        .ingress(
            List.of(
                NetworkAclIngress.builder()
                    .ruleNo(100)
                    .action("allow")
                    .protocol("-1")
                    .fromPort(0)
                    .toPort(0)
                    .cidrBlock("0.0.0.0/0")
                    .build()))
        .egress(
            List.of(
                NetworkAclEgress.builder()
                    .ruleNo(100)
                    .action("allow")
                    .protocol("-1")
                    .fromPort(0)
                    .toPort(0)
                    .cidrBlock("0.0.0.0/0")
                    .build()))
        .tags(name("open-acl"))
        .build();
  }

  /**
   * Replication needs no rule: Multi-AZ, cross-region replicas and Redis replication travel over
   * the services' own network, not through the subnets' interfaces.
   */
  private void isolated() {
    List<NetworkAclIngress> in = new ArrayList<>();
    List<NetworkAclEgress> out = new ArrayList<>();
    in.add(request(100, props.clients(), POSTGRESQL));
    in.add(request(110, props.clients(), REDIS));
    out.add(answers(100, props.clients()));
    for (Cidr peer : props.remoteClients()) {
      in.add(request(number(peer), peer, POSTGRESQL));
      out.add(answers(number(peer), peer));
    }
    NetworkAcl.Builder.create(this, "isolated")
        .vpcId(props.vpcId())
        .subnetIds(props.isolatedSubnetIds())
        .ingress(in)
        .egress(out)
        .tags(name("isolated-acl"))
        .build();
  }

  /**
   * Follows from the block alone, so that a region that comes or goes moves no other one's rule: a
   * rule that changes its number is gone for a moment, and with it the way to the writer. Regions
   * share no block of the longest prefix, and all are private.
   */
  private static int number(Cidr peer) {
    int block = (int) (peer.address() >> (32 - SubnetPlan.LONGEST_PREFIX));
    int range =
        switch ((int) (peer.address() >> 24)) {
          case 10 -> 0;
          case 172 -> 1;
          default -> 2;
        };
    return FIRST_PEER + range * BLOCKS_OF_A_RANGE + block % BLOCKS_OF_A_RANGE;
  }

  private static NetworkAclIngress request(int number, Cidr from, int port) {
    return NetworkAclIngress.builder()
        .ruleNo(number)
        .action("allow")
        .protocol("tcp")
        .fromPort(port)
        .toPort(port)
        .cidrBlock(from.toString())
        .build();
  }

  private static NetworkAclEgress answers(int number, Cidr to) {
    return NetworkAclEgress.builder()
        .ruleNo(number)
        .action("allow")
        .protocol("tcp")
        .fromPort(FIRST_EPHEMERAL)
        .toPort(LAST_PORT)
        .cidrBlock(to.toString())
        .build();
  }

  private Map<String, String> name(String purpose) {
    return Map.of("Name", props.names().of(purpose));
  }
}
