package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Cidr;
import superset.platform.config.DataSource;
import superset.platform.config.Names;

class TransitRoutesTest {

  private static final String GATEWAY = "tgw-0a1b2c3d4e5f60718";
  private static final String OTHER = "tgw-0a1b2c3d4e5f60719";

  @Test
  void routesEveryPrivateTableToTheBlockThroughItsGateway() {
    Synthesized routes = routes(source("192.168.10.0/24", GATEWAY));

    assertThat(routes.resources("aws_route"))
        .hasSize(2)
        .allSatisfy(
            route -> {
              assertThat(route.path("destination_cidr_block").asText())
                  .isEqualTo("192.168.10.0/24");
              assertThat(route.path("transit_gateway_id").asText()).isEqualTo(GATEWAY);
            });
    assertThat(routes.resources("aws_route"))
        .extracting(route -> route.path("route_table_id").asText())
        .containsExactlyInAnyOrder("table-a", "table-b");
  }

  @Test
  void attachesTheVpcOnceToEachGatewayBeforeItsRoutes() {
    Synthesized routes =
        routes(
            source("192.168.10.0/24", GATEWAY),
            source("192.168.10.0/24", GATEWAY),
            source("192.168.20.0/24", GATEWAY),
            source("192.168.30.0/24", OTHER));
    List<JsonNode> attachments = routes.resources("aws_ec2_transit_gateway_vpc_attachment");

    assertThat(attachments)
        .extracting(one -> one.path("transit_gateway_id").asText())
        .containsExactlyInAnyOrder(GATEWAY, OTHER);
    assertThat(attachments)
        .allSatisfy(
            one ->
                assertThat(Synthesized.texts(one.path("subnet_ids")))
                    .containsExactly("subnet-a", "subnet-b"));
    assertThat(routes.resources("aws_route"))
        .hasSize(6)
        .allSatisfy(
            route ->
                assertThat(route.path("depends_on").toString())
                    .contains(route.path("transit_gateway_id").asText()));
    assertThat(routes.names()).doesNotHaveDuplicates();
  }

  @Test
  void makesNothingForSourcesThatTheInternetReaches() {
    DataSource.Address address =
        new DataSource.Address(
            "db.example.com",
            5432,
            Optional.of(true),
            Optional.of(Cidr.parse("192.0.2.0/24")),
            Optional.empty());

    assertThat(routes(source(address)).types()).isEmpty();
  }

  private static DataSource source(String block, String gateway) {
    return source(
        new DataSource.Address(
            "db.internal",
            5432,
            Optional.of(true),
            Optional.of(Cidr.parse(block)),
            Optional.of(gateway)));
  }

  private static DataSource source(DataSource.Address address) {
    return new DataSource(
        "sales",
        "postgres",
        Optional.of(address),
        Optional.of("db"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Synthesized routes(DataSource... sources) {
    return Synthesized.of(
        stack ->
            new TransitRoutes(
                stack,
                "transit",
                new TransitRoutes.Props(
                    "vpc-1",
                    List.of("subnet-a", "subnet-b"),
                    List.of("table-a", "table-b"),
                    List.of(sources),
                    new Names("prod", "123456789012"))));
  }
}
