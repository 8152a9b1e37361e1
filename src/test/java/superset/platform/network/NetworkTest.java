package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Cidr;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Network.Nat;

class NetworkTest {

  private static final List<String> TWO_ZONES = List.of("us-east-1a", "us-east-1b");
  private static final List<String> THREE_ZONES = List.of("us-east-1a", "us-east-1b", "us-east-1c");

  private final AtomicReference<Network> built = new AtomicReference<>();

  @Test
  void spreadsEveryTierOverEveryZone() {
    Synthesized network = network(THREE_ZONES, Nat.PER_ZONE);

    for (String tier : List.of("public", "private", "isolated")) {
      for (String zone : List.of("a", "b", "c")) {
        assertThat(
                network
                    .resource("aws_subnet", tier + "-" + zone)
                    .path("availability_zone")
                    .asText())
            .isEqualTo("us-east-1" + zone);
      }
    }
    assertThat(network.resources("aws_subnet")).hasSize(9);
  }

  @Test
  void givesNoSubnetPublicAddresses() {
    assertThat(network(TWO_ZONES, Nat.PER_ZONE).resources("aws_subnet"))
        .allMatch(subnet -> !subnet.path("map_public_ip_on_launch").asBoolean(true));
  }

  @Test
  void keepsEveryExistingResourceWhenAZoneIsAppended() {
    JsonNode two = network(TWO_ZONES, Nat.PER_ZONE).root().path("resource");
    JsonNode three = network(THREE_ZONES, Nat.PER_ZONE).root().path("resource");

    for (String type : List.of("aws_subnet", "aws_nat_gateway", "aws_route", "aws_route_table")) {
      assertThat(two.path(type).size()).isPositive();
      two.path(type)
          .fields()
          .forEachRemaining(
              entry ->
                  assertThat(three.path(type).path(entry.getKey())).isEqualTo(entry.getValue()));
    }
  }

  @Test
  void routesEachZoneThroughItsOwnNatGateway() {
    Synthesized network = network(TWO_ZONES, Nat.PER_ZONE);

    assertThat(network.resources("aws_nat_gateway")).hasSize(2);
    assertThat(network.resource("aws_nat_gateway", "nat-b").path("subnet_id").asText())
        .contains("aws_subnet.network_public-b_");
    assertThat(natRoutes(network))
        .extracting(route -> route.path("nat_gateway_id").asText())
        .doesNotHaveDuplicates()
        .hasSize(2);
  }

  @Test
  void routesAllZonesThroughASingleNatGatewayButKeepsATablePerZone() {
    Synthesized network = network(TWO_ZONES, Nat.SINGLE);

    assertThat(network.resources("aws_nat_gateway")).hasSize(1);
    assertThat(natRoutes(network))
        .hasSize(2)
        .extracting(route -> route.path("nat_gateway_id").asText())
        .containsOnly(network.references("aws_nat_gateway").get(0));
    assertThat(built.get().privateRouteTableIds()).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void putsEndpointsInTheZonesThatHaveTheirOwnEgress() {
    network(TWO_ZONES, Nat.PER_ZONE);
    assertThat(built.get().endpointSubnetIds()).isEqualTo(built.get().privateSubnetIds());

    network(TWO_ZONES, Nat.SINGLE);
    assertThat(built.get().endpointSubnetIds())
        .containsExactly(built.get().privateSubnetIds().get(0));
  }

  @Test
  void routesNothingOutOfTheIsolatedTier() {
    Synthesized network = network(TWO_ZONES, Nat.PER_ZONE);

    assertThat(network.resources("aws_route"))
        .hasSize(3)
        .noneMatch(route -> route.path("route_table_id").asText().contains("isolated"));
    assertThat(network.resource("aws_vpc_endpoint").path("route_table_ids"))
        .noneMatch(table -> table.asText().contains("isolated"));
    assertThat(associations(network, "isolated"))
        .hasSize(2)
        .allMatch(a -> a.path("route_table_id").asText().contains("network_isolated-table"));
  }

  @Test
  void reachesS3FromThePrivateTierWithoutNat() {
    JsonNode s3 = network(TWO_ZONES, Nat.PER_ZONE).resource("aws_vpc_endpoint");

    assertThat(s3.path("service_name").asText()).isEqualTo("com.amazonaws.us-east-1.s3");
    assertThat(s3.path("vpc_endpoint_type").asText()).isEqualTo("Gateway");
    assertThat(Synthesized.texts(s3.path("route_table_ids")))
        .hasSize(2)
        .allMatch(table -> table.contains("network_private-"));
  }

  @Test
  void emptiesWhatAwsMakesWithTheVpc() {
    Synthesized network = network(TWO_ZONES, Nat.PER_ZONE);

    for (String type :
        List.of(
            "aws_default_security_group", "aws_default_network_acl", "aws_default_route_table")) {
      JsonNode resource = network.resource(type);
      assertThat(resource.has("ingress")).isFalse();
      assertThat(resource.has("egress")).isFalse();
      assertThat(resource.has("route")).isFalse();
    }
  }

  @Test
  void admitsToTheIsolatedTierOnlyWhatUsesTheDatabaseAndTheCache() {
    JsonNode acl = network(TWO_ZONES, Nat.PER_ZONE).resource("aws_network_acl", "isolated-acl");

    assertThat(rules(acl.path("ingress")))
        .containsExactly(
            "100 allow tcp 5432-5432 10.10.4.0/22",
            "110 allow tcp 6379-6379 10.10.4.0/22",
            "1320 allow tcp 5432-5432 10.20.4.0/22");
    assertThat(rules(acl.path("egress")))
        .containsExactly(
            "100 allow tcp 1024-65535 10.10.4.0/22", "1320 allow tcp 1024-65535 10.20.4.0/22");
    assertThat(Synthesized.texts(acl.path("subnet_ids")))
        .hasSize(2)
        .allMatch(subnet -> subnet.contains("network_isolated-"));
  }

  @Test
  void movesNoRuleOfARegionWhenAnotherOneComes() {
    List<String> before = admitted("10.20.0.0/16", "192.168.16.0/20");
    List<String> after =
        admitted("10.4.0.0/20", "10.20.0.0/16", "172.20.0.0/16", "192.168.16.0/20");

    assertThat(after).containsAll(before);
    assertThat(after.stream().map(rule -> rule.split(" ")[0])).doesNotHaveDuplicates();
  }

  @Test
  void leavesNoSubnetOnTheEmptiedDefaultAcl() {
    Synthesized network = network(THREE_ZONES, Nat.PER_ZONE);
    List<String> covered = new ArrayList<>();

    network
        .resources("aws_network_acl")
        .forEach(acl -> covered.addAll(Synthesized.texts(acl.path("subnet_ids"))));

    assertThat(covered).containsExactlyInAnyOrderElementsOf(network.references("aws_subnet"));
  }

  @Test
  void logsAllTrafficAsHourlyParquet() {
    JsonNode log = network(TWO_ZONES, Nat.PER_ZONE).resource("aws_flow_log");

    assertThat(log.path("traffic_type").asText()).isEqualTo("ALL");
    assertThat(log.path("log_destination_type").asText()).isEqualTo("s3");
    assertThat(log.path("log_destination").asText()).isEqualTo("arn:aws:s3:::logs/flow-logs/");
    JsonNode options = log.path("destination_options");
    assertThat(options.path("file_format").asText()).isEqualTo("parquet");
    assertThat(options.path("hive_compatible_partitions").asBoolean()).isTrue();
    assertThat(options.path("per_hour_partition").asBoolean()).isTrue();
  }

  @Test
  void namesEverythingDifferently() {
    assertThat(network(THREE_ZONES, Nat.PER_ZONE).names()).doesNotHaveDuplicates().isNotEmpty();
  }

  private Synthesized network(List<String> zones, Nat nat) {
    return network(zones, nat, "10.20.0.0/16");
  }

  private Synthesized network(List<String> zones, Nat nat, String... peers) {
    return Synthesized.of(
        stack ->
            built.set(
                new Network(
                    stack,
                    "network",
                    new Network.Props(
                        "us-east-1",
                        Cidr.parse("10.10.0.0/16"),
                        zones,
                        nat,
                        Stream.of(peers).map(Cidr::parse).toList(),
                        "arn:aws:s3:::logs/flow-logs/",
                        new Names("prod", "123456789012")))));
  }

  /** What may reach the isolated tier from other regions. */
  private List<String> admitted(String... peers) {
    JsonNode acl =
        network(TWO_ZONES, Nat.PER_ZONE, peers).resource("aws_network_acl", "isolated-acl");
    return rules(acl.path("ingress"));
  }

  private static List<JsonNode> natRoutes(Synthesized network) {
    return network.resources("aws_route").stream()
        .filter(route -> route.has("nat_gateway_id"))
        .toList();
  }

  private static List<JsonNode> associations(Synthesized network, String tier) {
    return network.resources("aws_route_table_association").stream()
        .filter(a -> a.path("subnet_id").asText().contains("network_" + tier + "-"))
        .toList();
  }

  private static List<String> rules(JsonNode rules) {
    List<String> texts = new ArrayList<>();
    for (JsonNode rule : rules) {
      texts.add(
          "%d %s %s %d-%d %s"
              .formatted(
                  rule.path("rule_no").asInt(),
                  rule.path("action").asText(),
                  rule.path("protocol").asText(),
                  rule.path("from_port").asInt(),
                  rule.path("to_port").asInt(),
                  rule.path("cidr_block").asText()));
    }
    return texts;
  }
}
